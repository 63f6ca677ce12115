"""With which rows a script is proven: as asked for, or as far as it costs no more than the project allows."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from kuzuvcs.core.comparing.describe import shown
from kuzuvcs.core.planning.checks import Check
from kuzuvcs.core.planning.proof_extent import ProofCost, ProofQuestion, proof_cost
from kuzuvcs.core.progress import Progress
from kuzuvcs.errors import OpenQuestion, UsageError
from kuzuvcs.render.quantities import counted, number, size
from kuzuvcs.results import ProofKind
from kuzuvcs.tasks.versions import StoredVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Choosing:
    """What decides: the option ``--proof``, the project's limit in bytes, and who can be asked."""

    kind: ProofKind | None = None
    limit: int
    ask: Callable[[ProofQuestion], bool] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """The old version's tables whose rows are in the copy, and its words in the script's head."""

    kind: ProofKind
    tables: frozenset[str]
    words: str


def choose_extent(
    stored: StoredVersion,
    touched: frozenset[str],
    checks: Collection[Check],
    choosing: Choosing,
    progress: Progress,
) -> Extent:
    """Say what the proof costs, and settle whether it is made with data.

    :raises OpenQuestion: it costs more than the limit, and nobody was there to answer
    :raises UsageError: without data what the checks ask cannot be known
    """
    cost = proof_cost(stored.manifest.files, touched)
    kind = choosing.kind or _chosen(cost, checks, choosing)
    if kind == "data":
        if cost.rows:
            progress.note(f"proving on a copy with {_in_words(cost)}")
        return Extent(kind=kind, tables=touched, words=_with_data(stored, cost))
    if checks:
        raise UsageError(
            "the script cannot be proven without data",
            cause=f"values of {', '.join(sorted({shown(one.table) for one in checks}))} have to be looked at",
            hint="use --proof data",
        )
    progress.note("proving on a copy without rows")
    return Extent(kind=kind, tables=frozenset(), words="without its data")


def _chosen(cost: ProofCost, checks: Collection[Check], choosing: Choosing) -> ProofKind:
    if cost.size <= choosing.limit:
        return "data"
    question = ProofQuestion(cost=_in_words(cost), limit=size(choosing.limit), needed=bool(checks))
    if choosing.ask is not None:
        return "data" if choosing.ask(question) else "schema"
    yes, no = question.options()
    raise OpenQuestion(
        "the proof costs more than the project allows",
        cause=question.text(),
        hint=f"answer with {yes}" + ("" if checks else f" or {no}") + ", or raise proof_limit",
    )


def _in_words(cost: ProofCost) -> str:
    rows, tables = counted(cost.rows, "row"), counted(cost.tables, "table")
    return f"{rows} of {tables}, about {size(cost.size)} of disk"


def _with_data(stored: StoredVersion, cost: ProofCost) -> str:
    rows = sum(file.rows for file in stored.manifest.files)
    if cost.rows == rows:
        return "with its data"
    return f"with {number(cost.rows)} of its {number(rows)} rows: those of the tables that it touches"
