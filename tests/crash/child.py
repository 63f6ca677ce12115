"""A command that kills its own process at its n-th step towards the disk, or tells what its steps were.

    python -m tests.crash.child ROOT COMMAND STEP process|group

A step is a change to the file system, the start of a program, an fsync, or a stage of the work; the process
is killed just before the step is made, by itself or with all that it started.  Without STEP it runs to the
end and prints its steps, one a line.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kuzuvcs.core.engine import Engine
from kuzuvcs.repository import Repository
from kuzuvcs.upgrading import upgrade

_CHANGES = {"os.link", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "subprocess.Popen"}


class Steps:
    """Counts steps, and kills the process at one of them."""

    def __init__(self, fatal: int | None, extent: str) -> None:
        self._fatal = fatal
        self._kill = os.killpg if extent == "group" else os.kill
        self._made = 0

    def stage(self, text: str, total: int = 0) -> None:  # noqa: ARG002  (a Progress)
        """As a progress: a stage of the work begins."""
        self._step(f"stage {text}")

    def advance(self, amount: int) -> None:
        """As a progress: nothing to do."""

    def note(self, text: str) -> None:
        """As a progress: nothing to do."""

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """As an audit hook: an operation is about to be made."""
        if event in _CHANGES:
            self._step(f"{event} {_words(arguments[0])}")
        elif event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR) and arguments[2] & os.O_CREAT:
            self._step(f"open {_words(arguments[0])}")

    def fsync(self, descriptor: int) -> None:
        """As :func:`os.fsync`."""
        self._step("fsync")
        _fsync(descriptor)

    def _step(self, name: str) -> None:
        if self._made == self._fatal:
            self._kill(os.getpid(), signal.SIGKILL)
        self._made += 1
        if self._fatal is None:
            print(name, flush=True)  # noqa: T201  (the parent reads it)


_fsync = os.fsync


def _words(argument: object) -> str:
    text = os.fsdecode(argument) if isinstance(argument, str | bytes | os.PathLike) else str(argument)
    return Path(text).name


LADYBUG = Engine(name="ladybug")
WATCHED: list[Steps] = []
"""The one progress of this process, for commands that need no project."""

COMMANDS: dict[str, Callable[[Repository], object]] = {
    "snapshot": lambda repository: repository.snapshot("killed"),
    "checkout": lambda repository: repository.checkout("v1", discard=True),
    "beside": lambda repository: repository.checkout("v1", to=repository.project.root / "beside.kuzu"),
    "export": lambda repository: repository.export("v1", repository.project.root / "plain"),
    "migrate": lambda repository: repository.migrate(),
    "rollback": lambda repository: repository.rollback(),
    "migrate-in-place": lambda repository: repository.migrate(in_place=True),
    "rollback-in-place": lambda repository: repository.rollback(in_place=True),
    "rollback-written": lambda repository: repository.rollback(),
    "migrate-back": lambda repository: repository.migrate(),
    "rollback-written-in-place": lambda repository: repository.rollback(in_place=True),
    "migrate-back-in-place": lambda repository: repository.migrate(in_place=True),
    "upgrade": lambda repository: upgrade(
        repository.project.database, repository.project.root / "app.lbug", LADYBUG, progress=WATCHED[0]
    ),
    "set-engine": lambda repository: repository.set_engine(LADYBUG),
    "backup": lambda repository: repository.backups().create_backup(),
    "restore": lambda repository: repository.backups().restore_backup(),
}


def main(root: str, command: str, fatal: int | None = None, extent: str = "process") -> None:
    """Run one command of the library in the project at ``root``."""
    steps = Steps(fatal, extent)
    WATCHED.append(steps)
    repository = Repository.open(root, progress=steps)
    os.fsync = steps.fsync  # type: ignore[assignment]
    sys.addaudithook(steps.audit)
    COMMANDS[command](repository)


if __name__ == "__main__":
    _, where, what, *when = sys.argv
    main(where, what, *((int(when[0]), when[1]) if when else ()))
