from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a snippet's process ended, and what it reported before that."""

    returncode: int
    reports: tuple[Any, ...]
    stderr: str

    @property
    def killed(self) -> bool:
        """Ended by a signal of the engine's own making: a fault, an abort; never ours."""
        return self.returncode in {
            -signal.SIGSEGV,
            -signal.SIGABRT,
            -signal.SIGBUS,
            -signal.SIGFPE,
            -signal.SIGILL,
        }

    @property
    def result(self) -> Any:
        """The only report of a process that ended well."""
        assert self.returncode == 0, f"exit {self.returncode}\n{self.stderr}"
        (report,) = self.reports
        return report


Run = Callable[[str], Outcome]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a snippet, written in the words of ``raw.py``, in a fresh process and an empty folder."""

    def run(script: str) -> Outcome:
        code = "from tests.engine.raw import *\n" + textwrap.dedent(script)
        process = subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        reports = tuple(json.loads(line) for line in process.stdout.splitlines())
        return Outcome(returncode=process.returncode, reports=reports, stderr=process.stderr)

    return run
