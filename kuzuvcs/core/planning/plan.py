"""From changes to ordered steps that the engine takes, and the steps back.

The order, with the engine's reasons: indexes are dropped first (they hold columns and tables, and are
refused in a transaction); connections and rel tables before node tables; columns before renames, so
that their names are free; sequences and macros before the columns and tables that may use them; node
tables before rel tables; indexes last.  An index follows the renames of its table and columns by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from kuzuvcs.core.comparing import changes as made
from kuzuvcs.core.comparing.changes import Change
from kuzuvcs.core.comparing.describe import describe, shown
from kuzuvcs.core.comparing.diff import diff_paired
from kuzuvcs.core.comparing.pairing import Pairing, pair_schemas
from kuzuvcs.core.comparing.renames import renames_in
from kuzuvcs.core.planning import operations
from kuzuvcs.core.planning.before import Before, rows_lost
from kuzuvcs.core.planning.casts import NO_ANSWERS, Answers
from kuzuvcs.core.planning.checks import Check
from kuzuvcs.core.planning.hazards import Counts, column_order_hazard, hazards_of
from kuzuvcs.core.planning.kept_data import Filled
from kuzuvcs.core.planning.operations import Operation
from kuzuvcs.core.planning.rebuild import Rebuild, find_rebuilds
from kuzuvcs.core.planning.rebuild_steps import Inputs, Rebuilding
from kuzuvcs.core.planning.recall import Recall
from kuzuvcs.core.planning.rename_steps import rename_steps
from kuzuvcs.core.planning.step import Step
from kuzuvcs.core.planning.unsupported import refuse_unsupported
from kuzuvcs.core.schema import Schema
from kuzuvcs.errors import UnsupportedChange, UsageError

UP_OPTION, DOWN_OPTION = "--cast", "--cast-down"
"""The options that say how columns of rebuilt tables are filled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The way from one schema to another, and the way back.

    The checks have to hold of the data before either is run; what is filled are the columns of rebuilt
    tables; ``down`` reads back what is ``lost``.
    """

    changes: tuple[Change, ...]
    up: tuple[Step, ...]
    down: tuple[Step, ...]
    up_checks: tuple[Check, ...] = ()
    down_checks: tuple[Check, ...] = ()
    up_filled: tuple[Filled, ...] = ()
    down_filled: tuple[Filled, ...] = ()
    lost: tuple[Before, ...] = ()


def plan(
    old: Schema,
    new: Schema,
    changes: tuple[Change, ...],
    counts: Counts | None = None,
    up: Answers = NO_ANSWERS,
    down: Answers = NO_ANSWERS,
    *,
    schema_only: bool = False,
) -> Plan:
    """Plan changes that :func:`kuzuvcs.core.comparing.diff.diff` found between two schemas.

    ``counts`` are the old side's; ``up`` and ``down`` say how columns are cast.  ``schema_only``: the way
    back gives the schema and not the values that were lost.  ``UnsupportedChange`` for what cannot be
    done, also where only the way back cannot.
    """
    counts = counts or {}
    renames = renames_in(changes)
    pairing = pair_schemas(old, new, renames)
    pairing_back = pair_schemas(new, old, renames.inverse())
    back = diff_paired(new, old, pairing_back)
    steps, rebuilding = _steps(
        old, new, changes, pairing, Inputs(answers=up, counts=counts, option=UP_OPTION)
    )
    lost = () if schema_only else rows_lost(old, pairing, rebuilding.filled(), down.casts)
    recall = None if schema_only else Recall(lost, old, new, rebuilding.values())
    try:
        inputs = Inputs(answers=down, counts=_kept_counts(pairing, counts), option=DOWN_OPTION, recall=recall)
        down_steps, rebuilding_back = _steps(new, old, back, pairing_back, inputs)
    except UnsupportedChange as error:
        raise UnsupportedChange(
            "the way back cannot be made", cause=f"{error.message}: {error.cause}", hint=error.hint
        ) from error
    return Plan(
        changes=changes,
        up=steps,
        down=down_steps,
        up_checks=rebuilding.checks(),
        down_checks=rebuilding_back.checks(),
        up_filled=rebuilding.filled(),
        down_filled=rebuilding_back.filled(),
        lost=lost,
    )


def _kept_counts(pairing: Pairing, counts: Counts) -> Counts:
    """The rows of the tables that stay, by new names: what DOWN finds where nothing else happened."""
    names = pairing.table_names()
    return {(after,): counts[before,] for before, after in names.items() if (before,) in counts}


def _steps(
    old: Schema, new: Schema, changes: tuple[Change, ...], pairing: Pairing, inputs: Inputs
) -> tuple[tuple[Step, ...], Rebuilding]:
    recall = inputs.recall
    rebuilds = find_rebuilds(old, new, changes, pairing, recall.tables() if recall else ())
    rebuilding = Rebuilding((old, new), pairing.table_names(), rebuilds, inputs)
    _refuse_idle_casts(rebuilding.rebuilds, inputs)
    folded = {id(change) for rebuild in rebuilding.rebuilds for change in rebuild.changes}
    changes = tuple(change for change in changes if id(change) not in folded)
    refuse_unsupported(old, new, changes)
    ordered = sorted(changes, key=_phase)

    def made_in(first: int, last: int) -> Iterator[Step]:
        return (_step(change, inputs.counts) for change in ordered if first <= _phase(change) <= last)

    steps = (
        *rebuilding.index_drops(),
        *made_in(0, _RENAME - 1),
        *rename_steps(old, changes, rebuilding.rebuilds),
        *rebuilding.counter_steps(),
        *made_in(_RENAME + 1, _NODES),
        *(recall.loading() if recall else ()),
        *(rebuilding.steps() if rebuilding.rebuilds else ()),
        *made_in(_NODES + 1, _INDEX - 1),
        *_checkpoint(changes),
        *(recall.filling(rebuilding.helper) if recall else ()),
        *(recall.clearing() if recall else ()),
        *made_in(_INDEX, _INDEX),
        *rebuilding.index_creations(),
    )
    return _with_column_orders(steps, new, rebuilding.rebuilds), rebuilding


def _refuse_idle_casts(rebuilds: tuple[Rebuild, ...], inputs: Inputs) -> None:
    rebuilt = {rebuild.new.name for rebuild in rebuilds}
    for cast in inputs.answers.casts.casts:
        if cast.table not in rebuilt:
            raise UsageError(
                f"{inputs.option} names {cast.option}, and table {shown(cast.table)} is not rebuilt",
                cause="only a table that is rebuilt has its values written anew",
                hint=f"leave {inputs.option} out",
            )


_PHASES: tuple[tuple[type[Change], ...], ...] = (
    (made.DropIndex,),
    (made.DropConnection,),
    (made.DropRelTable,),
    (made.DropNodeTable,),
    (made.DropColumn,),
    (made.DropSequence,),
    (made.DropMacro,),
    (made.RenameTable, made.RenameColumn),
    (made.AddSequence, made.ChangeSequence),
    (made.AddMacro, made.ChangeMacro),
    (made.AddNodeTable,),
    (made.AddColumn,),
    (made.AddRelTable,),
    (made.AddConnection,),
    (made.ChangeComment,),
    (made.ChangeIndex, made.AddIndex),
)
_RENAME = next(at for at, kinds in enumerate(_PHASES) if made.RenameTable in kinds)
_NODES = next(at for at, kinds in enumerate(_PHASES) if made.AddNodeTable in kinds)
_INDEX = len(_PHASES) - 1


def _phase(change: Change) -> int:
    return next(at for at, kinds in enumerate(_PHASES) if isinstance(change, kinds))


def _step(change: Change, counts: Counts) -> Step:
    return Step(
        changes=(change,),
        operations=tuple(_operations(change)),
        comment=describe(change),
        hazards=hazards_of(change, counts),
    )


def _checkpoint(changes: tuple[Change, ...]) -> Iterator[Step]:
    """After DROP column, kuzu 0.11.3 dies of a later SET on that table, unless a CHECKPOINT comes first."""
    if any(isinstance(change, made.DropColumn) for change in changes):
        comment = "write the dropped columns off: the engine dies of a later SET on their tables else"
        yield Step(changes=(), operations=(operations.Checkpoint(),), comment=comment)


def _with_column_orders(
    steps: tuple[Step, ...], new: Schema, rebuilds: tuple[Rebuild, ...]
) -> tuple[Step, ...]:
    """Say of a table that an ADD leaves in another order than declared, at its last ADD."""
    rebuilt = {rebuild.new.name for rebuild in rebuilds}
    last = {
        change.table: at
        for at, step in enumerate(steps)
        for change in step.changes
        if isinstance(change, made.AddColumn) and change.table not in rebuilt
    }
    found = list(steps)
    for table, at in last.items():
        if not _ends_with_added(new, table, steps):
            hazards = (*steps[at].hazards, column_order_hazard(table))
            found[at] = replace(steps[at], hazards=hazards)
    return tuple(found)


def _ends_with_added(new: Schema, table: str, steps: tuple[Step, ...]) -> bool:
    added = [
        change.column.name
        for step in steps
        for change in step.changes
        if isinstance(change, made.AddColumn) and change.table == table
    ]
    declared = new.table(table)
    return declared is not None and [column.name for column in declared.columns][-len(added) :] == added


def _operations(change: Change) -> Iterator[Operation]:
    match change:
        case made.AddNodeTable(table=node):
            yield operations.CreateNodeTable(table=node)
            yield from _comment(node.name, node.comment)
        case made.AddRelTable(table=rel):
            yield operations.CreateRelTable(table=rel)
            yield from _comment(rel.name, rel.comment)
        case made.DropNodeTable() | made.DropRelTable():
            yield operations.DropTable(table=change.table.name)
        case made.AddSequence() | made.DropSequence() | made.ChangeSequence():
            yield from _sequence_operations(change)
        case made.AddMacro() | made.DropMacro() | made.ChangeMacro():
            yield from _macro_operations(change)
        case made.AddIndex() | made.DropIndex() | made.ChangeIndex():
            yield from _index_operations(change)
        case _:
            yield from _alterations(change)


def _alterations(change: Change) -> Iterator[Operation]:
    match change:
        case made.AddColumn(table=table, column=column):
            yield operations.AddColumn(table=table, column=column)
        case made.DropColumn(table=table, column=column):
            yield operations.DropColumn(table=table, column=column.name)
        case made.AddConnection(table=table, connection=connection):
            yield operations.AddConnection(table=table, connection=connection)
        case made.DropConnection(table=table, connection=connection):
            yield operations.DropConnection(table=table, connection=connection)
        case made.ChangeComment(table=table, new=comment):
            yield operations.CommentOn(table=table, comment=comment)
        case _:
            raise UnsupportedChange(f"cannot {describe(change)}")


def _sequence_operations(
    change: made.AddSequence | made.DropSequence | made.ChangeSequence,
) -> Iterator[Operation]:
    match change:
        case made.AddSequence(sequence=sequence):
            yield operations.CreateSequence(sequence=sequence)
        case made.DropSequence(sequence=sequence):
            yield operations.DropSequence(sequence=sequence.name)
        case made.ChangeSequence(old=before, new=after):
            yield operations.DropSequence(sequence=before.name)
            yield operations.CreateSequence(sequence=after)


def _macro_operations(
    change: made.AddMacro | made.DropMacro | made.ChangeMacro,
) -> Iterator[Operation]:
    match change:
        case made.AddMacro(macro=macro):
            yield operations.CreateMacro(macro=macro)
        case made.DropMacro(macro=macro):
            yield operations.DropMacro(macro=macro.name)
        case made.ChangeMacro(old=before, new=after):
            yield operations.DropMacro(macro=before.name)
            yield operations.CreateMacro(macro=after)


def _index_operations(change: made.AddIndex | made.DropIndex | made.ChangeIndex) -> Iterator[Operation]:
    match change:
        case made.AddIndex(index=index):
            yield operations.CreateIndex(index=index)
        case made.DropIndex(index=index):
            yield operations.DropIndex(index=index)
        case made.ChangeIndex(old=before, new=after):
            yield operations.DropIndex(index=before)
            yield operations.CreateIndex(index=after)


def _comment(table: str, comment: str) -> Iterator[Operation]:
    if comment:
        yield operations.CommentOn(table=table, comment=comment)
