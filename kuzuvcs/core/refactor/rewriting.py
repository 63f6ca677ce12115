"""One direction of a refactoring as steps: tables made and filled from old ones, old ones dropped last.

Filled inside the database by COPY FROM (MATCH …), which is lossless for every type (ENGINE.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from kuzuvcs.core.comparing.describe import shown
from kuzuvcs.core.planning import operations
from kuzuvcs.core.planning.copies import Copy, copies_into
from kuzuvcs.core.planning.hazards import Counts, Hazard, rewriting_hazards
from kuzuvcs.core.planning.operations import DropColumn, Operation
from kuzuvcs.core.planning.rebuild import free_name
from kuzuvcs.core.planning.step import Step
from kuzuvcs.core.schema import NodeTable, RelTable, Schema, Table, fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewriting:
    """What leads from one schema to another.

    ``made`` names the tables of ``new`` that are made anew, ``copies`` fill them from tables by their names
    in ``old``, and ``dropped`` are columns of tables that stay, dropped after that.
    """

    old: Schema
    new: Schema
    made: tuple[str, ...]
    copies: tuple[Copy, ...]
    dropped: tuple[DropColumn, ...] = ()

    def is_made(self, table: str) -> bool:
        """Whether a table of the new schema is made anew."""
        return fold(table) in {fold(name) for name in self.made}

    def gone(self) -> tuple[Table, ...]:
        """The old tables that do not stay, node tables first."""
        return tuple(
            table
            for table in self.old.tables()
            if self.is_made(table.name) or self.new.table(table.name) is None
        )


def rewriting_steps(rewriting: Rewriting, counts: Counts, hazards: tuple[Hazard, ...] = ()) -> Iterator[Step]:
    """The steps in their order; ``hazards`` stand at the first of those that make tables."""
    gone = rewriting.gone()
    asides = _asides(rewriting, gone)
    names = {table.name for table in gone}
    for index in rewriting.old.indexes:
        if index.table in names:
            comment = f"drop index {shown(index.name)}: table {shown(index.table)} is made anew or goes"
            yield Step(changes=(), operations=(operations.DropIndex(index=index),), comment=comment)
    for name, aside in asides.items():
        moved = operations.RenameTable(table=name, name=aside)
        yield Step(changes=(), operations=(moved,), comment=f"put the old table {shown(name)} aside")
    for table in rewriting.new.tables():
        if rewriting.is_made(table.name):
            done = tuple(_making(rewriting, table, asides))
            yield Step(
                changes=(),
                operations=done,
                comment=f"make and fill table {shown(table.name)}",
                hazards=hazards,
            )
            hazards = ()
    yield from _dropping(rewriting, gone, asides, counts)
    for index in rewriting.new.indexes:
        if rewriting.is_made(index.table):
            comment = f"create index {shown(index.name)} of the new table {shown(index.table)}"
            yield Step(changes=(), operations=(operations.CreateIndex(index=index),), comment=comment)


def _asides(rewriting: Rewriting, gone: tuple[Table, ...]) -> dict[str, str]:
    """The names that old tables have meanwhile, where a new one needs theirs."""
    taken = {fold(table.name) for schema in (rewriting.old, rewriting.new) for table in schema.tables()}
    return {
        table.name: free_name(f"kuzuvcs_old_{table.name}", taken)
        for table in gone
        if rewriting.new.table(table.name) is not None
    }


def _making(rewriting: Rewriting, table: Table, asides: Mapping[str, str]) -> Iterator[Operation]:
    match table:
        case NodeTable():
            yield operations.CreateNodeTable(table=table)
        case RelTable():
            yield operations.CreateRelTable(table=table)
    if table.comment:
        yield operations.CommentOn(table=table.name, comment=table.comment)
    copies = [copy for copy in rewriting.copies if copy.table == table.name]
    yield from copies_into(table, [_from_asides(copy, asides) for copy in copies])


def _dropping(
    rewriting: Rewriting, gone: tuple[Table, ...], asides: Mapping[str, str], counts: Counts
) -> Iterator[Step]:
    drops = tuple(operations.DropTable(table=asides.get(table.name, table.name)) for table in reversed(gone))
    if drops:
        hazards = tuple(hazard for table in gone for hazard in rewriting_hazards(table, counts))
        yield Step(changes=(), operations=drops, comment="drop the old tables", hazards=hazards)
    if rewriting.dropped:
        columns = ", ".join(f"{shown(one.table)}.{shown(one.column)}" for one in rewriting.dropped)
        yield Step(changes=(), operations=rewriting.dropped, comment=f"drop {columns}, which was copied")
        # After DROP column, kuzu 0.11.3 dies of a later SET on that table, unless a CHECKPOINT comes first.
        comment = "write the dropped columns off: the engine dies of a later SET on their tables else"
        yield Step(changes=(), operations=(operations.Checkpoint(),), comment=comment)


def _from_asides(copy: Copy, asides: Mapping[str, str]) -> Copy:
    ends = None
    if copy.ends is not None:
        ends = (asides.get(copy.ends[0], copy.ends[0]), asides.get(copy.ends[1], copy.ends[1]))
    return replace(
        copy,
        source=asides.get(copy.source, copy.source),
        ends=ends,
        hops=tuple(
            replace(hop, rel=asides.get(hop.rel, hop.rel), table=asides.get(hop.table, hop.table))
            for hop in copy.hops
        ),
    )
