"""`kuzuvcs --help` answers at once: what is heavy is imported by the command that needs it."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

HEAVY = ("kuzu", "ladybug", "duckdb", "pyarrow", "numpy", "git", "rich", "xxhash", "click")


def _run(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


@pytest.mark.parametrize("arguments", [["--help"], ["diff", "--help"], ["--version"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\n"
        "from kuzuvcs.cli.app import run\n"
        f"assert run({arguments!r}) == 0\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    assert _run("-c", code).splitlines()[-1] == "[]"


def test_the_package_is_light_and_still_has_its_repository() -> None:
    code = (
        "import sys, kuzuvcs\n"
        "print('kuzuvcs.repository' in sys.modules, kuzuvcs.Repository.__module__, kuzuvcs.__version__ != '')"
    )
    assert _run("-c", code).split() == ["False", "kuzuvcs.repository", "True"]


@pytest.mark.slow
def test_help_takes_less_than_15_times_a_bare_interpreter() -> None:
    def fastest(*arguments: str) -> float:
        times = []
        for _ in range(7):
            start = time.perf_counter()
            _run(*arguments)
            times.append(time.perf_counter() - start)
        return min(times)

    assert fastest("-m", "kuzuvcs", "--help") < 15 * fastest("-c", "pass")
