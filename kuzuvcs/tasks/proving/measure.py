"""Look at the data that a rebuild casts, before anything is written: what cannot be cast, what narrows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kuzuvcs.core.comparing.describe import shown
from kuzuvcs.core.planning.casts import Answers, Cast
from kuzuvcs.core.planning.checks import CastCheck, Check, Facts, Narrowed, Rows
from kuzuvcs.core.planning.conversion import Converted, has_text
from kuzuvcs.engines.client import Worker
from kuzuvcs.errors import CastRefused, EngineCrashed, EngineError
from kuzuvcs.render import check_queries as queries

_MOST = 1_000
"""So many different values that cannot be cast are looked for, and listed in a script; then it is enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unfit:
    texts: tuple[str, ...]
    count: int
    all_found: bool


def measure_casts(worker: Worker, checks: Sequence[Check], answers: Answers, option: str) -> Answers:
    """What the data says of the casts, for the planner.

    :raises CastRefused: values cannot be cast, and the user did not say what becomes of them
    """
    refused = []
    narrowed: dict[tuple[str, str], Narrowed] = {}
    unfit: dict[tuple[str, str], int] = {}
    casts = answers.casts
    for check in checks:
        if not isinstance(check, CastCheck):
            continue
        place = (check.table, check.column)
        measured = _Measured(worker, check, casts.of(*place), option)
        refused += measured.refusals
        casts = casts.found(*place, unfit=measured.unfit.texts, impossible=measured.impossible)
        if measured.narrowed is not None:
            narrowed[place] = measured.narrowed
        if measured.unfit.count:
            unfit[place] = measured.unfit.count
    if refused:
        raise CastRefused(
            refused[0][0],
            cause="\n".join([*(words for words, _ in refused[1:]), "nothing was written"]),
            hint="say what becomes of them: " + ", or ".join(dict.fromkeys(hint for _, hint in refused)),
        )
    return Answers(casts=casts, facts=Facts(narrowed=narrowed, unfit=unfit))


class _Measured:
    """One column."""

    def __init__(self, worker: Worker, check: CastCheck, cast: Cast | None, option: str) -> None:
        self._worker = worker
        self._check = check
        self._place = f"{shown(check.table)}.{shown(check.column)}"
        self._option = f"{option} '{check.table}.{check.column}="
        self.refusals: list[tuple[str, str]] = []
        self.impossible = False
        self.unfit = _Unfit(texts=(), count=0, all_found=True)
        self.narrowed: Narrowed | None = None
        try:
            counts = [self._one(queries.count_values(rows, check.value)) for rows in check.rows]
        except EngineCrashed as error:
            raise CastRefused(
                f"the engine ends its process when it casts {self._place}",
                cause=error.cause,
                hint=f"give an expression: {self._option}…'",
            ) from error
        except EngineError as error:
            self._failed(error, cast)
        else:
            self._compare(sum(filled for _, filled in counts))

    def _failed(self, error: EngineError, cast: Cast | None) -> None:
        value = self._check.value
        if not isinstance(value, Converted):
            words = f"the expression for {self._place} fails: {_first_line(error.cause)}"
            self.refusals.append((words, f"{self._option}…' with another expression"))
        elif any(self._fails(rows, value, -1, 0, ()) for rows in self._check.rows):
            if cast is not None:
                self.impossible = True
            else:
                words = f"the engine has no cast from {value.old} to {value.new} for {self._place}"
                self.refusals.append((words, f"{self._option}null' or {self._option}…' with an expression"))
        else:
            self._search(value, cast)

    def _search(self, value: Converted, cast: Cast | None) -> None:
        found = tuple(self._unfit_texts(value))
        count = sum(self._one(queries.count_texts(rows, value, found))[0] for rows in self._check.rows)
        self.unfit = _Unfit(texts=found, count=count, all_found=len(found) < _MOST)
        total = sum(self._one(queries.count_values(rows, _old(value)))[1] for rows in self._check.rows)
        least = "" if self.unfit.all_found else "at least "
        words = (
            f"{least}{count:,} of {total:,} values of {self._place} are no {value.new}, first: {found[0]!r}"
        )
        if cast is None:
            self.refusals.append((words, f"{self._option}null' or {self._option}…' with an expression"))
        elif not self.unfit.all_found or not has_text(value.old):
            self.refusals.append(
                (f"{words}; they are not listed in a script", f"{self._option}…' with an expression")
            )
        else:
            answered = Converted(column=value.column, old=value.old, new=value.new, unfit=found)
            self._check = CastCheck(
                table=self._check.table, column=self._check.column, rows=self._check.rows, value=answered
            )
            self._compare(total)

    def _unfit_texts(self, value: Converted) -> Iterator[str]:
        """Each text once, in the order of the rows; the first failing row is found by halving."""
        found: list[str] = []
        for rows in self._check.rows:
            last = self._one(queries.last_row(rows))[0]
            first, end = 0, 0 if last is None else last + 1
            while first < end and len(found) < _MOST and self._fails(rows, value, first, end, found):
                first = self._first_failing(rows, value, first, end, found)
                text = self._one(queries.text_at(rows, value, first))[0]
                found.append(text)
                yield text
                first += 1

    def _first_failing(self, rows: Rows, value: Converted, first: int, end: int, found: list[str]) -> int:
        step = 1
        while first + step < end and not self._fails(rows, value, first, first + step, found):
            first, step = first + step, 2 * step
        end = min(end, first + step)
        while end - first > 1:
            middle = (first + end) // 2
            if self._fails(rows, value, first, middle, found):
                end = middle
            else:
                first = middle
        return first

    def _compare(self, values: int) -> None:
        value = self._check.value
        if not isinstance(value, Converted) or not values:
            return
        try:
            counts = [self._one(queries.count_narrowed(rows, value))[0] for rows in self._check.rows]
        except EngineCrashed:
            raise
        except EngineError:
            self.narrowed = Narrowed(count=None, values=values)
        else:
            self.narrowed = Narrowed(count=sum(counts) - self.unfit.count, values=values)

    def _fails(self, rows: Rows, value: Converted, first: int, end: int, found: Sequence[str]) -> bool:
        try:
            self._worker.execute(queries.try_rows(rows, value, first, end, found))
        except EngineCrashed:
            raise
        except EngineError:
            return True
        return False

    def _one(self, query: str) -> list[Any]:
        [row] = self._worker.execute(query)
        return row


def _old(value: Converted) -> Converted:
    return Converted(column=value.column, old=value.old, new=value.old)


def _first_line(text: str) -> str:
    return text.splitlines()[0] if text else "the engine says nothing"
