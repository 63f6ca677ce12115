"""What it would cost to make the changes that a diff shows."""

from __future__ import annotations

from kuzuvcs.core.comparing.changes import Change
from kuzuvcs.core.planning.file_counts import counts_of
from kuzuvcs.core.planning.hazards import Counts, Hazard, hazards_of
from kuzuvcs.core.planning.plan import plan
from kuzuvcs.core.planning.step import hazards_in
from kuzuvcs.errors import UnsupportedChange
from kuzuvcs.tasks.comparing.sides import Side


def change_hazards(old: Side, new: Side, changes: tuple[Change, ...]) -> tuple[Hazard, ...]:
    """The hazards of the plan; where there is none, because no script can make the changes, of each change.

    Values that would be cast are not looked at: ``generate`` does that.
    """
    counts = _counts(old)
    try:
        return hazards_in(plan(old.schema, new.schema, changes, counts).up)
    except UnsupportedChange:
        return tuple(hazard for change in changes for hazard in hazards_of(change, counts))


def _counts(side: Side) -> Counts:
    """Rows, values and edges of the tables whose values are known; of the others, the rows."""
    known = {table: side.known(table) for table in side.rows()}
    counts = dict(counts_of([file for files in known.values() for file in files or ()]))
    return counts | {(table,): count for table, count in side.rows().items()}
