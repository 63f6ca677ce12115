"""A real terminal for a child process: what it shows, and answers typed into it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Mapping, Sequence

_COLUMNS_AND_COLOURS = {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"}


def on_a_terminal(
    arguments: Sequence[str], *, typed: str = "", environment: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Run Python with the arguments on a pseudo-terminal; its exit code and all that was shown."""
    ours, theirs = pty.openpty()
    variables = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR"}}
    child = subprocess.Popen(
        [sys.executable, *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**variables, **_COLUMNS_AND_COLOURS, **(environment or {})},
    )
    os.close(theirs)
    try:
        os.write(ours, typed.encode())
        shown = _read_to_the_end(ours)
        return child.wait(timeout=60), shown
    finally:
        child.kill()
        child.wait()
        os.close(ours)


def _read_to_the_end(descriptor: int) -> str:
    shown = b""
    while True:
        try:
            piece = os.read(descriptor, 65536)
        except OSError:  # Linux says EIO where the other end is closed
            break
        if not piece:
            break
        shown += piece
    return shown.decode().replace("\r\n", "\n")
