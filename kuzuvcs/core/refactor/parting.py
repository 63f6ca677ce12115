"""One node table and several that share out its rows: what leads from the one to the others, both ways."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kuzuvcs.core.comparing.describe import shown
from kuzuvcs.core.planning.conversion import Computed, Nothing, Taken, Value
from kuzuvcs.core.planning.copies import Copy
from kuzuvcs.core.planning.operations import CopyNodes
from kuzuvcs.core.quoting import string_literal
from kuzuvcs.core.refactor.counting import Balance, Tally
from kuzuvcs.core.refactor.refactoring import file_keys
from kuzuvcs.core.refactor.repointing import Part, Parts, edge_copies, touching
from kuzuvcs.core.refactor.rewriting import Rewriting
from kuzuvcs.core.schema import Column, NodeTable, Schema, fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A table that holds a part of the rows: those of which the column that tells them apart has a value.

    The value is the text that casts to the column's type; None is NULL.
    """

    table: NodeTable
    value: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """The two shapes: the table ``whole``, or the ``shares``; ``column`` of ``whole`` tells them apart.

    Without a column nothing does.
    """

    whole: NodeTable
    shares: tuple[Share, ...]
    column: Column | None

    def split(self) -> Parts:
        """Where the rows of the whole go: where nothing tells them apart, all to the first."""
        if self.column is None:
            return {self.whole.name: (Part(table=self.shares[0].table.name),)}
        told = (self.column.name, self.column.type)
        return {
            self.whole.name: tuple(
                Part(table=share.table.name, value=(*told, share.value)) for share in self.shares
            )
        }

    def merged(self) -> Parts:
        """Where the rows of the shares go."""
        return {share.table.name: (Part(table=self.whole.name),) for share in self.shares}


def splitting(old: Schema, new: Schema, shapes: Shared) -> Rewriting:
    """Make the shares of the whole."""
    parts = shapes.split()
    tables = {share.table.name: share.table for share in shapes.shares}
    nodes = tuple(
        CopyNodes(
            table=part.table,
            source=shapes.whole.name,
            values=tuple(_taken(tables[part.table], shapes.whole)),
            where=part.where("n"),
        )
        for part in parts[shapes.whole.name]
    )
    return _rewriting(old, new, tuple(tables), nodes, parts)


def merging(old: Schema, new: Schema, shapes: Shared) -> Rewriting:
    """Make the whole of the shares; a column that a share has not is NULL in its rows."""
    nodes = tuple(
        CopyNodes(table=shapes.whole.name, source=share.table.name, values=tuple(_completed(shapes, share)))
        for share in shapes.shares
    )
    return _rewriting(old, new, (shapes.whole.name,), nodes, shapes.merged())


def edge_balances(old: Schema, new: Schema, parts: Parts) -> Iterator[Balance]:
    """Every edge of the re-pointed rel tables is there again."""
    for rel in touching(old, parts):
        after = new.table(rel.name)
        assert after is not None
        yield Balance(
            text=f"edges of {shown(rel.name)}",
            before=tuple(Tally(file=file) for file in file_keys(rel)),
            after=tuple(Tally(file=file) for file in file_keys(after)),
        )


def _rewriting(
    old: Schema, new: Schema, made: tuple[str, ...], nodes: tuple[Copy, ...], parts: Parts
) -> Rewriting:
    rels = tuple(rel.name for rel in touching(old, parts))
    return Rewriting(old=old, new=new, made=(*made, *rels), copies=(*nodes, *edge_copies(old, new, parts)))


def _taken(table: NodeTable, source: NodeTable) -> Iterator[tuple[str, Value]]:
    there = {fold(column.name): column.name for column in source.columns}
    for column in table.columns:
        yield column.name, Taken(column=there[fold(column.name)])


def _completed(shapes: Shared, share: Share) -> Iterator[tuple[str, Value]]:
    there = {fold(column.name): column.name for column in share.table.columns}
    for column in shapes.whole.columns:
        name = there.get(fold(column.name))
        if name is not None:
            yield column.name, Taken(column=name)
        elif column == shapes.column and share.value is not None:
            text = string_literal(share.value)
            yield column.name, Computed(text=text, columns=(), type=column.type)
        else:
            yield column.name, Nothing(type=column.type)
