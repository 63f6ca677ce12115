"""Scripts that a database has seen already, though its history does not say so: its author's, say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kuzuvcs.core.scripts.history import Applied, pending, standing
from kuzuvcs.core.scripts.merging import Merges
from kuzuvcs.core.scripts.recognition import already_there
from kuzuvcs.core.scripts.replacing import require_none_replaced
from kuzuvcs.migrations.folder import MigrationFile, pledge
from kuzuvcs.release import RELEASE
from kuzuvcs.tasks.reading.history import known, now, of_script


def recognised(
    scripts: Sequence[MigrationFile], history: Sequence[Applied], digest: str
) -> tuple[Applied, ...]:
    """The scripts to be run whose schema the database has, as runs that were not seen.

    :raises MigrationError: the folder is not what the history knows, or it cannot be told
    """
    done = standing(history)
    left = pending(history, known(scripts), out_of_order=True)
    by_id = {one.id: one for one in scripts}
    merges = Merges(map(pledge, scripts))
    for order in merges.orders(left, {one.id for one in done}):
        pledges = [pledge(by_id[id]) for id in order]
        if seen := already_there(pledges, done[-1].to_digest if done else "", digest, merges):
            return as_runs([by_id[id] for id in seen], history)
    return ()


def require_named(scripts: Sequence[MigrationFile], history: Sequence[Applied], digest: str) -> None:
    """Refuse a history that names a script that is gone, where another script makes its change.

    ``digest`` is the live schema's.

    :raises MigrationError: the two
    """
    require_none_replaced(history, [pledge(one) for one in scripts], known(scripts), digest)


def as_runs(scripts: Iterable[MigrationFile], history: Sequence[Applied]) -> tuple[Applied, ...]:
    """Scripts as runs that took no time, numbered after the history's."""
    last = max((one.number for one in history), default=0)
    return tuple(
        Applied(
            number=number,
            **of_script(one),
            from_digest=one.script.head.value("from-digest"),
            to_digest=one.script.head.value("to-digest"),
            applied=now(),
            seconds=0.0,
            release=RELEASE,
        )
        for number, one in enumerate(scripts, last + 1)
    )
