"""What a plan knows of its own statements that their text does not show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import UnionType

from kuzuvcs.core.comparing import changes as made
from kuzuvcs.core.comparing.changes import Change
from kuzuvcs.core.planning import operations
from kuzuvcs.core.planning.conversion import Computed, Converted, Value, widens
from kuzuvcs.core.planning.hazard_codes import HazardName
from kuzuvcs.core.planning.operations import Operation
from kuzuvcs.core.planning.step import Step


def harmless(step: Step, operation: Operation) -> tuple[HazardName, ...]:
    """The hazards that one would suspect in the statement, and that it has not."""
    return tuple(_harmless(step, operation))


def _harmless(step: Step, operation: Operation) -> Iterator[HazardName]:
    match operation:
        case operations.DropTable() if not _has(step, made.DropNodeTable | made.DropRelTable):
            # A table that was moved aside, whose rows are in the new one, or a helper.
            yield "drops_rows"
            yield "drops_edges"
        case operations.DropSequence() if not _has(step, made.DropSequence | made.ChangeSequence):
            yield "restarts_sequence"
        case operations.CopyNodes(values=values):
            yield from _widening(value for _, value in values)
        case operations.CopyEdges(values=values, keys=keys):
            yield from _widening((*keys, *(value for _, value in values)))
        case _:
            return


def _has(step: Step, kinds: UnionType | type[Change]) -> bool:
    return any(isinstance(change, kinds) for change in step.changes)


def _widening(values: Iterable[Value]) -> Iterator[HazardName]:
    casts = [value for value in values if isinstance(value, Computed | Converted)]
    if casts and all(isinstance(cast, Converted) and widens(cast.old, cast.new) for cast in casts):
        yield "narrows_values"
