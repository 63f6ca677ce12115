"""Which scripts of a folder already lead from one schema to another."""

from __future__ import annotations

from collections.abc import Sequence

from kuzuvcs.core.scripts.pledge import Pledge


def steps_between(scripts: Sequence[Pledge], start: str, end: str) -> tuple[str, ...]:
    """The ids of scripts, in their order, each starting where the one before leads; empty where none do.

    ``start`` and ``end`` are digests.  Two equal ones are no step.
    """
    reached: dict[str, tuple[str, ...]] = {start: ()}
    for one in scripts:
        if one.from_digest in reached and one.to_digest and one.to_digest not in reached:
            reached[one.to_digest] = (*reached[one.from_digest], one.id)
    return reached.get(end, ())


def already_made(scripts: Sequence[Pledge], start: str, end: str) -> tuple[str, ...]:
    """The scripts that make the step already, so that it need not be written; empty where it has to be.

    Where the last script leads back to ``start``, a new script goes on from there, even if an earlier one
    made the same step.
    """
    if scripts and scripts[-1].to_digest == start:
        return ()
    return steps_between(scripts, start, end)
