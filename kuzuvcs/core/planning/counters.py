"""The counters behind SERIAL columns of rebuilt tables.

kuzu 0.11.3 names a counter ``Table_column_serial`` when the table is made, never renames it, and wants to
drop the one of the table's present name with the table.  COPY does not advance it.  A sequence's START
is a literal, and where a counter stands is known in the database only: so a counter is brought on by
filling a helper table whose default is its next value, once for each value that the old one gave.
"""

from __future__ import annotations

from collections.abc import Iterator

from kuzuvcs.core.planning import operations
from kuzuvcs.core.planning.conversion import SERIAL, Taken, Value
from kuzuvcs.core.planning.operations import Operation
from kuzuvcs.core.planning.rebuild import Rebuild
from kuzuvcs.core.quoting import string_literal
from kuzuvcs.core.schema import Column, Expression, NodeTable, Sequence, Table


def continued(rebuild: Rebuild) -> dict[str, str]:
    """Old SERIAL column to the new one that goes on counting from it."""
    before = {column.name for column in rebuild.old.columns if column.type == SERIAL}
    after = {column.name for column in rebuild.new.columns if column.type == SERIAL}
    return {old: new for new, old in rebuild.columns if old in before and new in after}


def set_aside(rebuild: Rebuild, column: str, helper: str, *, used: bool) -> Iterator[Operation]:
    """A counter of the name that the moved table is dropped with; it stands where the table's own does."""
    own, moved = _counter(rebuild.old.name, column), _counter(rebuild.aside, column)
    yield operations.CreateSequence(sequence=Sequence(name=moved, start=0, minimum=0))
    if used:
        yield from _advanced(moved, operations.TakeAsMany(table=helper, counter=own))
    yield operations.DropSequence(sequence=own)


def advance(rebuild: Rebuild, column: str, value: Value, helper: str) -> Iterator[Operation]:
    """Bring the counter of a new SERIAL column to where the old one stands, or past the copied values."""
    counter = _counter(rebuild.new.name, column)
    before = next((old for old, new in continued(rebuild).items() if new == column), None)
    if before is not None and value == Taken(column=before):
        own = _counter(rebuild.aside, before)
        yield from _advanced(counter, operations.TakeAsMany(table=helper, counter=own))
    else:
        yield from pass_values(rebuild.new, column, helper)


def pass_values(table: Table, column: str, helper: str) -> Iterator[Operation]:
    """Bring the counter of a SERIAL column past the values that were copied into it."""
    source = operations.TakeUpTo(table=helper, source=table, column=column)
    yield from _advanced(_counter(table.name, column), source)


def _advanced(counter: str, fill: operations.TakeAsMany | operations.TakeUpTo) -> Iterator[Operation]:
    value = Column(name="value", type="INT64", default=Expression(text=f"nextval({string_literal(counter)})"))
    helper = NodeTable(name=fill.table, columns=(Column(name="id", type="INT64"), value), primary_key="id")
    yield operations.CreateNodeTable(table=helper)
    yield fill
    yield operations.DropTable(table=fill.table)


def _counter(table: str, column: str) -> str:
    return f"{table}_{column}_serial"
