"""What becomes of the history of migrations when a version takes a database's place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kuzuvcs.core.scripts.history import Applied, standing


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


def _upto_digest(done: Sequence[Applied], digest: str) -> tuple[Applied, ...]:
    places = [at for at, one in enumerate(done) if one.to_digest == digest]
    if places:
        return tuple(done[: places[-1] + 1])
    return () if done and done[0].from_digest == digest else tuple(done)
