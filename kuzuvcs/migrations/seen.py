"""What a script has done so far, as far as its text tells; tables and columns by folded name."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from kuzuvcs.core.scripts.capture_json import captured_files
from kuzuvcs.core.scripts.cypher_tokens import Token, tokens
from kuzuvcs.core.scripts.script import Script

Made = tuple[str, ...]
"""``(table,)``, ``(table, column)`` or ``(table, source, target)``."""

ANY = "*"
"""In place of a table: a pattern that names none."""

ANY_REL = "->"
"""In place of a table: every rel table at a deleted node."""


@dataclass(slots=True, kw_only=True)
class Seen:
    """The state of a walk over a script, first UP, then DOWN.

    ``made`` is what the script made itself: it may drop that again, there or in DOWN, and nothing is lost
    that was there before.  Since the last CHECKPOINT, ``stale`` are tables that lost a column, ``written``
    those whose rows or edges were written, ``linked`` rel tables that got edges, and ``unlinked`` those that
    lost some.
    """

    kinds: dict[str, Literal["node", "rel"]]
    captured: frozenset[str] = frozenset()
    """The files below ``${before}`` that DOWN may read."""
    section: Literal["up", "down"] = "up"
    made: set[Made] = field(default_factory=set)
    made_sequences: set[str] = field(default_factory=set)
    dropped_columns: set[Made] = field(default_factory=set)
    extended: set[str] = field(default_factory=set)
    """Tables to which this section added a column."""
    stale: set[str] = field(default_factory=set)
    written: set[str] = field(default_factory=set)
    linked: set[str] = field(default_factory=set)
    unlinked: set[str] = field(default_factory=set)

    @property
    def readable(self) -> frozenset[str]:
        """The files below ``${before}`` that this section may read."""
        return self.captured if self.section == "down" else frozenset()

    def begin_down(self) -> None:
        """DOWN is run at another time."""
        self.section = "down"
        self.dropped_columns.clear()
        self.extended.clear()
        self.checkpoint()

    def copy(self) -> Seen:
        """A state that changes apart from this one."""
        return copy.deepcopy(self)

    def checkpoint(self) -> None:
        """What was changed is in the main file."""
        for tables in (self.stale, self.written, self.linked, self.unlinked):
            tables.clear()

    def rename_table(self, old: str, new: str) -> None:
        """A table goes on under another name."""
        if old in self.kinds:
            self.kinds[new] = self.kinds[old]
        self.made = {_renamed(one, old, new) for one in self.made}
        self.dropped_columns = {_renamed(one, old, new) for one in self.dropped_columns}
        for tables in (self.extended, self.stale, self.written, self.linked, self.unlinked):
            if old in tables:
                tables.remove(old)
                tables.add(new)

    def rename_column(self, table: str, old: str, new: str) -> None:
        """A column goes on under another name."""
        if (table, old) in self.made:
            self.made.remove((table, old))
            self.made.add((table, new))


def start(script: Script) -> Seen:
    """Before the first statement: which tables are of nodes and which of rels, where the script creates
    them in either section."""
    kinds: dict[str, Literal["node", "rel"]] = {}
    for statement in (*script.up, *script.down):
        words = tokens(statement.text)
        if len(words) > 3 and words[0].is_word("CREATE") and words[2].is_word("TABLE"):
            name = table_name(words)
            if words[1].is_word("NODE"):
                kinds[name.key] = "node"
            elif words[1].is_word("REL"):
                kinds[name.key] = "rel"
    return Seen(kinds=kinds, captured=captured_files(script.head.lines))


def table_name(words: tuple[Token, ...]) -> Token:
    """The name in ``CREATE REL TABLE [GROUP] [IF NOT EXISTS] name``, a statement of four words at least."""
    place = 3
    if words[3].is_word("GROUP") and len(words) > 4 and words[4].is_identifier:
        place = 4
    if words[place].is_word("IF") and len(words) > place + 3 and words[place + 1].is_word("NOT"):
        place += 3
    return words[place]


def touches(tables: Iterable[str], others: set[str], seen: Seen) -> bool:
    """Whether two sets of tables may have one in common."""
    mine = set(tables)
    if not (mine and others):
        return False
    return (
        ANY in mine or ANY in others or bool(mine & others) or _has_rel(mine, others, seen)
        or _has_rel(others, mine, seen)
    )  # fmt: skip


def _has_rel(wide: set[str], tables: set[str], seen: Seen) -> bool:
    """Whether one of the ``tables`` may be among the rel tables that ``wide`` stands for."""
    return ANY_REL in wide and any(seen.kinds.get(one) != "node" for one in tables)


def _renamed(made: Made, old: str, new: str) -> Made:
    if len(made) == 2:
        return (new, made[1]) if made[0] == old else made
    return tuple(new if part == old else part for part in made)
