"""What leads from one side to the other: renames settled by ids, data and answers, then the diff."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kuzuvcs.core.comparing.changes import Change
from kuzuvcs.core.comparing.diff import diff
from kuzuvcs.core.comparing.renames import Renames
from kuzuvcs.core.renaming.detection import Question, Settled, detect_renames, parse_answers
from kuzuvcs.core.renaming.detection import Side as DetectionSide
from kuzuvcs.core.renaming.evidence import Evidence
from kuzuvcs.errors import OpenQuestion
from kuzuvcs.results import RowsChange
from kuzuvcs.tasks.comparing.sides import Side, SideFile
from kuzuvcs.tasks.comparing.values import moved_sequences, rows_and_values
from kuzuvcs.verify import measure_equal

Ask = Callable[[Question], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """How open questions about renames are answered: by options, by asking, or not at all.

    ``renames`` are the texts of ``--rename``; ``no_renames`` says no to whatever is open.
    """

    renames: Sequence[str] = ()
    no_renames: bool = False
    ask: Ask | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The changes of schema, the renames among them, each table's rows, and sequences with other values."""

    changes: tuple[Change, ...]
    renames: Renames
    rows: tuple[RowsChange, ...]
    sequences: tuple[str, ...]


def compare_sides(
    old: Side, new: Side, answering: Answering, work: Path, *, all_values: bool = False
) -> Comparison:
    """Settle what was renamed, then diff.

    Values of the live database are compared where that is cheap, or all of them with ``all_values``.

    :raises OpenQuestion: a rename is open, and nobody was there to answer; the hint names the options
    :raises UsageError: an answer names what is not there
    """
    renames = _settle(old, new, answering, work).renames
    return Comparison(
        changes=diff(old.schema, new.schema, renames),
        renames=renames,
        rows=rows_and_values(old, new, renames, all_values=all_values),
        sequences=moved_sequences(old, new, renames),
    )


def _settle(old: Side, new: Side, answering: Answering, work: Path) -> Settled:
    answers = parse_answers(answering.renames, old.schema, new.schema, no_renames=answering.no_renames)
    sides = (
        DetectionSide(schema=old.schema, ids=old.ids),
        DetectionSide(schema=new.schema, ids=new.ids),
    )
    measure = _Measure(old, new, work)
    while True:
        settled = detect_renames(*sides, measure, answers)
        if not settled.questions:
            return settled
        if answering.ask is None:
            raise _open(settled.questions)
        question = settled.questions[0]
        answers = answers.answered(question, answering.ask(question))


def _open(questions: Sequence[Question]) -> OpenQuestion:
    hints = dict.fromkeys(option for question in questions for option in question.options())
    return OpenQuestion(
        "it cannot be told what was renamed",
        cause="\n".join(question.text() for question in questions),
        hint="answer with " + ", ".join(hints),
    )


class _Measure:
    """Compares columns in the canonical files of both sides, which are written out when needed."""

    def __init__(self, old: Side, new: Side, work: Path) -> None:
        self._old = old
        self._new = new
        self._work = work
        new_ids = {number: table for table, number in new.ids.tables}
        self._names = {table: new_ids.get(number, table) for table, number in old.ids.tables}

    def __call__(self, old: str, new: str, pairs: tuple[tuple[str, str], ...]) -> Sequence[Evidence]:
        equal, compared, shared = [0] * len(pairs), [0] * len(pairs), 0
        for before, after in _same_place(_of(self._old, old), _of(self._new, new), self._names):
            keys = 1 if before.record.kind == "node" else 2
            found = measure_equal(
                before.file,
                after.file,
                keys=keys,
                pairs=[(_position(before, one), _position(after, other)) for one, other in pairs],
                table=old,
                work=self._work,
            )
            shared += found.shared
            for index, column in enumerate(found.columns):
                equal[index] += column.equal
                compared[index] += column.compared
        return [
            Evidence(equal=one, compared=other, shared=shared)
            for one, other in zip(equal, compared, strict=True)
        ]


def _of(side: Side, table: str) -> list[SideFile]:
    return [file for file in side.files([table]) if file.record.table == table]


def _same_place(
    old: list[SideFile], new: list[SideFile], names: Mapping[str, str]
) -> list[tuple[SideFile, SideFile]]:
    """Files that hold the same part of a table: its nodes, or the edges of one connection.

    ``names`` are the new names of old tables by catalog id: a connection's ends may be renamed with it.
    """
    if len(old) == len(new) == 1:
        return [(old[0], new[0])]
    after = {(file.record.source, file.record.target): file for file in new}
    pairs = []
    for file in old:
        ends = (file.record.source, file.record.target)
        renamed = (names.get(ends[0], ends[0]), names.get(ends[1], ends[1]))
        mate = after.get(ends) or after.get(renamed)
        if mate is not None:
            pairs.append((file, mate))
    return pairs


def _position(file: SideFile, column: str) -> int:
    return [record.property for record in file.record.columns].index(column)
