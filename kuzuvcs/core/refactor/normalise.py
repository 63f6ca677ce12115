"""Move a property into a node table of its own: a node for each value, an edge to it in the value's place."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kuzuvcs.core.comparing.describe import shown
from kuzuvcs.core.refactor.counting import Balance, Tally
from kuzuvcs.core.refactor.folding import folding, normalising
from kuzuvcs.core.refactor.lookup import new_tables, node_property, refuse_indexed, refuse_unmovable
from kuzuvcs.core.refactor.refactoring import Refactoring
from kuzuvcs.core.refactor.repointing import Part, touching
from kuzuvcs.core.schema import Column, Connection, NodeTable, RelTable, Schema
from kuzuvcs.core.types import Scalar, parse_type
from kuzuvcs.errors import UnsupportedChange

# fmt: off
_KEYS = frozenset((
    "STRING", "INT8", "INT16", "INT32", "INT64", "INT128", "UINT8", "UINT16", "UINT32", "UINT64",
    "DATE", "TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_SEC", "TIMESTAMP_TZ", "UUID", "BLOB",
))
# fmt: on
"""The types of which the engine makes keys, but for FLOAT and DOUBLE, of which it takes NaN as a key twice,
and for DECIMAL, of which its COPY fills no key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Normalise:
    """The values of ``property`` (``Person.city``) become the keys of a new node table ``into``.

    The rel table ``edge`` leads from each row that has a value to its node.
    """

    property: str
    into: str
    edge: str


def normalised(schema: Schema, declared: Normalise) -> Refactoring:
    """Folded back by DOWN, whatever the data."""
    table, column = node_property(schema, declared.property)
    new_tables(schema, (declared.into, declared.edge))
    _refuse_unfit(schema, table, column)
    # DOWN makes the table anew, and with it every rel table on it.
    refuse_unmovable((table, *touching(schema, {table.name: (Part(table=table.name),)})))
    values = NodeTable(name=declared.into, columns=(replace(column, default=None),), primary_key=column.name)
    edge = RelTable(
        name=declared.edge,
        connections=(Connection(source=table.name, target=values.name),),
        multiplicity="MANY_ONE",
    )
    left = replace(table, columns=tuple(one for one in table.columns if one != column))
    new = replace(
        schema,
        node_tables=(*(left if one == table else one for one in schema.node_tables), values),
        rel_tables=(*schema.rel_tables, edge),
    )
    filled = Tally(file=(table.name, "", ""), column=column.name)
    return Refactoring(
        description=f"move {shown(table.name)}.{shown(column.name)} into {shown(values.name)}",
        up=normalising(schema, new, (table, column.name), values, edge, forward=True),
        down=folding(new, schema, (table, column.name), values, edge, forward=True),
        balances=(
            Balance(
                text=f"edges of {shown(edge.name)}, one for each value of {shown(column.name)}",
                before=(filled,),
                after=(Tally(file=(edge.name, table.name, values.name)),),
            ),
        ),
    )


def _refuse_unfit(schema: Schema, table: NodeTable, column: Column) -> None:
    what = f"cannot move {shown(table.name)}.{shown(column.name)} into a table of its own"
    if column.name == table.primary_key:
        raise UnsupportedChange(what, cause="it is the key, by which the rows are told apart")
    type = parse_type(column.type)
    if not isinstance(type, Scalar) or type.name not in _KEYS:
        raise UnsupportedChange(
            what,
            cause=f"its values would be keys, and {column.type} is no type for a key",
            hint="the types are STRING, integers, DATE, TIMESTAMP, UUID and BLOB",
        )
    refuse_indexed(schema, table, column.name, what)
