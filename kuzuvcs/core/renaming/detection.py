"""Find out what was renamed between two versions, and what has to be asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar, assert_never

from kuzuvcs.core.comparing.renames import Renames
from kuzuvcs.core.manifest import CatalogIds
from kuzuvcs.core.renaming.answers import Answers, Question, parse_answers
from kuzuvcs.core.renaming.evidence import Measure, Measured, no_data
from kuzuvcs.core.renaming.matching import Matching, Thing, match_things
from kuzuvcs.core.schema import Column, NodeTable, RelTable, Schema, Table, fold
from kuzuvcs.errors import UsageError

__all__ = ["Answers", "Question", "Settled", "Side", "detect_renames", "parse_answers"]


_Named = TypeVar("_Named", NodeTable | RelTable, Column)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two versions: its schema, and its catalog's ids."""

    schema: Schema
    ids: CatalogIds = field(default_factory=CatalogIds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The renames that are certain or answered, and the questions that nobody answered."""

    renames: Renames
    questions: tuple[Question, ...] = ()


def detect_renames(
    old: Side,
    new: Side,
    measure: Measure = no_data,
    answers: Answers = Answers(),  # noqa: B008  frozen
) -> Settled:
    """Settle tables first, then the columns of the tables that stayed.

    ``measure`` is called only for the pairs that ids, names and answers leave in doubt.
    ``UsageError`` when an answer pairs columns of tables that are not one.
    """
    detection = _Detection(old=old, new=new, measured=Measured(measure=measure), answers=answers)
    tables = detection.tables()
    renamed, replaced = detection.settle("", "", tables)
    columns: list[tuple[str, str, str]] = []
    replaced_columns: list[tuple[str, str]] = []
    for before, after in _kept(old.schema, new.schema, renamed, replaced):
        renamed_columns, made_again = detection.settle(
            before.name, after.name, detection.columns(before, after)
        )
        columns += [(before.name, name, to) for name, to in sorted(renamed_columns.items())]
        replaced_columns += [(before.name, name) for name in sorted(made_again)]
    detection.check_answers(columns)
    renames = Renames(
        tables=tuple(sorted(renamed.items())),
        columns=tuple(columns),
        replaced_tables=tuple(sorted(replaced)),
        replaced_columns=tuple(replaced_columns),
    )
    return Settled(renames=renames, questions=tuple(detection.questions))


@dataclass(slots=True, kw_only=True)
class _Detection:
    old: Side
    new: Side
    measured: Measured
    answers: Answers
    questions: list[Question] = field(default_factory=list)
    _ids: dict[int, dict[str, dict[str, int]]] = field(default_factory=dict)

    def _column_ids(self, side: Side, table: str) -> dict[str, int]:
        """The ids of a table's columns; those of a side are sorted by table once."""
        if id(side) not in self._ids:
            by_table = self._ids[id(side)] = {}
            for owner, column, number in side.ids.columns:
                by_table.setdefault(owner, {})[column] = number
        return self._ids[id(side)].get(table, {})

    @property
    def same_database(self) -> bool:
        """Whether both sides are one database's life, by its own identity (ladybug has one, kuzu none)."""
        return self.old.ids.database is not None and self.old.ids.database == self.new.ids.database

    def tables(self) -> Matching:
        """Match the tables that no answer has paired."""
        olds, news = self._unanswered("", self.old.schema.tables(), self.new.schema.tables())
        old_ids, new_ids = dict(self.old.ids.tables), dict(self.new.ids.tables)
        lying = self._lying(olds, news, old_ids, new_ids)
        things = tuple(_table_thing(t, None if t.name in lying else old_ids.get(t.name)) for t in olds)
        return match_things(
            things,
            tuple(_table_thing(table, new_ids.get(table.name)) for table in news),
            _Tables(detection=self),
            same_database=self.same_database,
        )

    def columns(self, old: Table, new: Table) -> Matching:
        """Match the columns of a table that stayed; their ids count only if its own stayed too."""
        olds, news = self._unanswered(old.name, old.columns, new.columns)
        one = dict(self.old.ids.tables).get(old.name) == dict(self.new.ids.tables).get(new.name)
        old_ids = self._column_ids(self.old, old.name) if one else {}
        new_ids = self._column_ids(self.new, new.name) if one else {}
        return match_things(
            tuple(Thing(name=c.name, id=old_ids.get(c.name), shape=c.type) for c in olds),
            tuple(Thing(name=c.name, id=new_ids.get(c.name), shape=c.type) for c in news),
            _Columns(measured=self.measured, old=old.name, new=new.name),
            same_database=self.same_database,
        )

    def settle(self, table: str, new_table: str, matching: Matching) -> tuple[dict[str, str], set[str]]:
        """Renames and replacements, after the answers; what nobody answered becomes a question.

        Of columns, ``table`` and ``new_table`` are their table's old and new name; of tables both are empty.
        """
        renamed, replaced = dict(matching.renamed), set(matching.replaced)
        renamed.update({old: new for owner, old, new in self.answers.yes if owner == table and old != new})
        for (old, new), doubt in matching.open.items():
            evidence = (
                self.measured.found(table, new_table, [(old, new)])
                if table
                else self.measured.found(old, new, self.comparable(old, new))
            )
            question = Question(table=table, old=old, new=new, doubt=doubt, evidence=evidence)
            answer = self.answers.to(question)
            if answer is None:
                self.questions.append(question)
            elif answer and old != new:
                renamed[old] = new
            elif not answer and old == new:
                replaced.add(old)
        return renamed, replaced

    def check_answers(self, columns: Iterable[tuple[str, str, str]]) -> None:
        """Every answer about a column has to be about a table that stayed."""
        settled = set(columns)
        for table, old, new in self.answers.yes:
            if table and old != new and (table, old, new) not in settled:
                raise UsageError(
                    f"cannot rename {table}.{old} to {new}",
                    cause=f"table {table!r} did not stay, or has no such column",
                )

    def _unanswered(
        self, table: str, olds: Iterable[_Named], news: Iterable[_Named]
    ) -> tuple[list[_Named], list[_Named]]:
        pairs = [(old, new) for owner, old, new in self.answers.yes if owner == table]
        gone, come = {old for old, _ in pairs}, {new for _, new in pairs}
        return [o for o in olds if o.name not in gone], [n for n in news if n.name not in come]

    def _lying(
        self, olds: list[Table], news: list[Table], old_ids: dict[str, int], new_ids: dict[str, int]
    ) -> set[str]:
        """Old tables whose id now belongs to a table with a column that no ALTER could have made."""
        by_id = {new_ids[table.name]: table for table in news if table.name in new_ids}
        lying = set()
        for table in olds:
            mate = by_id.get(old_ids.get(table.name, -1))
            if mate is not None and not self._one_life(table, mate):
                lying.add(table.name)
        return lying

    def _one_life(self, old: Table, new: Table) -> bool:
        before = self._column_ids(self.old, old.name)
        types = {before[column.name]: column.type for column in old.columns if column.name in before}
        after = self._column_ids(self.new, new.name)
        return all(
            types.get(after[column.name], column.type) == column.type
            for column in new.columns
            if column.name in after
        )

    def alike(self, old_name: str, new_name: str) -> bool:
        """Whether two tables have half of their columns in common, or columns of the same types in order."""
        old, new = self.old.schema.table(old_name), self.new.schema.table(new_name)
        if old is None or new is None:
            return False
        before = {(fold(column.name), column.type) for column in old.columns}
        after = {(fold(column.name), column.type) for column in new.columns}
        if [column.type for column in old.columns] == [column.type for column in new.columns]:
            return True
        return bool(before & after) and 2 * len(before & after) >= len(before | after)

    def comparable(self, old_name: str, new_name: str) -> list[tuple[str, str]]:
        """Columns to compare between two tables: by id where ids pair both, else by name; not the keys."""
        old, new = self.old.schema.table(old_name), self.new.schema.table(new_name)
        if old is None or new is None:
            return []
        one = dict(self.old.ids.tables).get(old.name) == dict(self.new.ids.tables).get(new.name)
        before = self._column_ids(self.old, old.name) if one else {}
        after = self._column_ids(self.new, new.name) if one else {}
        by_id = {after[column.name]: column for column in new.columns if column.name in after}
        by_name = {fold(column.name): column for column in new.columns}
        pairs = []
        for column in old.columns:
            mates = (by_id.get(before.get(column.name, -1)), by_name.get(fold(column.name)))
            mate = next((mate for mate in mates if mate is not None and mate.type == column.type), None)
            if mate is not None and column.name != getattr(old, "primary_key", None):
                pairs.append((column.name, mate.name))
        return pairs or _of_one_type(old, new)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tables:
    """How an old and a new table compare."""

    detection: _Detection

    def agrees(self, old: str, new: str) -> bool | None:
        return self.detection.measured.table(old, new, self.detection.comparable(old, new))

    def shares_rows(self, old: str, new: str) -> bool:
        return self.detection.measured.shares_rows(old, new)

    def alike(self, old: str, new: str) -> bool:
        return self.detection.alike(old, new)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    """How an old and a new column of one table compare; ``old`` and ``new`` are the table's names."""

    measured: Measured
    old: str
    new: str

    def agrees(self, old: str, new: str) -> bool | None:
        return self.measured.column(self.old, self.new, old, new)

    def shares_rows(self, _old: str, _new: str) -> bool:
        return self.measured.shares_rows(self.old, self.new)

    def alike(self, _old: str, _new: str) -> bool:
        return True


def _of_one_type(old: Table, new: Table) -> list[tuple[str, str]]:
    """The columns but the keys, those of one type paired in their order: for tables that share no name."""
    left = [column for column in new.columns if column.name != getattr(new, "primary_key", None)]
    pairs = []
    for column in old.columns:
        mate = next((mate for mate in left if mate.type == column.type), None)
        if mate is not None and column.name != getattr(old, "primary_key", None):
            left.remove(mate)
            pairs.append((column.name, mate.name))
    return pairs


def _kept(old: Schema, new: Schema, renamed: dict[str, str], replaced: set[str]) -> list[tuple[Table, Table]]:
    taken = set(renamed.values())
    kept = []
    for before in old.tables():
        by_name = new.table(before.name) if before.name not in replaced else None
        after = new.table(renamed[before.name]) if before.name in renamed else by_name
        if after is None or type(after) is not type(before):
            continue
        if before.name in renamed or after.name not in taken:
            kept.append((before, after))
    return kept


def _table_thing(table: Table, number: int | None) -> Thing:
    return Thing(name=table.name, id=number, shape=_shape(table))


def _shape(table: Table) -> tuple[str, ...]:
    """What no ALTER can change of a table."""
    match table:
        case NodeTable(columns=columns, primary_key=key):
            return ("node", *(column.type for column in columns if column.name == key))
        case RelTable(multiplicity=multiplicity, storage_direction=direction):
            return ("rel", multiplicity, direction)
        case _:
            assert_never(table)
