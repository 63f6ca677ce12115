"""The history of migrations in a database, and what it says is to be run next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kuzuvcs.errors import MigrationError, UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """One run of a script's UP: when (UTC, ISO 8601), how long, by which release of kuzuvcs.

    The versions are those that the script names, the digests those of the schemas that were seen before and
    after.  ``capture`` is the commit in the store of what DOWN reads, empty where nothing was captured.
    ``rolled_back`` is when, empty while it stands.  ``unfinished`` is of a run in place that was broken off:
    its section, and how many of the section's statements are done: ``UP 3``; ``UP 3+`` if one more may be.
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

    @property
    def is_half_up(self) -> bool:
        """Whether its UP was begun in place, and not finished."""
        return self.unfinished.startswith("UP")

    @property
    def progress(self) -> str:
        """How far a run that was broken off had come: ``3 statements of UP``."""
        section, _, done = self.unfinished.rstrip("+").partition(" ")
        return f"{done} statements of {section}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A script of the folder as the history has to know it."""

    id: str
    checksum: str


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
    checksums = {one.id: one.checksum for one in folder}
    for one in standing(history):
        if not one.checksum and one.id not in checksums:
            continue
        if one.id not in checksums:
            raise MigrationError(
                f"the script {one.id} is missing",
                cause="the history of the database says that it was run",
                hint="get it back from version control: rolling back needs it; "
                "kuzuvcs repair records that it is gone",
            )
        if one.checksum and checksums[one.id] != one.checksum:
            raise MigrationError(
                f"the script {one.id} was altered after it was run",
                cause=f"its checksum was {one.checksum[:12]}…, and is {checksums[one.id][:12]}…",
                hint="undo the change, and write what is new into a script of its own; "
                "kuzuvcs repair records it as it is",
            )


def pending(
    history: Sequence[Applied], folder: Sequence[Known], *, out_of_order: bool = False
) -> tuple[str, ...]:
    """The ids of the scripts that are still to be run; ``out_of_order``, those before one that was run, too.

    :raises MigrationError: a script that was run is missing or altered, or one stands before it that was not
    """
    require_known(history, folder)
    ids = {one.id for one in standing(history)}
    left = tuple(one.id for one in folder if one.id not in ids)
    last = max(ids, default="")
    early = [id for id in left if id < last]
    if early and not out_of_order:
        later = sum(early[0] < id for id in ids)
        raise MigrationError(
            f"the script {early[0]} stands before {last}, which was run already",
            cause="the two were written beside each other, and neither starts from where the other leads",
            hint=f"kuzuvcs rollback {later}, remove {last} from the folder if it is not shared yet, kuzuvcs "
            "repair, kuzuvcs migrate, and generate its change again; where both fit as they are, "
            f"migrate --out-of-order runs {early[0]} now",
        )
    return left


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


def after_checkout(
    live: Sequence[Applied], kept: Sequence[Applied] | None, digest: str, when: str
) -> tuple[Applied, ...]:
    """The history of a live database whose content a version takes the place of.

    No run is forgotten: those that the version has not seen are rolled back by it, those that it has and that
    had been rolled back since stand again.  ``kept`` is the version's own history; where it kept none, its
    schema's ``digest`` tells how far the runs had come, and where that tells nothing they stay as they are.
    """
    done = standing(live)
    version = _upto_digest(done, digest) if kept is None else standing(kept)
    seen = {one.id for one in version}
    there = {one.id for one in done}
    marked = tuple(
        replace(one, rolled_back=when) if not one.rolled_back and one.id not in seen else one for one in live
    )
    last = max((one.number for one in live), default=0)
    again = (one for one in version if one.id not in there)
    return (*marked, *(replace(one, number=last + at) for at, one in enumerate(again, 1)))


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkQuestion:
    """Whether a script that was just written is recorded as run: the live database has its schema."""

    id: str

    def text(self) -> str:
        """The question for people."""
        return f"record {self.id} as run? the live database has its schema already"

    def options(self) -> tuple[str, str]:
        """The command-line options for yes and for no."""
        return "--mark-applied", "--no-input"


def _upto_digest(done: Sequence[Applied], digest: str) -> tuple[Applied, ...]:
    places = [at for at, one in enumerate(done) if one.to_digest == digest]
    if places:
        return tuple(done[: places[-1] + 1])
    return () if done and done[0].from_digest == digest else tuple(done)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pledge:
    """From which schema a script leads to which, by digests; empty where its head does not say."""

    id: str
    from_digest: str
    to_digest: str


def already_there(left: Sequence[Pledge], expected: str, found: str) -> tuple[str, ...]:
    """The ids of the scripts still to be run that a database of schema ``found`` must have seen.

    ``expected`` is the schema that the last run left, empty where there was none.  Seen were scripts of which
    each leads on from the one before, and the last to ``found``.

    :raises MigrationError: without a history ``found`` is where the scripts start as well as where one leads
    """
    if found == expected:
        return ()
    at = expected
    seen = 0
    staying: list[str] = []
    """Scripts that leave the schema as it is: no schema tells whether they were run."""
    for number, one in enumerate(left, 1):
        if not one.to_digest or (at and one.from_digest != at):
            break
        at = one.to_digest
        if one.from_digest == at:
            staying.append(one.id)
        elif at == found:
            seen = number
    for id in staying:
        if id in {one.id for one in left[:seen]}:
            raise MigrationError(
                f"it cannot be told whether {id} was run",
                cause="it leaves the schema as it is, and a later script's schema is there already",
                hint=f"--mark-applied --to {left[seen - 1].id} says that all up to that one were",
            )
    if seen and not expected and left[0].from_digest == found:
        raise MigrationError(
            f"it cannot be told whether the scripts up to {left[seen - 1].id} were run",
            cause="the live database has no history, and they lead back to the schema that they start from",
            hint=f"--mark-applied --to {left[seen - 1].id} says that they were, --as-recorded runs them",
        )
    return tuple(one.id for one in left[:seen])
