"""Copies into a table as the engine has to be given them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from kuzuvcs.core.planning.operations import CopyCapturedEdges, CopyEdges, CopyNodes, Operation, RenameColumn
from kuzuvcs.core.schema import NodeTable, RelTable, Table, fold
from kuzuvcs.core.types import Decimal, parse_type

Copy = CopyNodes | CopyEdges


def takes_copies(table: NodeTable) -> bool:
    """Whether COPY fills the table: kuzu 0.11.3 refuses one whose key is a DECIMAL."""
    key = next(column for column in table.columns if column.name == table.primary_key)
    return not isinstance(parse_type(key.type), Decimal)


def copies_into(table: Table, copies: Iterable[Copy | CopyCapturedEdges]) -> Iterator[Operation]:
    """The copies; properties of a rel table called ``from`` or ``to`` have other names meanwhile.

    A COPY into a rel table takes them for the edges' ends, and fills them with keys (kuzu 0.11.3).
    """
    names = {
        column.name: f"kuzuvcs_property_{number}"
        for number, column in enumerate(table.columns)
        if isinstance(table, RelTable) and fold(column.name) in ("from", "to")
    }
    for own, other in names.items():
        yield RenameColumn(table=table.name, column=own, name=other)
    for copy in copies:
        yield replace(copy, values=tuple((names.get(name, name), value) for name, value in copy.values))
    for own, other in names.items():
        yield RenameColumn(table=table.name, column=other, name=own)
