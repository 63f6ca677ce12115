"""Which environment opens a database: an installed one, one at hand, or one that the index offers.

That a release reads a file is known of its storage version, and for one that nobody here knows it is found by
halving what the index offers: releases and storage versions grow together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from kuzuvcs.core.engine import Engine, EngineName
from kuzuvcs.engines.defects import Defect, defect_of
from kuzuvcs.engines.environments import (
    Environment,
    all_offered,
    made_environments,
    make,
    newest_offered,
    own_environments,
)
from kuzuvcs.engines.header import Header
from kuzuvcs.engines.releases import Release, known_releases, nearest
from kuzuvcs.errors import DefectiveRelease, EngineError, NotADatabase

Use = Literal["read", "write", "private"]
"""What a database is opened for.

``write``: only by a release that leaves its storage version as it is.  ``private``: it is a copy, which may
be written to and brought up to a later storage version.
"""


def environment_of(engine: Engine) -> Environment:
    """Where to make a new database of ``engine``.

    :raises DefectiveRelease: that release has a known defect
    :raises EngineError: that release is not on this machine and cannot be had
    """
    if defect := defect_of(engine, read_only=False):
        raise DefectiveRelease(
            f"no database is made with {engine}",
            cause=_words(defect),
            hint=f"name a later release, or the newest: {engine.name}",
        )
    here = [
        one
        for one in (*own_environments(), *made_environments())
        if one.engine.name == engine.name
        and engine.release in (None, one.engine.release)
        and defect_of(one.engine, read_only=False) is None
    ]
    if here:
        return here[0]
    return make(engine if engine.release is not None else newest_offered(engine.name))


def at_hand(header: Header) -> Environment | None:
    """The environment on this machine that reads a database, if there is one."""
    return next(iter(_here(header, "read")), None)


def environment_for(header: Header, use: Use) -> Environment:
    """Where to open an existing database, for ``use``.

    The installed engine comes first, then the newest release.  One with a known defect is not taken
    (:mod:`~kuzuvcs.engines.defects`).

    :raises NotADatabase: no release is known or offered that reads it
    :raises DefectiveRelease: every release that writes its storage version has a known defect
    :raises EngineError: the release that does is not on this machine and cannot be had
    """
    if here := _here(header, use):
        return here[0]
    known = [one for one in known_releases(header.engine) if _reads(one, header, use)]
    sound = [one for one in known if defect_of(one.engine, read_only=use == "read") is None]
    if sound:
        return make(sound[-1].engine)
    if known or _here(header, use, sound=False):
        raise _defective(header, known[-1] if known else _here(header, use, sound=False)[0].release, use)
    found = _searched(header)
    if defect_of(found.engine, read_only=use == "read") is not None:
        raise _defective(header, found.release, use)
    return found


def _here(header: Header, use: Use, *, sound: bool = True) -> list[Environment]:
    """The environments on this machine that serve; with ``sound``, those without a known defect."""
    made = sorted(made_environments(), key=lambda one: one.engine.order, reverse=True)
    return [
        one
        for one in (*own_environments(), *made)
        if _reads(one.release, header, use) and not (sound and defect_of(one.engine, read_only=use == "read"))
    ]


def _reads(release: Release, header: Header, use: Use) -> bool:
    return release.reads(header.engine, header.storage, read_only=use != "write")


def _defective(header: Header, release: Release, use: Use) -> DefectiveRelease:
    defect = defect_of(release.engine, read_only=use == "read")
    assert defect is not None
    way = "kuzuvcs engine install" if use != "write" else "kuzuvcs upgrade"
    rest = header.engine if use != "write" else f"{header.path.name} NEW --engine {header.engine}"
    return DefectiveRelease(
        f"{header.path} is not opened with {release.engine}, which wrote it",
        cause=_words(defect),
        hint=f"{way} {rest}",
    )


def _words(defect: Defect) -> str:
    return f"{defect.engine} {defect.first} to {defect.last}: {defect.words} ({defect.source})"


def _searched(header: Header) -> Environment:
    """Halve the releases that may write this storage version; each one tried stays in the cache."""
    try:
        offered = _between(header, all_offered(header.engine))
    except EngineError as error:
        raise unreadable(header, f"; {error.cause}") from error
    low, high = 0, len(offered)
    while low < high:
        middle = (low + high) // 2
        one = make(offered[middle])
        if one.release.storage == header.storage:
            return one
        low, high = (low, middle) if one.release.storage < header.storage else (middle + 1, high)
    raise unreadable(header)


def _between(header: Header, offered: Sequence[Engine]) -> list[Engine]:
    """Those, newest first, that the known releases on both sides leave possible."""
    near = nearest(header.engine, header.storage)
    below = max((one.engine.order for one in near if one.storage < header.storage), default=())
    above = min((one.engine.order for one in near if one.storage > header.storage), default=None)
    return [one for one in offered if one.order > below and (above is None or one.order < above)]


def unreadable(header: Header, asked: str = "; the package index offers none") -> NotADatabase:
    """That no release reads a file: the number, the nearest known ones, and what to try."""
    name: EngineName = header.engine
    near = " and ".join(f"{one.engine} writes {one.storage}" for one in nearest(name, header.storage))
    return NotADatabase(
        f"no release of {name} is known that reads {header.path}",
        cause=f"its storage version is {header.storage}; {near}{asked}",
        hint=f"where there is a network, run for the release that wrote it: kuzuvcs engine install {name}==…",
    )
