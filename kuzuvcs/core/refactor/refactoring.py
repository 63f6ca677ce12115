"""A refactoring as a value: the schema it leads to, the ways there and back, and what they cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kuzuvcs.core.planning.conversion import Taken
from kuzuvcs.core.planning.copies import Copy
from kuzuvcs.core.planning.hazards import Counts, Hazard
from kuzuvcs.core.planning.kept_data import FileKey, KeptFile
from kuzuvcs.core.planning.operations import CopyEdges, CopyNodes
from kuzuvcs.core.planning.plan import Plan
from kuzuvcs.core.refactor.counting import Balance, Count, Loss, Refusal
from kuzuvcs.core.refactor.rewriting import Rewriting, rewriting_steps
from kuzuvcs.core.schema import NodeTable, RelTable, Schema, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Refactoring:
    """What a refactoring does, as far as a schema tells.

    Of the data, the ``refusals`` have to be counted 0 before UP.  DOWN brings back every value where the
    ``losses`` are 0 too.  The ``balances`` hold after UP.
    """

    description: str
    up: Rewriting
    down: Rewriting
    refusals: tuple[Refusal, ...] = ()
    losses: tuple[Loss, ...] = ()
    balances: tuple[Balance, ...] = ()

    @property
    def old(self) -> Schema:
        """The schema that UP starts from and DOWN leads to."""
        return self.up.old

    @property
    def new(self) -> Schema:
        """The schema that UP leads to."""
        return self.up.new

    def looked_at(self) -> tuple[Count, ...]:
        """Everything that has to be counted, once each."""
        refused = (refusal.count for refusal in self.refusals)
        lost = (loss.count for loss in self.losses)
        left = (count for balance in self.balances for count in balance.lost)
        return tuple(dict.fromkeys((*refused, *lost, *left)))

    def hazards(self, found: Mapping[Count, int]) -> tuple[Hazard, ...]:
        """The losses that there are."""
        return tuple(
            Hazard(
                name=loss.name,
                text=f"{loss.verb} {counted(found[loss.count], loss.unit)} {loss.text}",
                count=found[loss.count],
            )
            for loss in self.losses
            if found[loss.count]
        )

    def plan(self, found: Mapping[Count, int], counts: Counts) -> Plan:
        """The steps; ``found`` is what was counted, ``counts`` what the old version holds."""
        hazards = self.hazards(found)
        left = tuple(Hazard(name=one.name, text=f"not brought back: UP {one.text}") for one in hazards)
        return Plan(
            changes=(),
            up=tuple(rewriting_steps(self.up, counts, hazards)),
            down=tuple(rewriting_steps(self.down, {}, left)),
        )

    def kept(self) -> tuple[KeptFile, ...]:
        """What UP leaves as it is."""
        return tuple(_kept_by(self.up))

    def brought_back(self, *, exact: bool) -> tuple[KeptFile, ...]:
        """What is as before after UP and DOWN: everything where that is exact."""
        if exact:
            return tuple(_all_of(self.old))
        there = {one.new: one for one in _kept_by(self.up)}
        return tuple(
            KeptFile(
                old=one.new,
                new=one.new,
                columns=tuple(pair for pair in there[one.old].columns if pair in one.columns),
                ends=one.ends and there[one.old].ends,
            )
            for one in _kept_by(self.down)
            if one.old in there
        )


def counted(count: int, unit: str) -> str:
    """``1 row``, ``2,000 rows``."""
    return f"{count:,} {unit}{'' if count == 1 else 's'}"


def _all_of(schema: Schema) -> Iterator[KeptFile]:
    for table in schema.tables():
        columns = tuple((column.name, column.name) for column in table.columns)
        for key in file_keys(table):
            yield KeptFile(old=key, new=key, columns=columns, ends=isinstance(table, RelTable))


def file_keys(table: Table) -> tuple[FileKey, ...]:
    """A table's files: one of a node table, one for each connection of a rel table."""
    if isinstance(table, NodeTable):
        return ((table.name, "", ""),)
    return tuple((table.name, one.source, one.target) for one in table.connections)


def _kept_by(rewriting: Rewriting) -> Iterator[KeptFile]:
    for table in rewriting.old.tables():
        after = rewriting.new.table(table.name)
        if after is None or type(after) is not type(table) or after.name != table.name:
            continue
        for key in file_keys(table):
            names = {column.name for column in after.columns}
            if rewriting.is_made(table.name):
                names &= _copied(rewriting, key)
            stay = tuple((column.name, column.name) for column in table.columns if column.name in names)
            if isinstance(table, NodeTable):
                if table.primary_key in names:
                    yield KeptFile(old=key, new=key, columns=stay)
            elif not rewriting.is_made(table.name) or _only_copy(rewriting, key) is not None:
                # Parallel edges stand in the order of all their properties: one that goes moves the others.
                whole = len(stay) == len(table.columns) == len(after.columns)
                yield KeptFile(old=key, new=key, columns=stay if whole else (), ends=True)


def _copied(rewriting: Rewriting, key: FileKey) -> set[str]:
    """The columns that a table made anew has from the one of its name, row by row."""
    copy = _only_copy(rewriting, key)
    return set() if copy is None else {name for name, value in copy.values if value == Taken(column=name)}


def _only_copy(rewriting: Rewriting, key: FileKey) -> Copy | None:
    """What fills a file, where that is the old file of this name as it is."""
    copies = _copies_to(rewriting, key)
    return copies[0] if len(copies) == 1 and _is_plain(copies[0], key) else None


def _copies_to(rewriting: Rewriting, key: FileKey) -> list[Copy]:
    return [
        copy
        for copy in rewriting.copies
        if copy.table == key[0]
        and (isinstance(copy, CopyNodes) or (copy.connection.source, copy.connection.target) == key[1:])
    ]


def _is_plain(copy: Copy, key: FileKey) -> bool:
    """Whether a copy takes every row of the old table of this name once, edges between the same nodes."""
    if copy.source != key[0] or copy.where or not all(hop.optional for hop in copy.hops):
        return False
    match copy:
        case CopyNodes(ends=ends, distinct=distinct):
            return ends is None and not distinct
        case CopyEdges(ends=ends, keys=keys):
            return ends == key[1:] and all(isinstance(value, Taken) for value in keys)
