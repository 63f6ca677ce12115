"""Changes sorted to what they happen to: one group for each table, sequence or macro."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from kuzuvcs.core.comparing.changes import (
    AddIndex,
    AddMacro,
    AddNodeTable,
    AddRelTable,
    AddSequence,
    Change,
    ChangeIndex,
    ChangeMacro,
    ChangeSequence,
    DropColumn,
    DropConnection,
    DropIndex,
    DropMacro,
    DropNodeTable,
    DropRelTable,
    DropSequence,
    RenameTable,
)

Mark = Literal["+", "-", "~"]
Key = tuple[str, str, str]
"""What it is (``table``, ``sequence``, ``macro``), its name, and its mark."""

_KINDS = ("table", "sequence", "macro")
_MARKS = ("-", "+", "~")


@dataclass(slots=True, kw_only=True)
class Group:
    """All changes of one thing.  ``mark`` tells whether it came, went, or stayed and changed."""

    what: str
    name: str
    mark: Mark
    changes: list[Change] = field(default_factory=list)


def grouped(changes: Iterable[Change], tables: Iterable[str] = ()) -> list[Group]:
    """Groups by name, sequences and macros last; ``tables`` have a group even without changes.

    A table that was dropped and made again has two.  What is dropped from a renamed table is called by the
    table's old name (see :mod:`kuzuvcs.core.comparing.changes`) and stands with the new one here.
    """
    changes = tuple(changes)
    owners = _Owners(changes)
    groups: dict[Key, Group] = {}
    for change in changes:
        what, name, mark = owners.of(change)
        _group(groups, what, name, mark).changes.append(change)
    named = {name for what, name, _ in groups if what == "table"}
    for table in tables:
        if table not in named:
            _group(groups, "table", table, "~")
    return sorted(
        groups.values(), key=lambda group: (_KINDS.index(group.what), group.name, _MARKS.index(group.mark))
    )


def _group(groups: dict[Key, Group], what: str, name: str, mark: Mark) -> Group:
    return groups.setdefault((what, name, mark), Group(what=what, name=name, mark=mark))


class _Owners:
    """Which group a change belongs to."""

    def __init__(self, changes: tuple[Change, ...]) -> None:
        self._renamed = {change.old: change.new for change in changes if isinstance(change, RenameTable)}
        self._dropped = {c.table.name for c in changes if isinstance(c, DropNodeTable | DropRelTable)}
        self._added = {c.table.name for c in changes if isinstance(c, AddNodeTable | AddRelTable)}

    def of(self, change: Change) -> tuple[str, str, Mark]:
        match change:
            case AddNodeTable() | AddRelTable():
                return "table", change.table.name, "+"
            case DropNodeTable() | DropRelTable():
                return "table", change.table.name, "-"
            case RenameTable():
                return "table", change.new, "~"
            case AddSequence() | DropSequence() | ChangeSequence():
                return _sequence(change)
            case AddMacro() | DropMacro() | ChangeMacro():
                return _macro(change)
            case DropIndex():
                return self._by_old_name(change.index.table)
            case DropColumn() | DropConnection():
                return self._by_old_name(change.table)
            case AddIndex():
                return self._by_new_name(change.index.table)
            case ChangeIndex():
                return self._by_new_name(change.new.table)
            case _:
                return self._by_new_name(change.table)

    def _by_old_name(self, table: str) -> tuple[str, str, Mark]:
        if table in self._dropped:
            return "table", table, "-"
        return "table", self._renamed.get(table, table), "~"

    def _by_new_name(self, table: str) -> tuple[str, str, Mark]:
        return "table", table, "+" if table in self._added else "~"


def _sequence(change: AddSequence | DropSequence | ChangeSequence) -> tuple[str, str, Mark]:
    match change:
        case AddSequence():
            return "sequence", change.sequence.name, "+"
        case DropSequence():
            return "sequence", change.sequence.name, "-"
        case ChangeSequence():
            return "sequence", change.new.name, "~"


def _macro(change: AddMacro | DropMacro | ChangeMacro) -> tuple[str, str, Mark]:
    match change:
        case AddMacro():
            return "macro", change.macro.name, "+"
        case DropMacro():
            return "macro", change.macro.name, "-"
        case ChangeMacro():
            return "macro", change.new.name, "~"
