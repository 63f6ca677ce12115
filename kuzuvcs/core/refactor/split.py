"""Split a node table by the values of a column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from kuzuvcs.core.comparing.describe import shown
from kuzuvcs.core.planning.checks import Rows
from kuzuvcs.core.planning.matching import Is, IsNone
from kuzuvcs.core.refactor.counting import Balance, Matching, Refusal, Tally
from kuzuvcs.core.refactor.lookup import new_tables, node_property, refuse_indexed, refuse_unmovable
from kuzuvcs.core.refactor.parting import Share, Shared, edge_balances, merging, splitting
from kuzuvcs.core.refactor.refactoring import Refactoring
from kuzuvcs.core.refactor.repointing import Parts, repointed, touching
from kuzuvcs.core.schema import Column, NodeTable, Schema
from kuzuvcs.errors import UnsupportedChange, UsageError

_BITS = {"INT8": 8, "INT16": 16, "INT32": 32, "INT64": 64, "INT128": 128}
_RANGES = {
    **{name: (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for name, bits in _BITS.items()},
    **{f"U{name}": (0, 2**bits - 1) for name, bits in _BITS.items() if bits < 128},
}
"""The least and the greatest value of each integer type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The rows of which ``property`` (``Person.kind``) has a value move into the value's table.

    ``into`` are ``(value, table)``; ``null`` is the table of rows without a value.  The column goes.
    """

    property: str
    into: tuple[tuple[str, str], ...]
    null: str | None = None


def split(schema: Schema, declared: Split) -> Refactoring:
    """DOWN merges the tables again, whatever the data; a value without a table is refused."""
    whole, column = node_property(schema, declared.property)
    _refuse_unfit(schema, whole, column)
    values = [_value(text, column) for text, _ in declared.into]
    _refuse_twice(values, column)
    named: list[tuple[str | None, str]] = [
        (value, name) for value, (_, name) in zip(values, declared.into, strict=True)
    ]
    if declared.null is not None:
        named.append((None, declared.null))
    if not named:
        raise UsageError(
            f"no table is named for any value of {shown(declared.property)}",
            cause="the rows have to go somewhere",
            hint="give --into VALUE=TABLE for each value",
        )
    new_tables(schema, (name for _, name in named), freed=(whole,))
    columns = tuple(one for one in whole.columns if one != column)
    shapes = Shared(
        whole=whole,
        shares=tuple(
            Share(table=replace(whole, name=name, columns=columns), value=value) for value, name in named
        ),
        column=column,
    )
    parts = shapes.split()
    refuse_unmovable((whole, *touching(schema, parts)))
    new = _split_schema(schema, shapes, parts)
    return Refactoring(
        description=f"split {shown(whole.name)} by {shown(column.name)}",
        up=splitting(schema, new, shapes),
        down=merging(new, schema, shapes),
        refusals=tuple(_refusals(whole, column, [value for value, _ in named])),
        balances=(
            Balance(
                text=f"rows of {shown(whole.name)}",
                before=(Tally(file=(whole.name, "", "")),),
                after=tuple(Tally(file=(name, "", "")) for _, name in named),
            ),
            *edge_balances(schema, new, parts),
        ),
    )


def _split_schema(schema: Schema, shapes: Shared, parts: Parts) -> Schema:
    moved = touching(schema, parts)
    others = tuple(one for one in schema.node_tables if one != shapes.whole)
    return replace(
        schema,
        node_tables=(*others, *(share.table for share in shapes.shares)),
        rel_tables=tuple(repointed(rel, parts) if rel in moved else rel for rel in schema.rel_tables),
        indexes=(
            *(index for index in schema.indexes if index.table != shapes.whole.name),
            *(
                replace(index, table=share.table.name)
                for share in shapes.shares
                for index in schema.indexes
                if index.table == shapes.whole.name
            ),
        ),
    )


def _refuse_unfit(schema: Schema, table: NodeTable, column: Column) -> None:
    what = f"cannot split {shown(table.name)} by {shown(column.name)}"
    if column.name == table.primary_key:
        raise UnsupportedChange(what, cause="it is the key, and every row has another")
    if column.type not in {"STRING", "BOOL", *_RANGES}:
        raise UnsupportedChange(
            what,
            cause=f"its type is {column.type}",
            hint="the types are STRING, BOOL and the integers",
        )
    refuse_indexed(schema, table, column.name, what)


def _value(text: str, column: Column) -> str:
    """The value's text as the engine prints it; ``UsageError`` where it is none of the column's type."""
    fits, value = True, text
    if column.type == "BOOL":
        value = {"true": "True", "false": "False"}.get(text.lower(), "")
        fits = value != ""
    elif column.type in _RANGES:
        least, greatest = _RANGES[column.type]
        digits = text.removeprefix("-")
        fits = digits.isascii() and digits.isdigit() and len(digits) < 50 and least <= int(text) <= greatest
        value = str(int(text)) if fits else ""
    if not fits:
        raise UsageError(
            f"{text!r} is no value of {shown(column.name)}",
            cause=f"the column is {column.type}",
            hint="give --into VALUE=TABLE for each value",
        )
    return value


def _refuse_twice(values: list[str], column: Column) -> None:
    for value in values:
        if values.count(value) > 1:
            raise UsageError(
                f"two tables are named for the value {value!r} of {shown(column.name)}",
                cause="a row goes into one table",
                hint="give --into VALUE=TABLE once for each value",
            )


def _refusals(table: NodeTable, column: Column, values: list[str | None]) -> Iterator[Refusal]:
    rows = Rows(table=table.name)
    texts = tuple(value for value in values if value is not None)
    others = IsNone(variable="n", column=column.name, type=column.type, texts=texts)
    yield Refusal(
        count=Matching(rows=rows, where=(others,), column=column.name),
        unit="row",
        text=f"of {shown(table.name)} with a {shown(column.name)} that no table is named for",
        hint="give --into VALUE=TABLE for each value",
    )
    if None not in values:
        nothing = Is(variable="n", column=column.name, type=column.type, text=None)
        yield Refusal(
            count=Matching(rows=rows, where=(nothing,)),
            unit="row",
            text=f"of {shown(table.name)} without a {shown(column.name)}",
            hint="give --null TABLE for rows without a value",
        )
