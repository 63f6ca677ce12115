"""The history of migrations in a database, and what it says is to be run next."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from kuzuvcs.core.scripts.chain import MERGE
from kuzuvcs.core.scripts.merging import Merges
from kuzuvcs.core.scripts.pledge import Pledge
from kuzuvcs.core.scripts.sums import Checksum
from kuzuvcs.errors import MigrationError, UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """One run of a script's UP: when (UTC, ISO 8601), how long, by which release of kuzuvcs.

    The versions are those that the script names, the digests those of the schemas that were seen before and
    after.  ``capture`` is the commit in the store of what DOWN reads, empty where nothing was captured.
    ``rolled_back`` is when, empty while it stands.  ``unfinished`` is of a run in place that was broken off:
    its section, and how many of the section's statements are done: ``UP 3``; ``UP 3+`` if one more may be;
    ``UP 3+120`` if that is a COPY, and its table had 120 rows before.
    ``dropped`` are two commits in the store, with a ``+`` between them, for what a rollback dropped: the
    tables before DOWN, and as UP makes them of what DOWN left.  It is empty where nothing was captured.
    """

    number: int
    id: str
    description: str
    checksum: str
    from_version: str
    to_version: str
    from_digest: str
    to_digest: str
    applied: str
    seconds: float
    release: str
    capture: str = ""
    rolled_back: str = ""
    unfinished: str = ""
    dropped: str = ""

    @property
    def captures(self) -> str:
        """``capture`` and ``dropped`` in one text, as the history's table keeps them."""
        return f"{self.capture}+{self.dropped}" if self.dropped else self.capture

    @classmethod
    def stored(cls, captures: str, **fields: Any) -> Applied:
        """A run whose :attr:`captures` were read from the history's table."""
        capture, _, dropped = captures.partition("+")
        return cls(**fields, capture=capture, dropped=dropped)

    @property
    def is_recorded(self) -> bool:
        """Whether the script was recorded as applied and never run here: such a run took no time."""
        return not self.seconds and not self.unfinished

    @property
    def is_half_up(self) -> bool:
        """Whether its UP was begun in place, and not finished."""
        return self.unfinished.startswith("UP")

    @property
    def progress(self) -> str:
        """How far a run that was broken off had come: ``3 statements of UP``."""
        section, _, done = self.unfinished.partition("+")[0].partition(" ")
        return f"{done} statements of {section}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A script of the folder as the history has to know it.

    ``checksum`` is without the lines of its proof, and accepts that of the whole file, which a history may
    have recorded.
    """

    id: str
    checksum: Checksum
    pledge: Pledge | None = None

    def is_run(self, checksum: str) -> bool:
        """Whether a run with this checksum was of this script."""
        return bool(checksum) and self.checksum.accepts(checksum)


def standing(history: Sequence[Applied]) -> tuple[Applied, ...]:
    """The runs that were finished and not rolled back, in their order."""
    return tuple(one for one in history if not one.rolled_back and not one.is_half_up)


def require_whole(history: Sequence[Applied], section: str = "") -> Applied | None:
    """Refuse a database in which a run in place stands half-way, but for one that ``section`` goes on with.

    :raises MigrationError: what to do with it
    """
    half = next((one for one in history if one.unfinished), None)
    if half is None or (section and half.unfinished.startswith(section)):
        return half
    command = "migrate" if half.is_half_up else "rollback"
    raise MigrationError(
        f"{half.id} stands half-way in this database",
        cause=f"{command} --in-place was broken off after {half.progress}",
        hint=f"kuzuvcs {command} --in-place goes on with it; kuzuvcs restore brings back a backup",
    )


def require_known(history: Sequence[Applied], folder: Sequence[Known]) -> None:
    """Hold the folder to what was run: all that is needed to roll back.

    :raises MigrationError: a script that was run is missing or altered
    """
    scripts = {one.id: one for one in folder}
    for one in standing(history):
        if not one.checksum and one.id not in scripts:
            continue
        if one.id not in scripts:
            raise MigrationError(
                f"the script {one.id} is missing",
                cause="the history of the database says that it was run",
                hint="get it back from version control: rolling back needs it; "
                "kuzuvcs repair records that it is gone",
            )
        if one.checksum and not scripts[one.id].is_run(one.checksum):
            raise MigrationError(
                f"the script {one.id} was altered after it was run",
                cause=f"its checksum was {one.checksum[:12]}…, and is {scripts[one.id].checksum.value[:12]}…",
                hint="undo the change, and write what is new into a script of its own; "
                "kuzuvcs repair records it as it is",
            )


def pending(
    history: Sequence[Applied], folder: Sequence[Known], *, out_of_order: bool = False
) -> tuple[str, ...]:
    """The ids of the scripts that are still to be run; ``out_of_order``, those before one that was run, too.

    Scripts of branches that a merge script joins may be run in either order, branch by branch.

    :raises MigrationError: a script that was run is missing or altered, or one stands before it that was not
    """
    require_known(history, folder)
    ids = {one.id for one in standing(history)}
    left = tuple(one.id for one in folder if one.id not in ids)
    pledges = {one.id: one.pledge for one in folder if one.pledge is not None}
    merges = Merges(pledges.values())
    for id in left if not out_of_order else ():
        later = [one for one in ids if id < one and not merges.beside(id, one)]
        if later:
            fits = id not in pledges or pledges[id].fits_any_schema
            raise MigrationError(
                f"the script {id} stands before {max(later)}, which was run already",
                cause="the two were written beside each other, and neither knows of the other",
                hint=f"migrate --out-of-order runs {id} now" if fits else MERGE,
            )
    return merges.in_order(left, ids)


def upto(ids: Sequence[str], *, to: str | None, steps: int | None) -> tuple[str, ...]:
    """The first of some ids: all, up to and with ``to``, or so many ``steps``.

    :raises UsageError: ``to`` is none of them
    """
    if to is not None:
        if to not in ids:
            raise UsageError(
                f"{to} is not to be run",
                cause=f"to be run are: {', '.join(ids) or 'none'}",
                hint="kuzuvcs history tells what was run",
            )
        return tuple(ids[: ids.index(to) + 1])
    return tuple(ids if steps is None else ids[:steps])


def to_roll_back(history: Sequence[Applied], *, to: str | None, steps: int) -> tuple[Applied, ...]:
    """The runs to undo, last first: so many, or all after the script ``to``.

    :raises UsageError: ``to`` was not run, or nothing was
    """
    done = standing(history)
    if to is not None:
        places = [place for place, one in enumerate(done) if one.id == to]
        if not places:
            raise UsageError(
                f"{to} was not run, so that there is no way back to it",
                cause=f"run are: {', '.join(one.id for one in done) or 'none'}",
            )
        return tuple(reversed(done[places[0] + 1 :]))
    return tuple(reversed(done[max(0, len(done) - steps) :]))


def require_recorded_named(chosen: Sequence[Applied], named: Collection[str]) -> None:
    """Refuse to roll back a script that was only recorded, unless its id is among ``named``.

    :raises UsageError: the script was never run on this database
    """
    for run in chosen:
        if run.is_recorded and run.id not in named:
            raise UsageError(
                f"{run.id} was recorded, and never run on this database",
                cause="rolling it back drops data that no run of it made, and nothing was captured before it",
                hint=f"kuzuvcs rollback --recorded {run.id} rolls it back all the same; add --schema-only "
                "if its DOWN reads captured rows",
            )


def dropped_by_rollback(history: Sequence[Applied], id: str) -> Applied | None:
    """The last finished run of a script, if it was rolled back and what that dropped was captured."""
    last = next((run for run in reversed(history) if run.id == id and not run.is_half_up), None)
    return last if last is not None and last.rolled_back and last.dropped else None
