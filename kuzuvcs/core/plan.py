"""From changes to ordered steps that the engine takes, and the steps back.

The order, with the engine's reasons: indexes are dropped first (they hold columns and tables, and are
refused in a transaction); connections and rel tables before node tables; columns before renames, so
that their names are free; sequences and macros before the columns and tables that may use them; node
tables before rel tables; indexes last.  An index follows the renames of its table and columns by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from kuzuvcs.core import changes as made
from kuzuvcs.core import operations
from kuzuvcs.core.changes import Change
from kuzuvcs.core.describe import describe, shown
from kuzuvcs.core.diff import diff
from kuzuvcs.core.hazards import Counts, Hazard, hazards_of
from kuzuvcs.core.operations import Operation, is_transactional
from kuzuvcs.core.rename_order import order_renames
from kuzuvcs.core.renames import renames_in
from kuzuvcs.core.schema import Schema
from kuzuvcs.core.unsupported import refuse_unsupported
from kuzuvcs.errors import UnsupportedChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Operations that belong together, why they are there, and what they cost.

    ``change`` is None for a CHECKPOINT.  A step that is not ``transactional`` has to run outside of any
    transaction, or the engine ends the transaction with an error.
    """

    change: Change | None
    operations: tuple[Operation, ...]
    comment: str
    hazards: tuple[Hazard, ...] = ()

    @property
    def transactional(self) -> bool:
        """Whether all of it can run inside a transaction."""
        return all(is_transactional(operation) for operation in self.operations)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The way from one schema to another, and the way back.

    ``down_target`` is the schema that ``down`` leads to: the old one, and the macros that ``up`` made, which
    the engine has no statement to drop.
    """

    changes: tuple[Change, ...]
    up: tuple[Step, ...]
    down: tuple[Step, ...]
    down_target: Schema


def plan(old: Schema, new: Schema, changes: tuple[Change, ...], counts: Counts | None = None) -> Plan:
    """Plan changes that :func:`kuzuvcs.core.diff.diff` found between two schemas.

    ``counts`` are the old side's.  ``UnsupportedChange`` for what needs a rebuild, also where only the
    way back does.
    """
    back = diff(new, old, renames_in(changes).inverse())
    left = tuple(change.macro for change in back if isinstance(change, made.DropMacro))
    back = tuple(change for change in back if not isinstance(change, made.DropMacro))
    up = _steps(old, new, changes, counts or {})
    try:
        down = _steps(new, old, back, {})
    except UnsupportedChange as error:
        raise UnsupportedChange(
            "the way back cannot be made", cause=f"{error.message}: {error.cause}", hint=error.hint
        ) from error
    target = replace(old, macros=(*old.macros, *left))
    return Plan(changes=changes, up=up, down=down, down_target=target)


def _steps(old: Schema, new: Schema, changes: tuple[Change, ...], counts: Counts) -> tuple[Step, ...]:
    refuse_unsupported(old, new, changes)
    ordered = sorted(changes, key=_phase)
    renames = made.RenameTable | made.RenameColumn
    before = [change for change in ordered if _phase(change) < _RENAME]
    after = [change for change in ordered if _phase(change) > _RENAME]
    indexes = [change for change in after if _phase(change) == _INDEX]
    return (
        *(_step(change, counts) for change in before),
        *_rename_steps(old, tuple(change for change in ordered if isinstance(change, renames)), changes),
        *(_step(change, counts) for change in after if change not in indexes),
        *_checkpoint(changes),
        *(_step(change, counts) for change in indexes),
    )


_PHASES: tuple[tuple[type[Change], ...], ...] = (
    (made.DropIndex,),
    (made.DropConnection,),
    (made.DropRelTable,),
    (made.DropNodeTable,),
    (made.DropColumn,),
    (made.DropSequence,),
    (made.RenameTable, made.RenameColumn),
    (made.AddSequence, made.ChangeSequence),
    (made.AddMacro,),
    (made.AddNodeTable,),
    (made.AddColumn,),
    (made.AddRelTable,),
    (made.AddConnection,),
    (made.ChangeComment,),
    (made.ChangeIndex, made.AddIndex),
)
_RENAME = next(at for at, kinds in enumerate(_PHASES) if made.RenameTable in kinds)
_INDEX = len(_PHASES) - 1


def _phase(change: Change) -> int:
    return next(at for at, kinds in enumerate(_PHASES) if isinstance(change, kinds))


def _step(change: Change, counts: Counts) -> Step:
    return Step(
        change=change,
        operations=tuple(_operations(change)),
        comment=describe(change),
        hazards=hazards_of(change, counts),
    )


def _checkpoint(changes: tuple[Change, ...]) -> Iterator[Step]:
    """After DROP column, kuzu 0.11.3 dies of a later SET on that table, unless a CHECKPOINT comes first."""
    if any(isinstance(change, made.DropColumn) for change in changes):
        comment = "write the dropped columns off: the engine dies of a later SET on their tables else"
        yield Step(change=None, operations=(operations.Checkpoint(),), comment=comment)


def _rename_steps(
    old: Schema, renames: tuple[made.RenameTable | made.RenameColumn, ...], changes: tuple[Change, ...]
) -> Iterator[Step]:
    """Tables first; columns then, by their tables' new names."""
    dropped = {c.table.name for c in changes if isinstance(c, made.DropNodeTable | made.DropRelTable)}
    tables = {change.old: change for change in renames if isinstance(change, made.RenameTable)}
    names = [table.name for table in old.tables() if table.name not in dropped]
    for single in order_renames(((c.old, c.new) for c in tables.values()), names):
        operation = operations.RenameTable(table=single.old, name=single.new)
        yield _rename_step(tables[single.origin], operation, single.new)
    old_names = {change.new: change.old for change in tables.values()}
    columns = [change for change in renames if isinstance(change, made.RenameColumn)]
    for table in dict.fromkeys(change.table for change in columns):
        own = {change.old: change for change in columns if change.table == table}
        for single in order_renames(
            ((c.old, c.new) for c in own.values()), _columns_left(old, old_names.get(table, table), changes)
        ):
            column = operations.RenameColumn(table=table, column=single.old, name=single.new)
            yield _rename_step(own[single.origin], column, single.new)


def _columns_left(old: Schema, table: str, changes: tuple[Change, ...]) -> list[str]:
    found = old.table(table)
    dropped = {c.column.name for c in changes if isinstance(c, made.DropColumn) and c.table == table}
    return [column.name for column in found.columns if column.name not in dropped] if found else []


def _rename_step(change: made.RenameTable | made.RenameColumn, operation: Operation, name: str) -> Step:
    aside = "" if name == change.new else f", aside as {shown(name)}: its name is taken"
    return Step(change=change, operations=(operation,), comment=describe(change) + aside)


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
        case made.AddMacro(macro=macro):
            yield operations.CreateMacro(macro=macro)
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
