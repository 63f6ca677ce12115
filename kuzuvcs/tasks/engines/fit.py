"""What an engine can hold of a schema: tried on an empty database of it, before anything is built.

No list of what each engine lacks is kept here: the engine that is on the machine is asked.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from kuzuvcs.core.comparing.describe import describe
from kuzuvcs.core.comparing.diff import diff
from kuzuvcs.core.engine import Engine
from kuzuvcs.core.quoting import quote_name
from kuzuvcs.core.schema import Index, Macro, NodeTable, Schema, Sequence, Table
from kuzuvcs.core.schema_json import same_schema
from kuzuvcs.engines.client import Worker
from kuzuvcs.engines.dialects import extension_statements, field_names, require_writable
from kuzuvcs.errors import EngineCrashed, EngineError, SchemaError
from kuzuvcs.render.cypher import create_indexes, create_schema
from kuzuvcs.results import LeftOut
from kuzuvcs.tasks.reading.inspect import Declarations, inspect

_Part = TypeVar("_Part", bound=Table | Sequence | Macro | Index)
_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """What the engine holds of a schema, what it does not, and the statements that make that later."""

    engine: Engine
    schema: Schema
    left_out: tuple[LeftOut, ...]
    later: tuple[str, ...]


def fit(schema: Schema, folder: Path, declared: Declarations, *, strict: bool) -> Fitted:
    """Try every table, sequence, macro and index on an empty database of the declared engine.

    Macros and indexes that it refuses are left out; for indexes there are statements for later.

    :raises UsageError: the release is so old that its databases are only read
    :raises SchemaError: it cannot hold a table or a sequence; with ``strict``, anything at all
    """
    require_writable(declared.engine)
    trial = _Trial(schema, folder / "trial.db", declared)
    fitted = trial.run()
    faults = [*trial.faults, *(one.text for one in fitted.left_out if strict)]
    if not faults:
        found = trial.found(folder)
        if not same_schema(found, fitted.schema):
            faults = [describe(change) for change in diff(fitted.schema, found)]
    if faults:
        more = len(faults) - _SHOWN
        raise SchemaError(
            f"{fitted.engine} cannot hold this schema",
            cause="\n".join([*faults[:_SHOWN], *([f"and {more} more"] if more > 0 else [])]),
            hint="rename or drop what it refuses, in the database that it comes from; nothing was written"
            if trial.faults or not strict
            else "without --strict it is left out, with a warning; nothing was written",
        )
    return fitted


class _Trial:
    def __init__(self, schema: Schema, database: Path, declared: Declarations) -> None:
        self._schema = schema
        self._database = database
        self._declared = declared
        self._refused = ""
        self.faults: list[str] = []
        self._left_out: list[LeftOut] = []

    def run(self) -> Fitted:
        schema = self._schema
        with Worker() as worker:
            worker.open(self._database, read_only=False, engine=self._declared.engine)
            self._worker = worker
            self._require("sequence", schema.sequences, lambda one: Schema(sequences=(one,)))
            macros = self._kept("macro", schema.macros, lambda one: create_schema(Schema(macros=(one,))))
            self._require("table", schema.node_tables, lambda one: Schema(node_tables=(one,)))
            self._require("table", schema.rel_tables, lambda one: Schema(rel_tables=(one,)))
            indexes = self._kept("index", schema.indexes, lambda one: create_indexes(Schema(indexes=(one,))))
            missing = tuple(index for index in schema.indexes if index not in indexes)
            return Fitted(
                engine=worker.engine,
                schema=dataclasses.replace(schema, macros=macros, indexes=indexes),
                left_out=tuple(self._left_out),
                later=(
                    *extension_statements(worker.engine, (index.kind for index in missing)),
                    *create_indexes(Schema(indexes=missing)),
                ),
            )

    def found(self, folder: Path) -> Schema:
        """The schema as a fresh open tells it: some statements leave what cannot be opened again."""
        check = folder / "trial"
        check.mkdir()
        with Worker() as worker:
            worker.open(self._database, read_only=True)
            return inspect(self._database, check, self._declared, worker).schema

    def _require(self, kind: str, parts: Iterable[_Part], alone: Callable[[_Part], Schema]) -> None:
        for part in parts:
            schema = alone(part)
            try:
                statements = create_schema(schema, field_names(self._worker.engine))
            except SchemaError as error:
                self.faults.append(f"{kind} {part.name}: {error.message}: {error.cause}")
                continue
            if not self._runs((*statements, *map(_asked, schema.tables()))):
                self.faults.append(f"{kind} {part.name}: {self._refused}")

    def _kept(
        self, kind: str, parts: Iterable[_Part], statements: Callable[[_Part], Iterable[str]]
    ) -> tuple[_Part, ...]:
        kept = []
        for part in parts:
            if self._runs(statements(part)):
                kept.append(part)
            else:
                self._left_out.append(LeftOut(kind=kind, name=part.name, reason=self._refused))
        return tuple(kept)

    def _runs(self, statements: Iterable[str]) -> bool:
        try:
            for statement in statements:
                self._worker.execute(statement)
        except EngineCrashed:
            raise
        except EngineError as error:
            self._refused = error.cause.splitlines()[0]
            return False
        return True


def _asked(table: Table) -> str:
    """Ladybug makes a table with a dot in its name, and then takes what stands before it for a graph's."""
    name = quote_name(table.name)
    if isinstance(table, NodeTable):
        return f"MATCH (x:{name}) RETURN count(*)"
    # Not any nodes at its ends: old releases want their properties to be of one type.
    ends = table.connections[0]
    pattern = f"(:{quote_name(ends.source)})-[x:{name}]->(:{quote_name(ends.target)})"
    return f"MATCH {pattern} RETURN count(*)"
