"""Open questions about renames, and what was answered."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from kuzuvcs.core.renaming.evidence import NO_EVIDENCE, Evidence
from kuzuvcs.core.renaming.matching import Doubt
from kuzuvcs.core.schema import Schema
from kuzuvcs.errors import UsageError

_REASONS: dict[Doubt, str] = {
    "no data": "the catalog ids say so, and there are no data to confirm it",
    "data differ": "the catalog ids say so, and the data do not",
    "ids and names disagree": "catalog ids and names disagree, and the data do not decide it",
    "data alone": "the data say so, and the catalog ids do not",
    "alike": "they look alike, and there are no data that both have to tell",
    "dropped or changed": "its type differs, and its catalog id says that it was dropped and added again",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Whether ``old`` is now ``new``: a column of ``table`` (its old name), or a table where that is empty.

    Where ``old`` and ``new`` are the same name, the question is whether it is still the same thing; no
    means that it was dropped and added again.
    """

    table: str = ""
    old: str
    new: str
    doubt: Doubt
    evidence: Evidence = NO_EVIDENCE

    def text(self) -> str:
        """The question for people, and what the data say."""
        what = f"column {self.old!r} of {self.table!r}" if self.table else f"table {self.old!r}"
        asked = "is {} still the same?" if self.old == self.new else f"was {{}} renamed to {self.new!r}?"
        return f"{asked.format(what)} {_REASONS[self.doubt]}{self._counted()}"

    def _counted(self) -> str:
        equal, compared = self.evidence.equal, self.evidence.compared
        if not compared:
            return ""
        if equal == compared:
            return f": 100 % of {compared:,} values equal"
        return f": {equal:,} of {compared:,} values equal ({math.floor(1000 * equal / compared) / 10} %)"

    def options(self) -> tuple[str, str]:
        """The command-line options for yes and for no."""
        old = f"{self.table}.{self.old}" if self.table else self.old
        return f"--rename {old}:{self.new}", "--no-renames"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """``(table, old, new)`` that were said to be renames, or said to be none; the table empty for tables.

    ``no_renames`` says no to whatever else is asked.
    """

    yes: frozenset[tuple[str, str, str]] = frozenset()
    no: frozenset[tuple[str, str, str]] = frozenset()
    no_renames: bool = False

    def answered(self, question: Question, is_rename: bool) -> Answers:
        """With one more answer."""
        pair = (question.table, question.old, question.new)
        return replace(self, yes=self.yes | {pair}) if is_rename else replace(self, no=self.no | {pair})

    def to(self, question: Question) -> bool | None:
        """What was answered to a question; None when nothing was."""
        pair = (question.table, question.old, question.new)
        if pair in self.yes:
            return True
        return False if self.no_renames or pair in self.no else None


def parse_answers(renames: Iterable[str], old: Schema, new: Schema, *, no_renames: bool = False) -> Answers:
    """Answers from ``OLD:NEW`` and ``Table.column:newcolumn``; ``UsageError`` for unknown names."""
    yes = {_parse_answer(text, old, new) for text in renames}
    for side in (1, 2):
        named = [(pair[0], pair[side]) for pair in yes]
        if len(set(named)) != len(named):
            raise UsageError("two --rename options speak of one name")
    return Answers(yes=frozenset(yes), no_renames=no_renames)


def _parse_answer(text: str, old: Schema, new: Schema) -> tuple[str, str, str]:
    readings = {*_as_tables(text, old, new), *_as_columns(text, old, new)}
    if len(readings) != 1:
        raise UsageError(
            f"cannot read --rename {text}",
            cause="it can be read in more than one way" if readings else "the two schemas have no such names",
            hint="write OLD:NEW for a table, Table.column:newcolumn for a column (table by its old name)",
        )
    return readings.pop()


def _as_tables(text: str, old: Schema, new: Schema) -> Iterator[tuple[str, str, str]]:
    olds = {table.name: type(table) for table in old.tables()}
    news = {table.name: type(table) for table in new.tables()}
    for before, after in _splits(text, ":"):
        if before in olds and after in news and olds[before] is news[after]:
            yield "", before, after


def _as_columns(text: str, old: Schema, new: Schema) -> Iterator[tuple[str, str, str]]:
    olds = {(table.name, column.name) for table in old.tables() for column in table.columns}
    news = {column.name for table in new.tables() for column in table.columns}
    for path, after in _splits(text, ":"):
        for table, column in _splits(path, "."):
            if (table, column) in olds and after in news:
                yield table, column, after


def _splits(text: str, separator: str) -> Iterator[tuple[str, str]]:
    parts = text.split(separator)
    for at in range(1, len(parts)):
        yield separator.join(parts[:at]), separator.join(parts[at:])
