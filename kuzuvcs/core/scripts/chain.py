"""Scripts that follow one another: each starts from the schema to which the one before it leads."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from kuzuvcs.core.scripts.recognition import Pledge
from kuzuvcs.errors import MigrationError

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


def require_chain(chosen: Sequence[Pledge], digest: str) -> None:
    """Refuse scripts of which one starts from another schema than the one before it leads to.

    ``digest`` is the schema that the first one is run on; what a script does not say is not judged.

    :raises MigrationError: two branches of a history
    """
    before = ""
    for one in chosen:
        if digest and one.from_digest and one.from_digest != digest:
            where = f"{before} leads to" if before else "the live database has"
            raise MigrationError(
                f"the script {one.id} starts from another schema than {where}",
                cause="it was generated from an older version, beside what was run before it",
                hint="remove it, kuzuvcs repair, migrate, make its change again and generate; where it fits "
                "as it is, --diverged runs it, and does not hold it to the schema that its head promises",
            )
        digest = one.to_digest
        before = one.id
