"""Move an endpoint of a rel table to the node that another rel table leads to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from kuzuvcs.core.comparing.describe import shown
from kuzuvcs.core.planning.checks import Rows
from kuzuvcs.core.planning.conversion import SERIAL, Nothing, Of, Taken, Value
from kuzuvcs.core.planning.matching import Hop, Lacks
from kuzuvcs.core.planning.operations import CopyEdges
from kuzuvcs.core.refactor.counting import Balance, Count, Crowded, Loss, Matching, Refusal, Tally
from kuzuvcs.core.refactor.lookup import (
    new_column,
    node_table,
    refuse_unmovable,
    refuse_unreadable,
    rel_table,
)
from kuzuvcs.core.refactor.refactoring import Refactoring, file_keys
from kuzuvcs.core.refactor.repointing import key_of
from kuzuvcs.core.refactor.rewriting import Rewriting
from kuzuvcs.core.schema import Column, Connection, Multiplicity, NodeTable, RelTable, Schema
from kuzuvcs.errors import UnsupportedChange, UsageError

End = Literal["source", "target"]

_ONE_AT: dict[End, tuple[Multiplicity, ...]] = {
    "source": ("MANY_ONE", "ONE_ONE"),
    "target": ("ONE_MANY", "ONE_ONE"),
}
"""The multiplicities by which a node has one edge at most, as the edge's source or target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveEndpoint:
    """Every edge of ``table`` that has a row of ``source`` at one end gets a row of ``target`` there.

    It is the one that the rel table ``by`` links that row to, either way.  ``end`` is which end, where
    that is not plain; ``keep`` names a new property that holds the old end's key, so that DOWN knows it.
    """

    table: str
    source: str
    target: str
    by: str
    end: End | None = None
    keep: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Move:
    """The declaration with its tables: ``forward`` where ``by`` leads from the old end to the new one."""

    rel: RelTable
    old: NodeTable
    new: NodeTable
    by: RelTable
    forward: bool
    end: End
    keep: Column | None

    @property
    def row(self) -> str:
        """The variable of the end's rows in a pattern of edges."""
        return "a" if self.end == "source" else "b"

    @property
    def invertible(self) -> bool:
        """Whether ``by`` lets one old end at most belong to a new one."""
        return self.by.multiplicity in _ONE_AT["target" if self.forward else "source"]

    def moved(self, one: Connection) -> Connection | None:
        """The connection with the other end; None where it stays."""
        if self.end == "source":
            return replace(one, source=self.new.name) if one.source == self.old.name else None
        return replace(one, target=self.new.name) if one.target == self.old.name else None

    def with_end(self, keys: tuple[Value, Value], key: Value) -> tuple[Value, Value]:
        """The keys of an edge, with another one at the end."""
        return (key, keys[1]) if self.end == "source" else (keys[0], key)


def moved(schema: Schema, declared: MoveEndpoint) -> Refactoring:
    """Lost are edges whose old end leads nowhere; one that leads to several is refused.

    DOWN finds the old end by the kept key, or by ``by`` where its multiplicity lets one only lead there.
    """
    move = _move(schema, declared)
    rel = move.rel
    connections = tuple(move.moved(one) or one for one in rel.connections)
    _refuse_crossing(move, connections)
    columns = rel.columns if move.keep is None else (*rel.columns, move.keep)
    after = replace(rel, connections=connections, columns=columns)
    new = replace(schema, rel_tables=tuple(after if one == rel else one for one in schema.rel_tables))
    lacking = tuple(_lacking(move, one) for one in rel.connections if move.moved(one))
    return Refactoring(
        description=f"move the {move.end} of {shown(rel.name)} "
        f"from {shown(move.old.name)} to {shown(move.new.name)}",
        up=Rewriting(old=schema, new=new, made=(rel.name,), copies=tuple(_forth(schema, move))),
        down=Rewriting(old=new, new=schema, made=(rel.name,), copies=tuple(_back(new, move))),
        refusals=(_crowded(move),),
        losses=tuple(_losses(move, lacking)),
        balances=(
            Balance(
                text=f"edges of {shown(rel.name)}",
                before=tuple(Tally(file=file) for file in file_keys(rel)),
                after=tuple(Tally(file=file) for file in file_keys(after)),
                lost=lacking,
            ),
        ),
    )


def _move(schema: Schema, declared: MoveEndpoint) -> _Move:
    rel, by = rel_table(schema, declared.table), rel_table(schema, declared.by)
    old, new = node_table(schema, declared.source), node_table(schema, declared.target)
    refuse_unmovable((rel,))
    refuse_unreadable(by)
    if rel == by or old == new:
        raise UsageError(
            f"the {'rel tables' if rel == by else 'endpoints'} are one",
            cause="an endpoint moves to another table, by another rel table",
            hint="kuzuvcs show lists the connections",
        )
    keep = None
    if declared.keep is not None:
        key = next(column for column in old.columns if column.name == old.primary_key)
        plain = "INT64" if key.type == SERIAL else key.type
        keep = Column(name=new_column(rel.columns, declared.keep, shown(rel.name)), type=plain)
    return _Move(
        rel=rel,
        old=old,
        new=new,
        by=by,
        forward=_leads_forward(by, old, new),
        end=declared.end or _only_end(rel, old),
        keep=keep,
    )


def _leads_forward(by: RelTable, old: NodeTable, new: NodeTable) -> bool:
    pairs = {(one.source, one.target) for one in by.connections}
    ways = [pair in pairs for pair in ((old.name, new.name), (new.name, old.name))]
    if ways.count(True) != 1:
        raise UsageError(
            f"rel table {shown(by.name)} does not fit",
            cause=f"it has to connect {shown(old.name)} and {shown(new.name)}, one way only",
            hint="kuzuvcs show lists the connections",
        )
    return ways[0]


def _only_end(rel: RelTable, old: NodeTable) -> End:
    ends: list[End] = []
    if any(one.source == old.name for one in rel.connections):
        ends.append("source")
    if any(one.target == old.name for one in rel.connections):
        ends.append("target")
    if len(ends) != 1:
        raise UsageError(
            f"it is not plain which end of {shown(rel.name)} is to be moved",
            cause=f"{shown(old.name)} is {'at both ends' if ends else 'at no end'} of its connections",
            hint="give --end source or --end target" if ends else "kuzuvcs show lists the connections",
        )
    return ends[0]


def _refuse_crossing(move: _Move, connections: tuple[Connection, ...]) -> None:
    name = shown(move.rel.name)
    if connections == move.rel.connections:
        raise UsageError(
            f"no edge of {name} has {shown(move.old.name)} as its {move.end}",
            cause="no connection of it does",
            hint="kuzuvcs show lists the connections",
        )
    if len(set(connections)) < len(connections):
        raise UnsupportedChange(
            f"cannot move the {move.end} of {name} to {shown(move.new.name)}",
            cause=f"{name} has such a connection already, and DOWN could not tell their edges apart",
        )
    if move.rel.multiplicity in _ONE_AT[move.end]:
        raise UnsupportedChange(
            f"cannot move the {move.end} of {name} to {shown(move.new.name)}",
            cause=f"it is {move.rel.multiplicity}, and edges of several nodes come together in one",
            hint="make it MANY_MANY first: change it, take a snapshot, kuzuvcs generate",
        )


def _forth(schema: Schema, move: _Move) -> Iterator[CopyEdges]:
    of_edge = [(column.name, Taken(column=column.name)) for column in move.rel.columns]
    hop = Hop(start=move.row, rel=move.by.name, end="m", table=move.new.name, forward=move.forward)
    for one in move.rel.connections:
        pair = move.moved(one)
        kept: list[tuple[str, Value]] = []
        if move.keep is not None:
            old_key = Of(variable=move.row, value=Taken(column=move.old.primary_key))
            kept = [(move.keep.name, old_key if pair else Nothing(type=move.keep.type))]
        copy = _copy(schema, move.rel, one, (*of_edge, *kept))
        if pair is not None:
            key = Of(variable="m", value=Taken(column=move.new.primary_key))
            copy = replace(copy, connection=pair, keys=move.with_end(copy.keys, key), hops=(hop,))
        yield copy


def _back(schema: Schema, move: _Move) -> Iterator[CopyEdges]:
    of_edge = tuple((column.name, Taken(column=column.name)) for column in move.rel.columns)
    hop = Hop(start=move.row, rel=move.by.name, end="m", table=move.old.name, forward=not move.forward)
    for one in move.rel.connections:
        pair = move.moved(one)
        copy = _copy(schema, move.rel, pair or one, of_edge)
        if pair is None:
            yield copy
        elif move.keep is not None:
            key = Of(variable="r", value=Taken(column=move.keep.name))
            yield replace(copy, connection=one, keys=move.with_end(copy.keys, key))
        elif move.invertible:
            key = Of(variable="m", value=Taken(column=move.old.primary_key))
            yield replace(copy, connection=one, keys=move.with_end(copy.keys, key), hops=(hop,))


def _copy(schema: Schema, rel: RelTable, one: Connection, values: tuple[tuple[str, Value], ...]) -> CopyEdges:
    """The edges of a connection as they are."""
    return CopyEdges(
        table=rel.name,
        connection=one,
        source=rel.name,
        ends=(one.source, one.target),
        keys=(key_of(schema, one.source), key_of(schema, one.target)),
        values=values,
    )


def _lacking(move: _Move, one: Connection) -> Matching:
    nowhere = Lacks(variable=move.row, rel=move.by.name, table=move.new.name, forward=move.forward)
    return Matching(rows=Rows(table=move.rel.name, ends=(one.source, one.target)), where=(nowhere,))


def _crowded(move: _Move) -> Refusal:
    ends = (move.old.name, move.new.name) if move.forward else (move.new.name, move.old.name)
    return Refusal(
        count=Crowded(
            rows=Rows(table=move.by.name, ends=ends),
            end=0 if move.forward else 1,
            key=move.old.primary_key,
        ),
        unit="row",
        text=f"of {shown(move.old.name)} with more than one edge of {shown(move.by.name)}",
        hint="mend the data and take another snapshot",
    )


def _losses(move: _Move, lacking: tuple[Count, ...]) -> Iterator[Loss]:
    name = shown(move.rel.name)
    for count in lacking:
        yield Loss(
            count=count,
            unit="edge",
            text=f"of {name} whose {move.end} no {shown(move.by.name)} links to {shown(move.new.name)}",
            name="drops_edges",
        )
    if move.keep is None and not move.invertible:
        for one in move.rel.connections:
            if move.moved(one) is not None:
                yield Loss(
                    count=Matching(rows=Rows(table=move.rel.name, ends=(one.source, one.target))),
                    verb="forgets the old end of",
                    unit="edge",
                    text=f"of {name} from {shown(one.source)} to {shown(one.target)}, which DOWN leaves out",
                    name="cannot_be_undone",
                )
