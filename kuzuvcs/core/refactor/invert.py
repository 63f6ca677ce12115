"""Turn every edge of a rel table round."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kuzuvcs.core.comparing.describe import shown
from kuzuvcs.core.planning.conversion import Of, Taken
from kuzuvcs.core.planning.operations import CopyEdges
from kuzuvcs.core.refactor.counting import Balance, Tally
from kuzuvcs.core.refactor.lookup import refuse_unmovable, rel_table
from kuzuvcs.core.refactor.refactoring import Refactoring
from kuzuvcs.core.refactor.repointing import key_of
from kuzuvcs.core.refactor.rewriting import Rewriting
from kuzuvcs.core.schema import Connection, Multiplicity, RelTable, Schema

_TURNED: dict[Multiplicity, Multiplicity] = {"MANY_ONE": "ONE_MANY", "ONE_MANY": "MANY_ONE"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Invert:
    """Every edge of the rel table ``table`` leads the other way; properties stay."""

    table: str


def inverted(schema: Schema, declared: Invert) -> Refactoring:
    """Its own inverse, whatever the data."""
    old = rel_table(schema, declared.table)
    refuse_unmovable((old,))
    new = replace(
        old,
        connections=tuple(map(_turned, old.connections)),
        multiplicity=_TURNED.get(old.multiplicity, old.multiplicity),
    )
    target = replace(
        schema, rel_tables=tuple(new if one.name == old.name else one for one in schema.rel_tables)
    )
    return Refactoring(
        description=f"invert rel table {shown(old.name)}",
        up=_turning(schema, target, old),
        down=_turning(target, schema, new),
        balances=tuple(
            Balance(
                text=f"edges of {shown(old.name)} from {shown(one.source)} to {shown(one.target)}",
                before=(Tally(file=(old.name, one.source, one.target)),),
                after=(Tally(file=(old.name, one.target, one.source)),),
            )
            for one in old.connections
        ),
    )


def _turning(old: Schema, new: Schema, rel: RelTable) -> Rewriting:
    copies = tuple(
        CopyEdges(
            table=rel.name,
            connection=_turned(one),
            source=rel.name,
            ends=(one.source, one.target),
            keys=(
                Of(variable="b", value=key_of(old, one.target)),
                Of(variable="a", value=key_of(old, one.source)),
            ),
            values=tuple((column.name, Taken(column=column.name)) for column in rel.columns),
        )
        for one in rel.connections
    )
    return Rewriting(old=old, new=new, made=(rel.name,), copies=copies)


def _turned(connection: Connection) -> Connection:
    return Connection(source=connection.target, target=connection.source)
