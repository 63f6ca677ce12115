"""The words in which the engine tests are written; their snippets import all of them.

A snippet runs in a process of its own (see ``conftest.py``), because what it shows may end it.
"""

from __future__ import annotations

import importlib.util as _needed_by_kuzu_before_arrow_parameters  # noqa: F401
import json
from pathlib import Path
from typing import Any

import kuzu

SMALL_POOL = 64 * 1024 * 1024


class Graph:
    """A Kuzu database, opened for as long as the snippet runs or until ``close``."""

    def __init__(self, path: str = "g.db", **options: Any) -> None:
        self.path = path
        self.options = {"buffer_pool_size": SMALL_POOL, **options}
        self.open()

    def open(self) -> None:
        self.database = kuzu.Database(self.path, **self.options)
        self.connection = kuzu.Connection(self.database)

    def close(self) -> None:
        self.connection.close()
        self.database.close()

    def reopen(self) -> None:
        self.close()
        self.open()

    def __call__(self, *statements: str, **parameters: Any) -> list[list[Any]]:
        """Run the statements in turn; the rows of the last."""
        rows: list[list[Any]] = []
        for statement in statements:
            result = self.connection.execute(statement, parameters or None)
            rows = result.get_all()
            result.close()
        return rows

    def value(self, statement: str, **parameters: Any) -> Any:
        return self(statement, **parameters)[0][0]

    def column(self, statement: str, **parameters: Any) -> list[Any]:
        return [row[0] for row in self(statement, **parameters)]

    def error(self, statement: str, **parameters: Any) -> str | None:
        """The engine's message for a statement that it refuses; None where it accepts it."""
        try:
            self(statement, **parameters)
        except RuntimeError as error:
            return str(error)
        return None

    def arrow(self, statement: str) -> list[dict[str, Any]]:
        result = self.connection.execute(statement)
        table = result.get_as_arrow(1000)
        result.close()
        return table.to_pylist()  # type: ignore[no-any-return]


def opening_error(path: str = "g.db", **options: Any) -> str | None:
    """Why the database cannot be opened; None where it can."""
    try:
        Graph(path, **options).close()
    except RuntimeError as error:
        return str(error)
    return None


def parquet_rows(path: str) -> list[dict[str, Any]]:
    import pyarrow.parquet

    return pyarrow.parquet.read_table(path).to_pylist()  # type: ignore[no-any-return]


def text(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


def report(*values: Any) -> None:
    """Hand values to the test; what JSON does not know goes as text."""
    print(json.dumps(values[0] if len(values) == 1 else values, default=str), flush=True)  # noqa: T201
