"""What a step can cost, with counts where they are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from kuzuvcs.core import changes as made
from kuzuvcs.core.changes import Change
from kuzuvcs.core.describe import shown

HazardCode = Literal[
    "drops_rows", "drops_edges", "drops_values", "fills_rows", "restarts_sequence", "cannot_be_undone"
]

Counts = Mapping[tuple[str, ...], int]
"""By old names: ``(table,)`` its rows or edges; ``(rel, source, target)`` the edges of a connection;
``(table, "", column)`` the values that are not NULL.  What is missing is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """A cost: its code, a sentence, and how many rows, edges or values it hits (None: not known)."""

    code: HazardCode
    text: str
    count: int | None = None


def hazards_of(change: Change, counts: Counts) -> tuple[Hazard, ...]:
    """The hazards of one change; none where the count is known to be 0."""
    match change:
        case made.DropNodeTable(table=node):
            return _loss("drops_rows", "row", f"of {shown(node.name)}", counts.get((node.name,)))
        case made.DropRelTable(table=rel):
            return _loss("drops_edges", "edge", f"of {shown(rel.name)}", counts.get((rel.name,)))
        case made.DropConnection(table=rel, connection=pair):
            what = f"of {shown(rel)} from {shown(pair.source)} to {shown(pair.target)}"
            return _loss("drops_edges", "edge", what, counts.get((rel, pair.source, pair.target)))
        case made.DropColumn(table=table, column=column):
            what = f"of {shown(table)}.{shown(column.name)}"
            return _loss("drops_values", "value", what, counts.get((table, "", column.name)))
        case made.AddColumn(table=table, column=column) if column.default is not None:
            text = f"every row of {shown(table)} gets the default of {shown(column.name)}"
            return (Hazard(code="fills_rows", text=text),)
        case made.ChangeSequence(new=sequence):
            text = f"sequence {shown(sequence.name)} starts again at {sequence.start}"
            return (Hazard(code="restarts_sequence", text=text),)
        case made.AddMacro(macro=macro):
            text = f"DOWN leaves macro {shown(macro.name)}: the engine has no statement that drops one"
            return (Hazard(code="cannot_be_undone", text=text),)
        case _:
            return ()


def _loss(code: HazardCode, unit: str, what: str, count: int | None) -> tuple[Hazard, ...]:
    if count == 0:
        return ()
    if count is None:
        return (Hazard(code=code, text=f"drops all {unit}s {what}"),)
    return (
        Hazard(code=code, text=f"drops {count:,} {unit if count == 1 else unit + 's'} {what}", count=count),
    )
