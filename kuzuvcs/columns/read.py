"""Columns of a table asked for in Cypher, and the batches of the answer in canonical form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from kuzuvcs.columns.nesting import Array
from kuzuvcs.columns.shred import reading
from kuzuvcs.core.types import Type, format_type
from kuzuvcs.errors import EngineError


@dataclass(frozen=True, slots=True)
class ReadColumn:
    """A property to read: its type, and the alias prefix of its leaves in the query."""

    name: str
    type: Type


def projection(columns: Sequence[ReadColumn], expressions: Sequence[str]) -> tuple[list[str], list[str]]:
    """The RETURN items of ``columns``, to be had as ``expressions``; column i's leaves are ``c<i>_<j>``.

    First those that one query may return together; then those each of which needs a query of its own,
    with values out of a sort.  These use ``list_transform``, which

    - looks at the first rows of a vector only: it is right where every row of it is selected, and gives
      the first rows' elements again behind a WHERE, a DELETE, or a node's few edges (a sort fills its
      vectors);
    - loses NULLs and elements where another one stands in the same RETURN.
    """
    together: list[str] = []
    alone: list[str] = []
    for index, (column, expression) in enumerate(zip(columns, expressions, strict=True)):
        for number, leaf in enumerate(reading(column.type, expression).expressions):
            items = alone if "list_transform(" in leaf else together
            items.append(f"{leaf} AS c{index}_{number}")
    return together, alone


def assemble_batch(batch: pa.RecordBatch, columns: Sequence[ReadColumn]) -> pa.RecordBatch:
    """A batch of a query made with :func:`projection`, with columns ``c0``, ``c1``, … in canonical form.

    Columns of the batch that are no leaves (offsets) stay in front as they are.
    """
    names, arrays = [], []
    for index, name in enumerate(batch.schema.names):
        if not re.fullmatch(r"c\d+_\d+", name):
            names.append(name)
            arrays.append(batch.column(index))
    for index, column in enumerate(columns):
        plan = reading(column.type, "")
        leaves = [batch.column(f"c{index}_{number}") for number in range(len(plan.leaves))]
        _validate(leaves, column)
        names.append(f"c{index}")
        arrays.append(plan.assemble(leaves))
    return pa.RecordBatch.from_arrays(arrays, names=names)


def _validate(leaves: Sequence[Array], column: ReadColumn) -> None:
    """Refuse Arrow that is not sound: pyarrow would end this process over it."""
    for leaf in leaves:
        if pa.types.is_nested(leaf.type):
            try:
                # A full check would refuse the DECIMALs that lost their sign.
                leaf.validate(full="decimal" not in str(leaf.type))
            except pa.ArrowInvalid as error:
                raise EngineError(
                    f"the values of {column.name} cannot be read",
                    cause=f"the engine gives a malformed {format_type(column.type)}: {error}",
                    hint="nothing was written; please report the column's type",
                ) from error
