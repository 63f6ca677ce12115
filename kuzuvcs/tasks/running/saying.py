"""What a run tells of what it drops, before anything is put in place; and how long it took."""

from __future__ import annotations

import time
from collections.abc import Sequence

from kuzuvcs.core.scripts.portions import Portion, portion_text, portion_value
from kuzuvcs.tasks.running.dropped import Dropped
from kuzuvcs.tasks.workplace import Workplace


def say_drops(work: Workplace, id: str, drops: Sequence[Portion]) -> None:
    """What UP of a script drops of this database."""
    if drops:
        work.progress.note(f"{id} drops {_list(drops)}")
        work.events.emit("drops", script=id, section="UP", drops=[portion_value(one) for one in drops])


def say_dropped(work: Workplace, id: str, dropped: Dropped) -> None:
    """What DOWN of a script drops of this database, and where it is kept."""
    if not dropped.portions:
        return
    kept = "; kept in the store, so that kuzuvcs migrate brings it back" if dropped.commits else ""
    work.progress.note(f"the rollback of {id} drops {_list(dropped.portions)}{kept}")
    drops = [portion_value(one) for one in dropped.portions]
    work.events.emit("drops", script=id, section="DOWN", drops=drops, kept=dropped.commits)


def say_not_kept(work: Workplace, id: str) -> None:
    """What DOWN of a script drops is not looked for."""
    work.progress.note(f"what the rollback of {id} drops is neither counted nor kept")


def took(started: float) -> float:
    """Seconds since ``started``, to the millisecond; never 0, which means that a script was only recorded."""
    return max(0.001, round(time.monotonic() - started, 3))


def _list(portions: Sequence[Portion]) -> str:
    return ", ".join(map(portion_text, portions))
