"""Which tables of the old version a proof needs with their rows, and what that costs.

A table that no statement names, and that no edge of a named one touches, cannot have its rows changed: the
copy has it empty, and the proof sees that it stays so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from kuzuvcs.core.comparing import changes as made
from kuzuvcs.core.comparing.changes import Change
from kuzuvcs.core.comparing.pairing import Pairing
from kuzuvcs.core.manifest import DataFile
from kuzuvcs.core.schema import RelTable, Schema

_BYTES_PER_STORED = 6
"""Bytes of disk for each byte of Parquet: the file, the database without compression, what is read back."""


def tables_with_data(old: Schema, pairing: Pairing, changes: Iterable[Change]) -> frozenset[str]:
    """The old names of the tables that the changes touch, the rel tables on them, and all their ends.

    What a rebuild takes along, and what DOWN reads back, is among them.
    """
    old_names = {after: before for before, after in pairing.table_names().items()}
    changes = tuple(changes)
    touched = {name for change in changes for name in _named(change, old_names)}
    rels = {table for table in old.rel_tables if table.name in touched or _ends(table) & touched}
    ends = {end for table in rels for end in _ends(table)}
    added = {old_names[end] for end in _added_ends(changes) if end in old_names}
    known = {table.name for table in old.tables()}
    return frozenset((touched | {table.name for table in rels} | ends | added) & known)


def _named(change: Change, old_names: dict[str, str]) -> Iterator[str]:
    """The table that a change is about, by its old name; drops and renames of tables have that."""
    match change:
        case made.DropNodeTable(table=table) | made.DropRelTable(table=table):
            yield table.name
        case made.RenameTable(old=name):
            yield name
        case made.DropColumn(table=name) | made.DropConnection(table=name):
            yield name
        case made.DropIndex(index=index):
            yield index.table
        case made.AddIndex(index=index) | made.ChangeIndex(new=index):
            yield old_names.get(index.table, "")
        case (
            made.AddColumn(table=name)
            | made.RenameColumn(table=name)
            | made.ChangeColumnType(table=name)
            | made.ChangeColumnDefault(table=name)
            | made.ChangePrimaryKey(table=name)
            | made.AddConnection(table=name)
            | made.ChangeMultiplicity(table=name)
            | made.ChangeStorageDirection(table=name)
            | made.ChangeComment(table=name)
        ):
            yield old_names.get(name, "")
        case _:
            return


def _ends(table: RelTable) -> set[str]:
    return {end for one in table.connections for end in (one.source, one.target)}


def _added_ends(changes: Iterable[Change]) -> Iterator[str]:
    """The new names of the tables that new connections are made between."""
    for change in changes:
        match change:
            case made.AddRelTable(table=table):
                yield from _ends(table)
            case made.AddConnection(connection=one):
                yield from (one.source, one.target)
            case _:
                continue


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofCost:
    """What is restored for a proof: rows, tables that have them, and bytes of disk, estimated."""

    rows: int
    tables: int
    size: int


def proof_cost(files: Iterable[DataFile], tables: Collection[str]) -> ProofCost:
    """The cost of a copy that holds the rows of these tables."""
    restored = [file for file in files if file.table in tables and file.rows]
    return ProofCost(
        rows=sum(file.rows for file in restored),
        tables=len({file.table for file in restored}),
        size=_BYTES_PER_STORED * sum(file.size for file in restored),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofQuestion:
    """Whether a proof that costs more than the project allows is made all the same.

    ``cost`` is in words.  ``needed``: the plan has checks on data, so that there is no proof without them.
    """

    cost: str
    limit: str
    needed: bool

    def text(self) -> str:
        """The question for people."""
        why = "; values have to be looked at, so that there is no script without it" if self.needed else ""
        return f"prove the script with its data? that takes {self.cost}, and proof_limit is {self.limit}{why}"

    def options(self) -> tuple[str, str]:
        """The command-line options for yes and for no."""
        return "--proof data", "--proof schema"
