"""Which processes have a file open, where the system tells: Linux's ``/proc``, as far as one may look."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kuzuvcs.errors import DatabaseLocked

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A process: its id, its command line, and when it was started (UTC; None where that is not told)."""

    pid: int
    command: str
    started: datetime | None

    def __str__(self) -> str:
        since = f", started {self.started:%Y-%m-%d %H:%M:%S} UTC" if self.started else ""
        who = f"this process, {self.pid}" if self.is_own else f"process {self.pid}"
        return f"{who} ({self.command or 'command unknown'}{since})"

    @property
    def is_own(self) -> bool:
        """Whether it is the process that asks."""
        return self.pid == os.getpid()


def holders(path: Path, *, but: int | None = None) -> tuple[Holder, ...]:
    """The processes, ``but`` one, that have ``path`` open, by their ids; none where it cannot be known.

    The file itself is not opened: closing it would drop a lock that this process holds on it (ENGINE.md).
    """
    try:
        wanted = path.stat()
    except OSError:
        return ()
    found = {int(process.name) for process in _PROC.glob("[0-9]*") if _has_open(process, wanted)}
    return tuple(process_of(pid) for pid in sorted((found | _locking(wanted)) - {but}))


def in_use(path: Path, users: Sequence[Holder], *, cause: str, why: str = "") -> DatabaseLocked:
    """The error for a database that these processes have open; ``cause`` is for where none can be seen.

    ``why`` says in the hint why it has to be closed.
    """
    own = [user for user in users if user.is_own]
    where = "this process" if own else "another process"
    close = "close the database and its connections in this process" if own else "close it there"
    error = DatabaseLocked(
        f"{path} is open in {where}",
        cause=" and ".join(map(str, own or users)) or cause,
        hint=close + (f": {why}" if why else ", then run this again"),
    )
    error.own = bool(own)
    return error


def process_of(pid: int) -> Holder:
    """What is known of a process."""
    try:
        words = (_PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
    except OSError:
        words = []
    return Holder(pid=pid, command=_command(words), started=_started(pid))


def _has_open(process: Path, wanted: os.stat_result) -> bool:
    with contextlib.suppress(OSError):
        for file in (process / "fd").iterdir():
            with contextlib.suppress(OSError):
                if os.path.samestat(file.stat(), wanted):
                    return True
    return False


def _locking(wanted: os.stat_result) -> set[int]:
    """Of other users' processes the open files are hidden, but not the locks."""
    place = f"{os.major(wanted.st_dev):02x}:{os.minor(wanted.st_dev):02x}:{wanted.st_ino}"
    try:
        lines = (_PROC / "locks").read_text("ascii").splitlines()
    except OSError:
        return set()
    words = [line.replace("->", "").split() for line in lines]
    return {int(one[4]) for one in words if len(one) > 5 and one[5] == place and one[4].isdigit()}


def _command(words: list[bytes], limit: int = 120) -> str:
    """The program by its name alone: what it was told is worth more of the line than its folder."""
    program, *told = [os.fsdecode(word) for word in words if word] or [""]
    text = " ".join([Path(program).name, *told]).encode("utf-8", "replace").decode()
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _started(pid: int) -> datetime | None:
    """From the ticks since boot in ``/proc/PID/stat``, field 22; the name in field 2 may hold anything."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        uptime = float((_PROC / "uptime").read_text("ascii").split()[0])
        ticks = int(fields[19])
    except (OSError, ValueError, IndexError):
        return None
    age = uptime - ticks / os.sysconf("SC_CLK_TCK")
    return datetime.fromtimestamp(time.time() - age, UTC)
