"""Reading through a connection that the application already holds.

Kuzu lets no second process in beside a writer, so the application lends its own.  Nothing is ever run on
*that* connection (a BEGIN there would roll back what it has open): a new one of the same database gets a
read-only transaction of its own.  And no code here opens the database file: closing it again would drop the
engine's lock on it (ENGINE.md).
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from kuzuvcs.core.engine import Engine, parse_engine
from kuzuvcs.core.quoting import string_literal
from kuzuvcs.engines.guard import Reach, Refused, check_statement
from kuzuvcs.engines.worker import plain_rows, write_arrow
from kuzuvcs.errors import EngineError, StatementRefused, UsageError


class BorrowedConnection:
    """A second connection to the caller's database, in one read-only transaction."""

    def __init__(self, connection: Any, engine: Engine) -> None:
        self._connection = connection
        self.engine = engine

    def execute(self, statement: str, *, files: Iterable[Path] = ()) -> list[list[Any]]:
        """Run a reading statement; its rows as JSON values; ``files`` are those that it may name.

        :raises EngineError: the engine refuses it, or it is not one statement
        """
        literals = frozenset(string_literal(str(file)) for file in files)
        with self._result(statement, Reach(files=literals)) as result:
            return plain_rows(result)

    def fetch(self, statement: str, path: Path) -> int:
        """Run a query, write its result as an Arrow IPC file at ``path``; return the number of rows.

        :raises EngineError: the engine refuses it
        """
        with self._result(statement, Reach()) as result:
            return write_arrow(result, str(path))

    @contextlib.contextmanager
    def _result(self, statement: str, reach: Reach) -> Iterator[Any]:
        try:
            check_statement(statement, reach)
            result = self._connection.execute(statement)
        except Refused as error:
            raise StatementRefused(
                "a statement was not run", cause=str(error), hint=f"statement: {statement[:300]}"
            ) from error
        except RuntimeError as error:
            raise EngineError(
                "the engine refused a statement", cause=str(error), hint=f"statement: {statement[:300]}"
            ) from error
        try:
            yield result
        finally:
            result.close()


@contextlib.contextmanager
def borrowed(connection: Any) -> Iterator[BorrowedConnection]:
    """One read-only transaction beside whatever ``connection`` has open.

    :raises EngineError: ``connection`` is no open connection of kuzu, or the engine gives no transaction
    """
    try:
        database = connection.database
        own = type(connection)(database, num_threads=2)
        engine = _engine(connection)
    except (AttributeError, KeyError, RuntimeError, TypeError, UsageError) as error:
        raise EngineError(
            "the connection cannot be used",
            cause=f"{type(connection).__name__}: {error}",
            hint="pass an open Connection of kuzu or ladybug",
        ) from error
    try:
        reader = BorrowedConnection(own, engine)
        reader.execute("BEGIN TRANSACTION READ ONLY")
        try:
            yield reader
        except BaseException:
            with contextlib.suppress(EngineError):  # the engine ends the transaction at any error
                reader.execute("ROLLBACK")
            raise
        reader.execute("COMMIT")
    finally:
        own.close()


def _engine(connection: Any) -> Engine:
    """The engine whose connection it is; its module is loaded, or there were no connection of it."""
    name = type(connection).__module__.partition(".")[0]
    return parse_engine(f"{name}=={sys.modules[name].__version__}")
