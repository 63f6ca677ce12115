"""What a command costs: wall time, processor time, and memory, each of its whole process tree.

Memory is the sum of the processes' proportional set size (PSS, from ``/proc/PID/smaps_rollup``), sampled
ten times a second: a page that several of them share is counted once.  Two peaks are kept: of all pages,
which includes files that are mapped, and of anonymous pages, which only the processes can give back.
Linux only.
"""

from __future__ import annotations

import contextlib
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_INTERVAL = 0.1
_KIB = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Wall and processor time in seconds; the peaks of memory in bytes; what the command printed."""

    seconds: float
    processor: float
    peak: int
    peak_anonymous: int
    output: str


class CommandFailed(Exception):
    """A measured command ended with an error."""


def measure(command: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Cost:
    """Run ``command`` to its end and measure it.

    :raises CommandFailed: it exits with anything but 0; with the end of its stderr
    """
    peak = anonymous = 0
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start, used = time.perf_counter(), _processor_time()
        process = subprocess.Popen(
            command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=errors
        )
        try:
            while True:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_INTERVAL)
                    break
                total, private = tree_memory(process.pid)
                peak, anonymous = max(peak, total), max(anonymous, private)
        except BaseException:
            process.kill()
            process.wait()
            raise
        seconds = time.perf_counter() - start
        output.seek(0)
        errors.seek(0)
        if process.returncode:
            words = errors.read()[-2000:].decode(errors="replace")
            raise CommandFailed(f"{' '.join(command)}\nexit code {process.returncode}\n{words}")
        return Cost(
            seconds=seconds,
            processor=_processor_time() - used,
            peak=peak,
            peak_anonymous=anonymous,
            output=output.read().decode(),
        )


def _processor_time() -> float:
    """Of all children that have ended, and theirs."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def tree_memory(root: int) -> tuple[int, int]:
    """The PSS of a process and all its descendants now, in bytes: of all pages, and of anonymous ones."""
    sizes = [_process_memory(pid) for pid in _tree(root)]
    return sum(total for total, _ in sizes), sum(anonymous for _, anonymous in sizes)


def _tree(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            # A process may end between two looks at it.
            with contextlib.suppress(OSError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def _process_memory(pid: int) -> tuple[int, int]:
    total = anonymous = 0
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            name, _, value = line.partition(":")
            if name == "Pss":
                total = int(value.split()[0]) * _KIB
            elif name == "Pss_Anon":
                anonymous = int(value.split()[0]) * _KIB
    return total, anonymous


def folder_bytes(folder: Path) -> int:
    """The length of every file below ``folder``, or of the file itself."""
    if folder.is_file():
        return folder.stat().st_size
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink())


def kuzuvcs(*arguments: str) -> list[str]:
    """The command line of kuzuvcs, with this interpreter."""
    return [sys.executable, "-m", "kuzuvcs", *arguments]


def stock(*arguments: str) -> list[str]:
    """The command line of :mod:`scripts.benchmarks.stock`, the engine as it is used without kuzuvcs."""
    return [sys.executable, str(Path(__file__).with_name("stock.py")), *arguments]
