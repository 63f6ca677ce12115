"""One step of a plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kuzuvcs.core.comparing.changes import Change
from kuzuvcs.core.planning.hazards import Hazard
from kuzuvcs.core.planning.operations import Operation, is_transactional


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Operations that belong together, why they are there, and what they cost.

    ``changes`` are those that it makes: none for a CHECKPOINT, several where a table is rebuilt.  A step
    that is not ``transactional`` has to run outside of any transaction, or the engine ends the
    transaction with an error.
    """

    changes: tuple[Change, ...]
    operations: tuple[Operation, ...]
    comment: str
    hazards: tuple[Hazard, ...] = ()

    @property
    def transactional(self) -> bool:
        """Whether all of it can run inside a transaction."""
        return all(is_transactional(operation) for operation in self.operations)


def hazards_in(steps: Iterable[Step]) -> tuple[Hazard, ...]:
    """What all steps cost, in their order; at the end, how many of them no transaction can take back."""
    steps = tuple(steps)
    outside = sum(not step.transactional for step in steps)
    return (
        *(hazard for step in steps for hazard in step.hazards),
        *((_outside(outside),) if outside else ()),
    )


def _outside(count: int) -> Hazard:
    text = f"{count:,} {'step runs' if count == 1 else 'steps run'} outside of any transaction"
    return Hazard(name="outside_transaction", text=text, count=count)
