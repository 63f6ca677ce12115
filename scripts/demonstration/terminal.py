"""A terminal that shows what is run: each command echoed, with what it printed, and kept for a picture."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

WIDTH = 100
"""Cells in a line, for the program's tables."""

_PROMPT, _NOTE, _PLAIN = "\x1b[1;32m", "\x1b[1;36m", "\x1b[0m"


class DemoFailed(Exception):
    """A command ended in another way than the demo promises."""


@dataclass(slots=True)
class Terminal:
    """Runs commands in ``folder``; with ``coloured`` the program sees a terminal and prints as to one."""

    folder: Path
    coloured: bool
    shown: list[tuple[str, str]] = field(default_factory=list)
    """Each command with what it printed, escape sequences and all."""

    def note(self, text: str) -> None:
        """Say what comes next."""
        self._print(f"\n{self._styled(_NOTE, f'# {text}')}\n")

    def say(self, text: str) -> None:
        """A line of the demo's own."""
        self._print(f"{text}\n")

    def cypher(self, statements: str) -> None:
        """Show what the application does to its database."""
        for line in statements.strip().splitlines():
            self._print(f"  {self._styled(_PROMPT, 'cypher>')} {line}\n")

    def kuzuvcs(self, *arguments: str, exit_code: int = 0, show: bool = True) -> str:
        """Run ``kuzuvcs ARGUMENTS`` and return what it printed on stdout.

        Raises :class:`DemoFailed` when it ends with another exit code than ``exit_code``.
        """
        words = " ".join(f'"{word}"' if " " in word else word for word in arguments)
        return self.run(
            f"kuzuvcs {words}",
            [sys.executable, "-m", "kuzuvcs", *arguments],
            exit_code=exit_code,
            show=show,
        )

    def run(self, text: str, command: list[str], *, exit_code: int = 0, show: bool = True) -> str:
        """Run ``command``, echoed as ``text``."""
        if show:
            self._print(f"\n{self._styled(_PROMPT, '$')} {text}\n")
        code, output, errors = self._coloured(command) if show and self.coloured else self._piped(command)
        if show:
            self._print(errors + output)
            self.shown.append((text, errors + output))
        if code != exit_code:
            said = "" if show else f"\n{errors}{output}"
            raise DemoFailed(f"`{text}` ended with exit code {code}, not {exit_code}{said}")
        return output

    def _piped(self, command: list[str]) -> tuple[int, str, str]:
        done = subprocess.run(
            command, cwd=self.folder, env=_environment(), capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout, done.stderr

    def _coloured(self, command: list[str]) -> tuple[int, str, str]:
        """As :meth:`_piped`, with a pseudo-terminal for stdout; none of these outputs fills stderr's pipe."""
        reader, writer = pty.openpty()
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=writer,
            stderr=subprocess.PIPE,
        )
        os.close(writer)
        output = _read_terminal(reader)
        _, errors = process.communicate()
        return process.returncode, output, errors.decode()

    def _styled(self, style: str, text: str) -> str:
        return f"{style}{text}{_PLAIN}" if self.coloured else text

    def _print(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


def _environment() -> dict[str, str]:
    # In a git hook GIT_DIR and its kin point at the repository of the hook.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "NO_COLOR"))}
    return kept | {"COLUMNS": str(WIDTH), "TERM": "xterm-256color"}


def _read_terminal(reader: int) -> str:
    """Everything until the other end is closed, which Linux tells by an error and others by an end."""
    parts = []
    with os.fdopen(reader, "rb", buffering=0) as stream:
        while True:
            try:
                part = stream.read(65_536)
            except OSError:
                break
            if not part:
                break
            parts.append(part)
    return b"".join(parts).decode().replace("\r\n", "\n")
