"""The child processes in which engines run, and how one of them serves several databases, one after another.

To start Python and import an engine takes longer than most of what is asked of it.  So where
:func:`processes_reused` says so, a process that has closed its database waits for the next one; one in which
anything was refused, let alone crashed, does not.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kuzuvcs.core.engine import EngineName

_PROGRAM = Path(__file__).with_name("worker.py")


class EngineProcess:
    """A child that runs ``worker.py``: one request at a time.

    ``engine`` is the one that it has imported: it never gets another.
    """

    def __init__(self, python: Path) -> None:
        self.python = python
        self.engine: EngineName | None = None
        self._refused = False
        self._told = 0
        self._noise = tempfile.TemporaryFile()  # noqa: SIM115  (lives as long as the process)
        # Not the folder of the program in the module path: it has a kuzu.py, which is no engine.
        alone = "-P" if python == Path(sys.executable) else "-I"
        self._process = subprocess.Popen(
            [str(python), alone, str(_PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._noise,
            env={**os.environ, "MALLOC_ARENA_MAX": "2"},
        )

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    @property
    def reusable(self) -> bool:
        """Whether it runs, and took everything so far."""
        return self.alive and not self._refused

    def ask(self, request: dict[str, Any], timeout: float | None) -> dict[str, Any] | None:
        """The answer to a request; ``None`` where the process ended over it.

        :raises TimeoutError: there was none in ``timeout`` seconds
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
            self._wait(timeout)
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = b""
        if not line.endswith(b"\n"):
            return None
        answer: dict[str, Any] = json.loads(line)
        self._refused |= "error" in answer
        return answer

    def _wait(self, timeout: float | None) -> None:
        if timeout is not None:
            with selectors.DefaultSelector() as selector:
                assert self._process.stdout is not None
                selector.register(self._process.stdout, selectors.EVENT_READ)
                if not selector.select(timeout):
                    raise TimeoutError

    def end(self) -> tuple[str, str]:
        """How it ended by itself, and the last line that it said."""
        status = self._process.wait()
        how = f"signal {signal.Signals(-status).name}" if status < 0 else f"exit code {status}"
        self._noise.seek(self._told)
        words = self._noise.read()[-2000:].decode(errors="replace").strip().splitlines()
        return how, words[-1] if words else ""

    def rest(self) -> None:
        """What it said so far was of a database that it has closed."""
        self._told = os.fstat(self._noise.fileno()).st_size

    def kill(self) -> None:
        """End it at once."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._noise):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()


class _Waiting(threading.local):
    """The processes that wait for another database; ``None`` where none is to."""

    processes: list[EngineProcess] | None = None


_WAITING = _Waiting()


@contextlib.contextmanager
def processes_reused() -> Iterator[None]:
    """Have processes serve again, in this thread, for as long as the block runs; then they are ended."""
    if _WAITING.processes is not None:
        yield
        return
    _WAITING.processes = []
    try:
        yield
    finally:
        left, _WAITING.processes = _WAITING.processes, None
        for process in left:
            process.kill()


def process_for(python: Path, engine: EngineName | None = None) -> EngineProcess:
    """A process of that interpreter that has imported no other engine: one that waits, or a new one."""
    for process in reversed(_WAITING.processes or []):
        if process.python == python and (engine is None or process.engine in (None, engine)):
            assert _WAITING.processes is not None
            _WAITING.processes.remove(process)
            if process.reusable:
                return process
            process.kill()
    return EngineProcess(python)


def done_with(process: EngineProcess) -> None:
    """Let a process that has no database open wait for the next one, or end it."""
    if _WAITING.processes is not None and process.reusable:
        process.rest()
        _WAITING.processes.append(process)
    else:
        process.kill()
