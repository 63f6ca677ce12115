"""Applied scripts whose files are gone, and the scripts in the folder that make the same steps.

A file that was renamed, or removed and generated again, leaves a run in the history that no file belongs to,
and a file that cannot run: its change is in the database already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kuzuvcs.core.scripts.history import Applied, Known, standing
from kuzuvcs.core.scripts.pledge import Pledge
from kuzuvcs.core.scripts.steps import steps_between
from kuzuvcs.errors import MigrationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """Runs whose scripts are gone, and the ids of the scripts that take their place, both in order."""

    runs: tuple[Applied, ...]
    by: tuple[str, ...]


def replacements(
    history: Sequence[Applied], pledges: Sequence[Pledge], folder: Sequence[Known], digest: str
) -> tuple[Replaced, ...]:
    """What takes the place of what is gone; ``digest`` is the live database's schema.

    The same text under another name is a rename.  Otherwise a script has to lead between the same two schemas
    as the run, and must not be one that can run next.  For the last runs that are gone, several scripts may
    take the place of one, or one that of several.
    """
    done = standing(history)
    ids = {one.id for one in done}
    files = {one.id for one in folder}
    gone = [one for one in done if one.id not in files]
    free = [one for one in folder if one.id not in ids]
    if not gone or not free:
        return ()
    found: list[Replaced] = []
    for run in gone:
        same = next((one for one in free if run.checksum and one.is_run(run.checksum)), None)
        if same is not None:
            found.append(Replaced(runs=(run,), by=(same.id,)))
            free.remove(same)
    renamed = {one.runs[0].number for one in found}
    unused = {one.id for one in free}
    left = [one for one in pledges if one.id in unused]
    stuck = _stuck(left, (digest, done[-1].to_digest))
    for run in gone:
        step = next((one for one in stuck if _step(one) == (run.from_digest, run.to_digest)), None)
        if run.number not in renamed and step is not None and step.from_digest != step.to_digest:
            found.append(Replaced(runs=(run,), by=(step.id,)))
            stuck.remove(step)
    taken = {run.number for one in found for run in one.runs}
    tail = _tail(done, {one.number for one in gone} - taken)
    for start in range(len(tail) - 1, -1, -1):
        by = steps_between(stuck, tail[start].from_digest, tail[-1].to_digest)
        if by:
            found.append(Replaced(runs=tuple(tail[start:]), by=by))
            break
    return tuple(found)


def may_be_replaced(history: Sequence[Applied], folder: Sequence[Known]) -> bool:
    """Whether a script that was applied is gone, and another one was never applied."""
    ids, files = {one.id for one in standing(history)}, {one.id for one in folder}
    return bool(ids - files and files - ids)


def require_none_replaced(
    history: Sequence[Applied], pledges: Sequence[Pledge], folder: Sequence[Known], digest: str
) -> None:
    """Refuse to go on before the history names the scripts that the folder has.

    :raises MigrationError: a script makes the change of one that was applied and is gone
    """
    found = replacements(history, pledges, folder, digest)
    if found:
        gone, new = " and ".join(one.id for one in found[0].runs), " and ".join(found[0].by)
        raise MigrationError(
            f"the script {new} makes the same change as {gone}, which was applied and is gone",
            cause="the file was renamed, or removed and generated again, and its change is in the database",
            hint=f"kuzuvcs repair records {new} as applied in its place",
        )


def _step(one: Pledge) -> tuple[str, str]:
    return one.from_digest, one.to_digest


def _stuck(left: Sequence[Pledge], starts: Sequence[str]) -> list[Pledge]:
    """The scripts that no run would come to, from the live schema or from the one that the history names."""
    runnable: set[str] = set()
    for start in starts:
        at = start
        for one in left:
            if one.from_digest in ("", at):
                runnable.add(one.id)
                at = one.to_digest or at
    return [one for one in left if one.id not in runnable]


def _tail(done: Sequence[Applied], gone: set[int]) -> list[Applied]:
    """The last runs, as far as all of them are gone."""
    tail: list[Applied] = []
    for run in reversed(done):
        if run.number not in gone:
            break
        tail.insert(0, run)
    return tail
