"""Scripts that follow one another: each starts from the schema to which the one before it leads."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from kuzuvcs.core.history import Pledge

ChainFaultKind = Literal["divergent", "broken_chain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainFault:
    """A script that does not follow the one before it; ``divergent``: ``other`` starts where it does."""

    kind: ChainFaultKind
    id: str
    other: str
    message: str
    cause: str
    hint: str


def chain_faults(scripts: Sequence[Pledge]) -> tuple[ChainFault, ...]:
    """Where scripts, oldest first, do not follow one another; what their heads leave out is not judged."""
    return tuple(_faults(scripts))


def leads_to(scripts: Sequence[Pledge]) -> str:
    """The digest of the schema to which they lead; empty where the last one's head does not say."""
    return scripts[-1].to_digest if scripts else ""


def _faults(scripts: Sequence[Pledge]) -> Iterator[ChainFault]:
    for at, (before, one) in enumerate(itertools.pairwise(scripts), 1):
        if not before.to_digest or not one.from_digest or one.from_digest == before.to_digest:
            continue
        rival = next((two for two in reversed(scripts[:at]) if two.from_digest == one.from_digest), None)
        if rival is not None:
            yield ChainFault(
                kind="divergent",
                id=one.id,
                other=rival.id,
                message=f"{rival.id} and {one.id} start from the same schema",
                cause="they were written beside each other, so that the second does not know of the first",
                hint=f"remove {one.id}, kuzuvcs repair, kuzuvcs migrate, make its change again, snapshot and "
                "generate; where both fit as they are, migrate --diverged runs the second after the first",
            )
        else:
            yield ChainFault(
                kind="broken_chain",
                id=one.id,
                other=before.id,
                message=f"{one.id} does not start where {before.id} leads",
                cause=f"it starts from the schema {one.from_digest[:12]}…, that one leads to "
                f"{before.to_digest[:12]}…",
                hint="a script between them is missing, or the order is another: get it from version control",
            )
