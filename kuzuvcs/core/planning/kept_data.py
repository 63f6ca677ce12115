"""Which values a plan promises to leave as they are: what a proof compares."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from kuzuvcs.core.comparing.pairing import Pairing
from kuzuvcs.core.planning.checks import Facts
from kuzuvcs.core.planning.conversion import Converted, Taken, Value
from kuzuvcs.core.schema import NodeTable, RelTable, Table

Place = tuple[str, str]
"""Table and column."""

FileKey = tuple[str, str, str]
"""A table, and the ends of one connection; empty for a node table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A column of a rebuilt table: what it was, what it is, and its value."""

    old: Place
    new: Place
    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """The rows of a node table or connection, before and after; all of them stay.

    ``columns`` hold ``(old, new)`` names of properties of which every value stays, ``ends`` says it of an
    edge file's keys.
    """

    old: FileKey
    new: FileKey
    columns: tuple[tuple[str, str], ...]
    ends: bool = False


def changed_by(filled: Collection[Filled]) -> set[Place]:
    """The old columns whose values a section writes anew."""
    return {one.old for one in filled if one.value != Taken(column=one.old[1])}


def lost_by(filled: Collection[Filled], facts: Facts) -> set[Place]:
    """The old columns whose values cannot all be had back from the new ones."""
    return {one.old for one in filled if not _lossless(one, facts)}


def _lossless(one: Filled, facts: Facts) -> bool:
    match one.value:
        case Taken(column=column):
            return column == one.old[1]
        case Converted():
            narrowed = facts.narrowed.get(one.new)
            return not facts.unfit.get(one.new) and (narrowed is None or narrowed.count == 0)
        case _:
            return False


def kept_files(pairing: Pairing, changed: Collection[Place]) -> Iterator[KeptFile]:
    """What stays of every table that stays, where these old columns are changed."""
    names = pairing.table_names()
    keyed = {
        old.name
        for old, new in pairing.tables.kept
        if isinstance(old, NodeTable) and _key_stays(old, new, pairing, changed)
    }
    for old, new in pairing.tables.kept:
        match old, new:
            case NodeTable(), NodeTable():
                columns = tuple(_columns(old, pairing, changed)) if old.name in keyed else ()
                yield KeptFile(old=(old.name, "", ""), new=(new.name, "", ""), columns=columns)
            case RelTable(), RelTable():
                yield from _kept_edges(old, new, pairing, names, keyed, changed)
            case _:
                continue


def round_trip(
    pairing: Pairing, lost: Collection[Place], back: Collection[Place], files_back: Collection[FileKey]
) -> Iterator[KeptFile]:
    """What UP and DOWN together give back of the old tables, where these old columns are lost.

    A column that was dropped is lost; the rows of a table or connection that was dropped are, too.  But what
    DOWN reads ``back``, columns and the rows of whole files, is not.
    """
    kept = {*(one.old for one in kept_files(pairing, ())), *files_back}
    gone = {
        (old.name, one.name) for old, _ in pairing.tables.kept for one in pairing.columns[old.name].dropped
    }
    missing = {*lost, *gone} - {*back}
    tables = [old for old, _ in pairing.tables.kept] + list(pairing.tables.dropped)
    keyed = {
        old.name
        for old in tables
        if isinstance(old, NodeTable)
        and (old.name, "", "") in kept
        and (old.name, old.primary_key) not in missing
    }
    for old in tables:
        left = [one.name for one in old.columns if (old.name, one.name) not in missing]
        for key in sorted(one for one in kept if one[0] == old.name):
            if isinstance(old, NodeTable):
                columns = tuple((name, name) for name in left) if old.name in keyed else ()
                yield KeptFile(old=key, new=key, columns=columns)
            else:
                known = key[1] in keyed and key[2] in keyed
                whole = known and len(left) == len(old.columns)
                columns = tuple((name, name) for name in left) if whole else ()
                yield KeptFile(old=key, new=key, columns=columns, ends=known)


def _key_stays(old: NodeTable, new: Table, pairing: Pairing, changed: Collection[Place]) -> bool:
    kept = dict(_columns(old, pairing, changed))
    return isinstance(new, NodeTable) and kept.get(old.primary_key) == new.primary_key


def _columns(old: Table, pairing: Pairing, changed: Collection[Place]) -> Iterator[tuple[str, str]]:
    for before, after in pairing.columns[old.name].kept:
        if (old.name, before.name) not in changed and before.type == after.type:
            yield before.name, after.name


def _kept_edges(
    old: RelTable,
    new: RelTable,
    pairing: Pairing,
    names: Mapping[str, str],
    keyed: Collection[str],
    changed: Collection[Place],
) -> Iterator[KeptFile]:
    """Parallel edges stand in the order of all their properties: one that changes moves the others."""
    after = {(one.source, one.target) for one in new.connections}
    stay = {before for before, now in _columns(old, pairing, changed) if before == now}
    same = len(stay) == len(old.columns) == len(new.columns)
    for one in old.connections:
        ends = (names.get(one.source, ""), names.get(one.target, ""))
        if ends in after:
            known = one.source in keyed and one.target in keyed
            yield KeptFile(
                old=(old.name, one.source, one.target),
                new=(new.name, *ends),
                columns=tuple((name, name) for name in sorted(stay)) if known and same else (),
                ends=known,
            )
