"""The parent's end of a worker: start it, ask it, and say clearly how it ended."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kuzuvcs.core.engine import DEFAULT_ENGINE, Engine
from kuzuvcs.core.quoting import file_literal, string_literal
from kuzuvcs.engines.choice import Use, environment_for, environment_of
from kuzuvcs.engines.dialects import breaks_tables_in_replay, takes_tables_by_name
from kuzuvcs.engines.environments import Environment
from kuzuvcs.engines.header import HEADER_BYTES, Header, header_file, parse_header
from kuzuvcs.engines.holders import Holder, holders, in_use
from kuzuvcs.engines.mending import mend_dropped_columns
from kuzuvcs.engines.process import done_with, process_for
from kuzuvcs.errors import (
    EngineCrashed,
    EngineError,
    EngineTimeout,
    KuzuvcsError,
    NotADatabase,
    StatementRefused,
)

BUFFER_POOL = 512 << 20
"""Bytes of buffer pool per worker: the engine's default is 80 % of the machine."""

THREADS = 2

_LOCKED = "Could not set lock on file"

_DYING_SECONDS = 1.0
"""For how long a lock is waited for whose holder cannot be seen: one that was killed has it until the last of
its threads is gone, and nobody can look into it any more."""

_POLL_SECONDS = 0.05

_NOWHERE: dict[str, Any] = {"files": [], "extensions": False, "outside": False}

_DATA = re.compile(r"(`[^`]*`|'(?:\\.|[^'\\])*')|\$data\b", re.DOTALL)
"""``$data`` outside of names and strings."""


class Worker:
    """A child process with one database open in it."""

    def __init__(self, *, timeout: float | None = None) -> None:
        self._timeout = timeout
        self._environment: Environment | None = None
        self._header: Header | None = None
        self._process = process_for(Path(sys.executable))
        self._held = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.kill()

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    @property
    def environment(self) -> Environment:
        """What runs in the child, once a database was opened."""
        assert self._environment is not None
        return self._environment

    @property
    def engine(self) -> Engine:
        """The engine of the open database, and the release that has it open."""
        return self.environment.engine

    @property
    def header(self) -> Header:
        """What the open database's file said before it was opened; there was one."""
        assert self._header is not None
        return self._header

    def read_header(self, path: Path) -> Header:
        """The header of the database at ``path``, which this worker must not have open.

        It is the child that reads it: where the caller's own process has the database open, a file opened and
        closed there would drop the engine's lock (ENGINE.md).

        :raises NotADatabase: missing, a folder, empty, cut off, unreadable, or something else altogether
        """
        return parse_header(path, bytes.fromhex(self._head(path)["head"]))

    def is_being_written(self, path: Path) -> bool:
        """Whether another process has the database open for writing; this worker must not have it open.

        :raises NotADatabase: as :meth:`read_header`
        """
        return bool(self._head(path)["written"])

    def read_bytes(self, path: Path, offset: int, size: int) -> bytes:
        """Bytes of the database file at ``path``, which this worker must not have open.

        :raises NotADatabase: as :meth:`read_header`
        """
        return bytes.fromhex(self._head(path, offset, size)["head"])

    def _head(self, path: Path, offset: int = 0, size: int = HEADER_BYTES) -> dict[str, Any]:
        file = header_file(path)
        try:
            return self._ask("head", statement=f"reading {path}", path=str(file), offset=offset, size=size)
        except EngineCrashed:
            raise
        except EngineError as error:
            raise NotADatabase(
                f"{path} cannot be read", cause=error.cause, hint="check its permissions"
            ) from error

    def open(
        self,
        path: Path,
        *,
        read_only: bool,
        buffer_pool: int = BUFFER_POOL,
        threads: int = THREADS,
        compression: bool = True,
        engine: Engine = DEFAULT_ENGINE,
        private: bool = False,
    ) -> str:
        """Open the database at ``path`` and return the engine's release.

        The engine of a database that exists is found from its header; ``engine`` is for a new one.
        ``private`` says that it is a copy that is thrown away: a later release may open it for writing, which
        brings it up to its own storage version.

        :raises NotADatabase: what lies there is no database, or none that a known release reads
        :raises DefectiveRelease: every release that may write it has a known defect
        :raises DatabaseLocked: another process has it open for writing
        :raises EngineCrashed: the engine ends its process over it
        """
        replays = not read_only and _log_size(path) > 0
        if path.exists() or read_only:
            self._header = self.read_header(path)
            use: Use = "read" if read_only else "private" if private else "write"
            self._environment = environment_for(self._header, use)
        else:
            self._environment = environment_of(engine)
        self._change_to(self._environment)
        release = self._open(
            path, read_only=read_only, buffer_pool=buffer_pool, threads=threads, compression=compression
        )
        if replays and breaks_tables_in_replay(self.engine):
            mend_dropped_columns(self)
        return release

    def _open(self, path: Path, *, read_only: bool, buffer_pool: int, threads: int, compression: bool) -> str:
        deadline = time.monotonic() + _DYING_SECONDS
        while True:
            try:
                answer = self._ask(
                    "open",
                    statement=f"opening {path}",
                    engine=self.engine.name,
                    path=str(path),
                    read_only=read_only,
                    buffer_pool=buffer_pool,
                    threads=threads,
                    compression=compression,
                )
                return str(answer["release"])
            except EngineCrashed as error:
                raise _crashed_opening(path, error) from error
            except EngineError as error:
                locked = _LOCKED in error.cause
                users = holders(path, but=self.pid) if locked else ()
                if not locked or users or time.monotonic() > deadline:
                    raise _opening_error(path, error, users) from error
            time.sleep(_POLL_SECONDS)

    def _change_to(self, environment: Environment) -> None:
        """Go on in a process of that environment, which has imported no other engine."""
        process, name = self._process, environment.engine.name
        if process.python != environment.python or process.engine not in (None, name):
            done_with(process)
            self._process = process_for(environment.python, name)
        self._process.engine = name

    def execute(
        self, statement: str, *, files: Iterable[Path] = (), extensions: bool = False, outside: bool = False
    ) -> list[list[Any]]:
        """Run one statement; its rows as JSON values.  For results that fit in memory many times.

        It reaches nothing but the database, unless the caller allows it: ``files`` are those that it may
        read, or folders that it may export to; ``extensions`` allows loading the engine's official ones;
        ``outside`` allows anything, for the statements of a script that its user had run.

        :raises EngineError: the engine refuses it; or it is more than one statement, or reaches further, and
            was not run
        """
        literals = [literal(str(file)) for file in files for literal in (string_literal, file_literal)]
        reach = {"files": literals, "extensions": extensions, "outside": outside}
        rows: list[list[Any]] = self._ask("execute", statement=statement, reach=reach)["rows"]
        return rows

    def fetch(self, statement: str, path: Path) -> int:
        """Run a query, write its result as an Arrow IPC file at ``path``; return the number of rows."""
        return int(self._ask("fetch", statement=statement, path=str(path), reach=_NOWHERE)["rows"])

    def load(self, statement: str, path: Path, *, outside: bool = False) -> int:
        """Run a COPY whose ``$data`` is the Arrow IPC file at ``path``; return the number of rows.

        ``outside`` is as in :meth:`execute`.
        """
        by_name = takes_tables_by_name(self.engine)
        if by_name:
            statement = _DATA.sub(lambda found: found[1] or "data", statement)
        answer = self._ask(
            "load",
            statement=statement,
            path=str(path),
            by_name=by_name,
            reach={**_NOWHERE, "outside": outside},
        )
        return int(answer["rows"])

    def close(self) -> None:
        """Close the database and let go of the process, which may serve another worker from then on."""
        if not self._held:
            return
        if self._process.alive:
            try:
                self.close_database()
            except BaseException:
                self.kill()
                raise
            self._held = False
            done_with(self._process)
        else:
            self.kill()

    def close_database(self) -> None:
        """Close the database, and stay for the next :meth:`open`."""
        self._ask("close", statement="closing the database")

    def kill(self) -> None:
        """End the process at once; the database is left as after a crash (what is committed is kept)."""
        if self._held:
            self._held = False
            self._process.kill()

    def _ask(self, operation: str, *, statement: str, **arguments: Any) -> dict[str, Any]:
        assert self._held
        request = {"operation": operation, "statement": statement, **arguments}
        try:
            answer = self._process.ask(request, self._timeout)
        except TimeoutError as error:
            self.kill()
            raise EngineTimeout(
                f"the engine did not answer in {self._timeout:g} s and was ended",
                cause=f"statement: {_shorten(statement)}",
                hint="the database is as it was; allow more time if the statement needs it",
            ) from error
        if answer is None:
            raise self._crashed(statement)
        if answer.get("not_run"):
            raise StatementRefused(
                "a statement was not run",
                cause=answer["error"],
                hint=f"statement: {_shorten(statement)}",
            )
        if "error" in answer:
            raise EngineError(
                "the engine refused a statement",
                cause=answer["error"],
                hint=f"statement: {_shorten(statement)}",
            )
        return answer

    def _crashed(self, statement: str) -> EngineCrashed:
        how, words = self._process.end()
        said = f"; it said: {words}" if words else ""
        return EngineCrashed(
            "the engine ended its process",
            cause=f"{how} on the statement: {_shorten(statement)}{said}",
            hint="the database is as it was before the statement's transaction",
        )


def file_bytes(database: Path) -> Callable[[int, int], bytes]:
    """What reads bytes of a database's file, in a process that does not have it open."""

    def read(offset: int, size: int) -> bytes:
        with Worker() as worker:
            return worker.read_bytes(database, offset, size)

    return read


def read_header(database: Path) -> Header:
    """The header of a database, read in a process of its own.

    :raises NotADatabase: as :meth:`Worker.read_header`
    """
    with Worker() as worker:
        return worker.read_header(database)


def lacks_memory(error: KuzuvcsError) -> bool:
    """Whether the engine refused for want of buffer pool: with more of it, or with less to do, it may not."""
    return "buffer manager" in error.cause.lower()


def _log_size(database: Path) -> int:
    """Bytes of a database's write-ahead log."""
    try:
        return _log(database).stat().st_size
    except OSError:
        return 0


def _log(database: Path) -> Path:
    return database.with_name(database.name + ".wal")


def _crashed_opening(path: Path, error: EngineCrashed) -> EngineCrashed:
    """The way out: without the log, the database is as of its last checkpoint."""
    hint = "restore a backup: kuzuvcs restore"
    beside = [file.name for file in (_log(path), path.with_name(path.name + ".shadow")) if file.exists()]
    if _log_size(path):
        hint += (
            f"; or move {' and '.join(beside)} to another folder: without its log the database opens as of "
            "its last CHECKPOINT"
        )
    return EngineCrashed(f"the engine crashes when it opens {path}", cause=error.cause, hint=hint)


def _opening_error(path: Path, error: EngineError, users: tuple[Holder, ...]) -> EngineError:
    if _LOCKED in error.cause:
        return in_use(path, users, cause=error.cause.splitlines()[0])
    return EngineError(f"{path} cannot be opened", cause=error.cause, hint="")


def _shorten(statement: str, limit: int = 300) -> str:
    text = " ".join(statement.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
