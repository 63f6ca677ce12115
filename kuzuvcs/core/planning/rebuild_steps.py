"""The steps of rebuilds: old tables aside, new ones made and filled from them, old ones dropped last.

Filled inside the database by COPY FROM (MATCH …), which is lossless for every type (ENGINE.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kuzuvcs.core.comparing.describe import describe, shown
from kuzuvcs.core.planning import operations
from kuzuvcs.core.planning.casts import Answers
from kuzuvcs.core.planning.checks import Check
from kuzuvcs.core.planning.conversion import SERIAL, Taken, Value
from kuzuvcs.core.planning.copies import Copy, copies_into, takes_copies
from kuzuvcs.core.planning.counters import advance, continued, set_aside
from kuzuvcs.core.planning.filling import checks_of, kept_connections, values_of
from kuzuvcs.core.planning.hazards import Counts, Hazard, hazards_of, rebuild_hazards
from kuzuvcs.core.planning.kept_data import Filled
from kuzuvcs.core.planning.operations import Operation
from kuzuvcs.core.planning.rebuild import Rebuild, free_name, serials
from kuzuvcs.core.planning.recall import Recall
from kuzuvcs.core.planning.step import Step
from kuzuvcs.core.schema import NodeTable, RelTable, Schema, Table, fold
from kuzuvcs.errors import UnsupportedChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What user and data say; ``option`` is the one that gives a cast in this direction.

    ``recall`` is what was captured, in DOWN.
    """

    answers: Answers
    counts: Counts
    option: str
    recall: Recall | None = None


class Rebuilding:
    """The rebuilds of one direction, with all that their steps have to know of each other."""

    def __init__(
        self,
        schemas: tuple[Schema, Schema],
        names: dict[str, str],
        rebuilds: tuple[Rebuild, ...],
        inputs: Inputs,
    ) -> None:
        self._new = schemas[1]
        self._names = names
        self._inputs = inputs
        self.rebuilds = rebuilds
        for rebuild in rebuilds:
            _refuse_backward(rebuild)
        self._by_old = {rebuild.old.name: rebuild for rebuild in rebuilds}
        self._values = {rebuild.old.name: self._filled(rebuild) for rebuild in rebuilds}
        taken = {fold(table.name) for schema in schemas for table in schema.tables()}
        self.helper = free_name("kuzuvcs_counter", taken)

    def _filled(self, rebuild: Rebuild) -> dict[str, Value]:
        rows = self._inputs.counts.get((rebuild.old.name,))
        recall = self._inputs.recall
        # Rows that have got new numbers are not those that were captured any more.
        values = values_of(
            rebuild, self._inputs.answers.casts, rows, self._inputs.option, numbered=recall is None
        )
        return values if recall is None else recall.values(rebuild, values)

    def values(self) -> dict[str, dict[str, Value]]:
        """What the new columns are filled with, by the tables' old names."""
        return self._values

    def checks(self) -> tuple[Check, ...]:
        """What has to hold of the data."""
        return tuple(
            check
            for rebuild in self.rebuilds
            for check in checks_of(rebuild, self._values[rebuild.old.name], self._names)
        )

    def filled(self) -> tuple[Filled, ...]:
        """Every old column that stays in a rebuilt table, and what its values become."""
        return tuple(
            Filled(
                old=(rebuild.old.name, before),
                new=(rebuild.new.name, after),
                value=self._values[rebuild.old.name][after],
            )
            for rebuild in self.rebuilds
            for after, before in rebuild.columns
        )

    def index_drops(self) -> Iterator[Step]:
        """The indexes go first: they hold their tables."""
        for rebuild in self.rebuilds:
            for index in rebuild.indexes:
                comment = f"drop index {shown(index.name)}: table {shown(index.table)} is rebuilt"
                yield Step(changes=(), operations=(operations.DropIndex(index=index),), comment=comment)

    def counter_steps(self) -> Iterator[Step]:
        """After the old tables went aside: their counters follow them."""
        for rebuild in self.rebuilds:
            columns = serials(rebuild.old)
            if columns and rebuild.aside != rebuild.old.name:
                kept = continued(rebuild)
                done = tuple(
                    operation
                    for column in columns
                    for operation in set_aside(rebuild, column, self.helper, used=column in kept)
                )
                comment = (
                    f"the counters of {shown(rebuild.old.name)} follow it: the engine does not move them"
                )
                yield Step(changes=(), operations=done, comment=comment)

    def steps(self) -> Iterator[Step]:
        """The new tables made and filled, then the old ones dropped."""
        for rebuild in self.rebuilds:
            yield Step(
                changes=rebuild.changes,
                operations=tuple(self._operations(rebuild)),
                comment=_comment(rebuild),
                hazards=self._hazards(rebuild),
            )
        drops = tuple(operations.DropTable(table=rebuild.aside) for rebuild in reversed(self.rebuilds))
        yield Step(changes=(), operations=drops, comment="drop the old tables")

    def index_creations(self) -> Iterator[Step]:
        """Every index of the new tables."""
        for rebuild in self.rebuilds:
            for index in rebuild.new_indexes:
                comment = f"create index {shown(index.name)} of the new table {shown(index.table)}"
                yield Step(changes=(), operations=(operations.CreateIndex(index=index),), comment=comment)

    def _hazards(self, rebuild: Rebuild) -> tuple[Hazard, ...]:
        counts = self._inputs.counts
        return (
            *(hazard for change in rebuild.changes for hazard in hazards_of(change, counts, rebuilt=True)),
            *rebuild_hazards(rebuild, self._values[rebuild.old.name], self._inputs.answers.facts, counts),
        )

    def _operations(self, rebuild: Rebuild) -> Iterator[Operation]:
        new = rebuild.new
        match new:
            case NodeTable():
                yield operations.CreateNodeTable(table=new)
            case RelTable():
                yield operations.CreateRelTable(table=new)
        if new.comment:
            yield operations.CommentOn(table=new.name, comment=new.comment)
        copies = tuple(self._copies(rebuild))
        recall = self._inputs.recall
        if recall is not None:
            for copy in copies:
                yield from recall.pairing(rebuild, copy)
            filled = self._values[rebuild.old.name]
            copies = tuple(recall.paired(rebuild, copy, filled) for copy in copies)
        yield from copies_into(new, copies)
        values = self._values[rebuild.old.name]
        for column in new.columns:
            if column.type == SERIAL and column.name in values:
                yield from advance(rebuild, column.name, values[column.name], self.helper)

    def _copies(self, rebuild: Rebuild) -> Iterator[Copy]:
        values = tuple(self._values[rebuild.old.name].items())
        if isinstance(rebuild.new, NodeTable):
            yield operations.CopyNodes(
                table=rebuild.new.name,
                source=rebuild.aside,
                values=values,
                one_by_one=not takes_copies(rebuild.new),
            )
            return
        for old, new in kept_connections(rebuild, self._names):
            yield operations.CopyEdges(
                table=rebuild.new.name,
                connection=new,
                source=rebuild.aside,
                ends=(self._now(old.source), self._now(old.target)),
                keys=(self._key(old.source), self._key(old.target)),
                values=values,
            )

    def _now(self, table: str) -> str:
        rebuild = self._by_old.get(table)
        return rebuild.aside if rebuild else self._names[table]

    def _key(self, table: str) -> Value:
        """The new key of a row of an end: of one that is not rebuilt, as it is called after the renames."""
        after = _node_table(self._new.table(self._names[table]))
        if table not in self._by_old:
            return Taken(column=after.primary_key)
        return self._values[table][after.primary_key]


def _node_table(table: Table | None) -> NodeTable:
    assert isinstance(table, NodeTable)
    return table


def _comment(rebuild: Rebuild) -> str:
    why = "; ".join(describe(change) for change in rebuild.changes)
    what = f"rebuild table {shown(rebuild.new.name)}"
    return f"{what}: {why}" if why else f"{what}, whose edges point at rows of rebuilt tables"


def _refuse_backward(rebuild: Rebuild) -> None:
    for table in (rebuild.old, rebuild.new):
        if isinstance(table, RelTable) and table.storage_direction == "bwd":
            raise UnsupportedChange(
                f"cannot rebuild rel table {shown(table.name)}",
                cause="its storage direction is bwd, and the engine reads no edge of such a table",
            )
