"""What comes back after UP of what the last rollback of the same script dropped: found, and counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kuzuvcs.columns.bringing_back import Brought, bring_back_nodes
from kuzuvcs.columns.bringing_back_edges import Ends, bring_back_edges
from kuzuvcs.core.planning.kept_data import FileKey
from kuzuvcs.core.positions import SequencePosition
from kuzuvcs.core.schema import RelTable, Schema, fold
from kuzuvcs.core.scripts.history import Applied
from kuzuvcs.core.scripts.portions import Portion, PortionKind
from kuzuvcs.core.scripts.reach import is_unstable
from kuzuvcs.migrations.folder import MigrationFile
from kuzuvcs.store import Store
from kuzuvcs.tasks.running.kept_tables import (
    Choice,
    TableOnDisk,
    Tables,
    kept_tables,
    rows_like,
    tables_of,
)
from kuzuvcs.tasks.versions import NewVersion

Reader = Callable[[Path, Choice], NewVersion]
"""Captures some tables of the database as it is after UP, into a new folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtBack:
    """What came back, and in words what did not; ``tables`` are those that were made again for it."""

    portions: tuple[Portion, ...] = ()
    notes: tuple[str, ...] = ()
    tables: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The tables as they are, and what comes back into them.

    ``sequences`` are positions to go on from, and where the sequences are now; ``serials`` are the positions
    of the counters behind SERIAL columns before the rollback; ``left`` says what has no table any more.
    """

    now: NewVersion
    brought: Mapping[FileKey, Brought]
    sequences: tuple[tuple[SequencePosition, int | None], ...] = ()
    serials: tuple[SequencePosition, ...] = ()
    left: tuple[str, ...] = field(default=())

    @property
    def changes(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.sequences) or any(one.changed for one in self.brought.values())

    def remade(self) -> Schema:
        """The tables to be made again, in the schema's order, with their indexes."""
        nodes = {key[0] for key, one in self.brought.items() if one.changed and not key[1]}
        rels = {key[0] for key, one in self.brought.items() if one.changed and key[1]}
        schema = self.now.schema
        rels |= {rel.name for rel in schema.rel_tables if rel.name in rels_at(schema, nodes)}
        return Schema(
            node_tables=tuple(table for table in schema.node_tables if table.name in nodes),
            rel_tables=tuple(table for table in schema.rel_tables if table.name in rels),
            indexes=tuple(one for one in schema.indexes if one.table in nodes | rels),
        )

    @property
    def names(self) -> frozenset[str]:
        """The tables to be made again."""
        return frozenset(table.name for table in self.remade().tables())

    def report(self) -> BroughtBack:
        """For people."""
        sequences = (
            Portion(kind="sequence", table=one.name, count=one.position)
            for one, _ in self.sequences
            if one.position is not None
        )
        portions = (*self._portions(), *sequences)
        return BroughtBack(portions=portions, notes=(*self.left, *self._notes()), tables=self.names)

    def _portions(self) -> Iterator[Portion]:
        for (table, source, target), one in self.brought.items():
            if one.added:
                kind: PortionKind = "edges" if source else "rows"
                yield Portion(kind=kind, table=table, source=source, target=target, count=one.added)
            for column, count in one.values.items():
                if count:
                    yield Portion(
                        kind="values", table=table, source=source, target=target, column=column, count=count
                    )

    def _notes(self) -> Iterator[str]:
        for (table, source, target), one in self.brought.items():
            name = f"{table} ({source} to {target})" if source else table
            if one.newer:
                yield f"{name}: {one.newer:,} not brought back: written again after the rollback"
            if one.gone:
                yield f"{name}: {one.gone:,} not brought back: removed after the rollback"


def read_plan(store: Store, script: MigrationFile, dropped: Applied, reader: Reader, folder: Path) -> Plan:
    """Compare what a rollback dropped with the database as it is after UP of the script.

    :raises MigrationError: the store does not have what was dropped
    """
    first, _, second = dropped.dropped.partition("+")
    before, positions = kept_tables(store, first, folder / "before")
    base, base_positions = kept_tables(store, second, folder / "base")
    new = reader(folder / "now", lambda schema: _concerned(before, schema))
    unstable = is_unstable(one.text for one in script.script.up)
    brought = _brought(before, base, new, unstable=unstable)
    missing = sorted({key[0] for key in before if key not in brought})
    return Plan(
        now=new,
        brought=brought,
        sequences=_moved(positions, base_positions, new.positions),
        serials=tuple(one for one in positions if one.table),
        left=tuple(f"{name}: not brought back: the table has other columns now" for name in missing),
    )


def _concerned(before: Tables, schema: Schema) -> set[str]:
    there = {fold(table.name): table.name for table in schema.tables()}
    names = {there[fold(key[0])] for key in before if fold(key[0]) in there}
    return names | set(rels_at(schema, names))


def _brought(before: Tables, base: Tables, new: NewVersion, *, unstable: bool) -> dict[FileKey, Brought]:
    """Nodes first: an edge comes back where its ends are."""
    now = tables_of(new)
    brought: dict[FileKey, Brought] = {}
    for key, table in sorted(before.items(), key=lambda one: bool(one[0][1])):
        present = now.get(key)
        if present is None or not _same_columns(table, present):
            continue
        rows = (table.rows(), rows_like(base, table), present.rows())
        if key[1]:
            ends = _ends(new.schema, key, now, brought)
            brought[key] = bring_back_edges(*rows, ends, unstable=unstable)
        else:
            brought[key] = bring_back_nodes(*rows, unstable=unstable)
    return brought


def rels_at(schema: Schema, nodes: Iterable[str]) -> Iterator[str]:
    """The rel tables that end at these node tables."""
    names = {fold(name) for name in nodes}
    for rel in schema.rel_tables:
        if any(fold(end) in names for one in rel.connections for end in (one.source, one.target)):
            yield rel.name


def _same_columns(one: TableOnDisk, other: TableOnDisk) -> bool:
    return [(c.property, c.type) for c in one.columns] == [(c.property, c.type) for c in other.columns]


def _ends(schema: Schema, key: FileKey, now: Tables, brought: Mapping[FileKey, Brought]) -> Ends:
    rel = schema.table(key[0])
    assert isinstance(rel, RelTable)
    known = []
    for end in key[1:]:
        node = (end, "", "")
        rows = brought[node].rows if node in brought else now[node].rows()
        known.append(frozenset(rows.key_bytes().to_pylist()))
    first, last = rel.multiplicity.split("_")
    return Ends(
        sources=known[0], targets=known[1], one_per_source=last == "ONE", one_per_target=first == "ONE"
    )


def _moved(
    before: Iterable[SequencePosition], base: Iterable[SequencePosition], now: Iterable[SequencePosition]
) -> tuple[tuple[SequencePosition, int | None], ...]:
    """The sequences that a rollback set back and nobody has used since, and where they are now."""
    made, present = ({one.name: one.position for one in side if one.name} for side in (base, now))
    return tuple(
        (one, present[one.name])
        for one in before
        if one.name in present and made.get(one.name) == present[one.name] != one.position
    )
