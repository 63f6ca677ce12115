"""Scripts that follow one another: each starts from the schema to which the one before it leads."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from kuzuvcs.core.scripts.merging import Merges, collapsed, misplaced
from kuzuvcs.core.scripts.pledge import Pledge
from kuzuvcs.errors import MigrationError

ChainFaultKind = Literal["divergent", "broken_chain", "broken_merge", "same_time"]

_TIME = len("YYYYMMDD_HHMMSS")

MERGE = "kuzuvcs merge writes a script that joins them, where neither depends on the other"
"""The way out of scripts that were written beside each other."""


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
    return (*_faults(collapsed(scripts)), *_merge_faults(scripts), *_same_times(scripts))


def require_merges(scripts: Sequence[Pledge]) -> None:
    """Refuse a folder with a merge script that does not join what it names: others run in the order it says.

    :raises MigrationError: naming it
    """
    for one in _merge_faults(scripts):
        raise MigrationError(one.message, cause=one.cause, hint=one.hint)


def _merge_faults(scripts: Sequence[Pledge]) -> Iterator[ChainFault]:
    by_id = {one.id: one for one in scripts}
    for one in scripts:
        missing = sorted(one.members - {*by_id})
        for id in missing:
            yield ChainFault(
                kind="broken_merge",
                id=one.id,
                other=id,
                message=f"{id} is missing, and {one.id} merges it",
                cause="a merge script names all scripts that it joins",
                hint="get it back from version control, then kuzuvcs repair",
            )
        if one.branches and not missing and (wrong := misplaced(one, by_id)):
            yield ChainFault(
                kind="broken_merge",
                id=one.id,
                other=wrong,
                message=f"{one.id} does not join the scripts that it names",
                cause=f"{wrong} does not belong where the merge script names it: the first script of each "
                "branch starts from the schema of base-digest, and each other one where the one before leads",
                hint="remove the merge script, then kuzuvcs repair; kuzuvcs merge writes one that is proven",
            )


def _same_times(scripts: Sequence[Pledge]) -> Iterator[ChainFault]:
    """Scripts are run in the order of their times; merged ones, and two of data alone, need none."""
    merges = Merges(scripts)
    for before, one in itertools.pairwise(scripts):
        free = merges.beside(before.id, one.id) or (before.fits_any_schema and one.fits_any_schema)
        if before.id[:_TIME] == one.id[:_TIME] and not free:
            yield ChainFault(
                kind="same_time",
                id=one.id,
                other=before.id,
                message=f"{before.id} and {one.id} have the same time",
                cause="only their names would say which one is run first",
                hint="give one that no database has run another time (git mv), then kuzuvcs repair",
            )


def require_times(left: Collection[str], scripts: Sequence[Pledge]) -> None:
    """Refuse to run one of two scripts that have the same time.

    :raises MigrationError: naming both
    """
    for one in _same_times(scripts):
        if one.id in left or one.other in left:
            raise MigrationError(one.message, cause=one.cause, hint=one.hint)


def require_one_line(scripts: Sequence[Pledge]) -> None:
    """Refuse to add a script behind two that start from one schema: where it starts is not known.

    :raises MigrationError: naming both
    """
    for one in chain_faults(scripts):
        if one.kind == "divergent":
            raise MigrationError(one.message, cause=one.cause, hint=MERGE)


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
                hint=f"{MERGE}; migrate --diverged runs the second without checking where it leads",
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


def require_chain(
    chosen: Sequence[Pledge], digest: str, merges: Merges | None = None, ran: Collection[str] = ()
) -> None:
    """Refuse scripts of which one starts from another schema than the one before it leads to.

    ``digest`` is the schema that the first one is run on; what a script does not say is not judged.  Scripts
    of branches that one of the ``merges`` joins may come after each other; ``ran`` were run already.

    :raises MigrationError: two branches of a history
    """
    merges = merges or Merges(())
    before = ""
    passed = [*ran]
    for one in chosen:
        fits = not digest or one.from_digest in ("", digest)
        if not fits and not merges.any_beside(one.id, passed):
            where = f"{before} leads to" if before else "the live database has"
            raise MigrationError(
                f"the script {one.id} starts from another schema than {where}",
                cause="it was generated from an older version, beside what was run before it",
                hint=f"{MERGE}; migrate --diverged runs it as it is, and does not hold it to the schema that "
                "its head promises",
            )
        known = fits and (digest or not merges.any_beside(one.id, passed))
        digest = one.to_digest if known or merges.is_outer(one.id) else ""
        before = one.id
        passed.append(one.id)
