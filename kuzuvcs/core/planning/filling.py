"""Where the values of a rebuilt table come from, and what has to hold of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kuzuvcs.core.comparing.describe import shown
from kuzuvcs.core.planning.casts import Cast, Casts
from kuzuvcs.core.planning.checks import CastCheck, Check, CounterCheck, KeyCheck, NeighbourCheck, Rows
from kuzuvcs.core.planning.conversion import (
    SERIAL,
    Computed,
    Converted,
    Nothing,
    Recalled,
    RowNumber,
    Taken,
    Value,
    conversion,
    kills_the_engine,
)
from kuzuvcs.core.planning.rebuild import Rebuild, serials
from kuzuvcs.core.schema import Column, Connection, NodeTable, RelTable
from kuzuvcs.errors import UnsupportedChange

_AT_MOST_ONE = {"MANY_MANY": (), "MANY_ONE": (0,), "ONE_MANY": (1,), "ONE_ONE": (0, 1)}


def values_of(
    rebuild: Rebuild, casts: Casts, rows: int | None, option: str, *, numbered: bool
) -> dict[str, Value]:
    """What each new column is filled with; a column that is left out gets its default.

    ``numbered``: a new SERIAL key holds the rows' numbers.

    :raises UnsupportedChange: a new key has no values, and there are rows (or nobody knows)
    """
    olds = {column.name: column for column in rebuild.old.columns}
    mates = dict(rebuild.columns)
    values: dict[str, Value] = {}
    for column in rebuild.new.columns:
        value = _value(rebuild, column, olds.get(mates.get(column.name, "")), casts)
        if value is None and _is_key(rebuild, column):
            if column.type == SERIAL and (numbered or rows == 0):
                value = RowNumber()
            else:
                value = _key_without_values(rebuild, column, rows, option)
        if value is not None:
            values[column.name] = value
    return values


def _value(rebuild: Rebuild, column: Column, mate: Column | None, casts: Casts) -> Value | None:
    cast = casts.of(rebuild.new.name, column.name)
    if cast is not None and cast.expression is not None:
        names = tuple(own.name for own in rebuild.old.columns)
        return Computed(text=cast.expression, columns=names, type=column.type)
    if mate is None:
        return Nothing(type=column.type) if cast is not None else None
    value = conversion(mate.name, mate.type, column.type)
    return value if not isinstance(value, Converted) else _answered(rebuild, column, value, cast)


def _answered(rebuild: Rebuild, column: Column, value: Converted, cast: Cast | None) -> Value:
    if cast is not None and cast.impossible:
        return Nothing(type=column.type)
    if kills_the_engine(value.old, value.new):
        if cast is not None:
            return Nothing(type=column.type)
        raise UnsupportedChange(
            f"cannot cast {shown(rebuild.new.name)}.{shown(column.name)} from {value.old} to {value.new}",
            cause="the engine ends its process over this cast",
            hint=f"say what becomes of the values: --cast '{rebuild.new.name}.{column.name}=null', "
            "or an expression in place of null",
        )
    return Converted(
        column=value.column, old=value.old, new=value.new, unfit=() if cast is None else cast.unfit
    )


def _is_key(rebuild: Rebuild, column: Column) -> bool:
    return isinstance(rebuild.new, NodeTable) and rebuild.new.primary_key == column.name


def _key_without_values(rebuild: Rebuild, column: Column, rows: int | None, option: str) -> Value:
    if rows == 0:
        return Nothing(type=column.type)
    place = f"{rebuild.new.name}.{column.name}"
    count = "rows" if rows is None else f"{rows:,} rows" if rows != 1 else "1 row"
    raise UnsupportedChange(
        f"cannot make {shown(place)} the key",
        cause=f"the column is new, and the {count} of {shown(rebuild.old.name)} have no value for it",
        hint=f"give one over the old columns: {option} '{place}=…'",
    )


def kept_connections(
    rebuild: Rebuild, new_names: Mapping[str, str]
) -> Iterator[tuple[Connection, Connection]]:
    """Old and new of each connection that stays."""
    assert isinstance(rebuild.old, RelTable)
    assert isinstance(rebuild.new, RelTable)
    after = {(one.source, one.target): one for one in rebuild.new.connections}
    for connection in rebuild.old.connections:
        ends = (new_names.get(connection.source, ""), new_names.get(connection.target, ""))
        if ends in after:
            yield connection, after[ends]


def checks_of(rebuild: Rebuild, values: Mapping[str, Value], new_names: Mapping[str, str]) -> Iterator[Check]:
    """What has to hold of the rows of one rebuilt table."""
    name = rebuild.new.name
    if isinstance(rebuild.old, RelTable):
        connections = [old for old, _ in kept_connections(rebuild, new_names)]
        rows = tuple(Rows(table=rebuild.old.name, ends=(one.source, one.target)) for one in connections)
    else:
        rows = (Rows(table=rebuild.old.name),)
    for column, value in values.items():
        now = value.now if isinstance(value, Recalled) else value
        if isinstance(now, Converted | Computed):
            yield CastCheck(table=name, column=column, rows=rows, value=now)
    yield from _counter_checks(rebuild, values, rows)
    match rebuild.old, rebuild.new:
        case NodeTable(primary_key=old_key), NodeTable(primary_key=key):
            if not isinstance(values[key], RowNumber | Nothing) and values[key] != Taken(column=old_key):
                yield KeyCheck(table=name, column=key, rows=rows[0], value=values[key])
        case RelTable(multiplicity=before), RelTable(multiplicity=after):
            for end in _AT_MOST_ONE[after]:
                if end not in _AT_MOST_ONE[before]:
                    yield from (
                        NeighbourCheck(table=name, rows=one, end=end, multiplicity=after) for one in rows
                    )
        case _:
            return


def _counter_checks(rebuild: Rebuild, values: Mapping[str, Value], rows: tuple[Rows, ...]) -> Iterator[Check]:
    mates = dict(rebuild.columns)
    for one in rebuild.new.columns:
        # What is read back was numbered by such a counter once.
        numbered = mates.get(one.name) in serials(rebuild.old) or isinstance(values.get(one.name), Recalled)
        if one.type == SERIAL and one.name in values and not numbered:
            yield CounterCheck(table=rebuild.new.name, column=one.name, rows=rows, value=values[one.name])
