"""How many programs a block starts, and how many requests it sends to engines."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from kuzuvcs.engines.process import EngineProcess


@dataclass(slots=True)
class Counts:
    """The programs started, each by its first words, and the statements sent."""

    programs: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


_OPEN: list[Counts] = []


@contextlib.contextmanager
def counted() -> Iterator[Counts]:
    """Count what the block does in this process."""
    counts = Counts()
    ask = EngineProcess.ask

    def counting(process: EngineProcess, request: dict[str, Any], timeout: float | None) -> Any:
        counts.requests.append(f"{request['operation']} {request['statement']}")
        return ask(process, request, timeout)

    _listen()
    _OPEN.append(counts)
    try:
        with patch.object(EngineProcess, "ask", counting):
            yield counts
    finally:
        _OPEN.remove(counts)


_LISTENING: list[bool] = []


def _listen() -> None:
    if not _LISTENING:  # an audit hook stays for the life of the process
        _LISTENING.append(True)
        sys.addaudithook(_audit)


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "subprocess.Popen":
        for counts in _OPEN:
            counts.programs.append(" ".join(map(str, arguments[1])))
