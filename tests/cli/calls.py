"""Calls of the program in this process, with what it printed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from kuzuvcs.cli.app import run


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a call left behind."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Stdout as one JSON document; fails where there is anything beside it."""
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Program:
    """Calls ``kuzuvcs`` with arguments."""

    capture: pytest.CaptureFixture[str]

    def __call__(self, *arguments: object) -> Call:
        """Run to the end; what was printed before is forgotten."""
        self.capture.readouterr()
        code = run([str(argument) for argument in arguments])
        out, err = self.capture.readouterr()
        return Call(code=code, out=out, err=err)
