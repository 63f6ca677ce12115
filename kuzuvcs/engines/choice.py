"""Which environment opens a database: an installed one, one at hand, or one that the index offers.

That a release reads a file is known of its storage version, and for one that nobody here knows it is found by
halving what the index offers: releases and storage versions grow together.
"""

from __future__ import annotations

from collections.abc import Sequence

from kuzuvcs.core.engine import Engine, EngineName
from kuzuvcs.engines.environments import (
    Environment,
    all_offered,
    made_environments,
    make,
    newest_offered,
    own_environments,
)
from kuzuvcs.engines.header import Header
from kuzuvcs.engines.releases import known_releases, nearest
from kuzuvcs.errors import EngineError, NotADatabase


def environment_of(engine: Engine) -> Environment:
    """Where to make a new database of ``engine``.

    :raises EngineError: that release is not on this machine and cannot be had
    """
    here = [
        one
        for one in (*own_environments(), *made_environments())
        if one.engine.name == engine.name and engine.release in (None, one.engine.release)
    ]
    if here:
        return here[0]
    return make(engine if engine.release is not None else newest_offered(engine.name))


def at_hand(header: Header) -> Environment | None:
    """The environment on this machine that reads a database, if there is one."""
    here = (*own_environments(), *made_environments())
    exact = [one for one in here if one.release.reads(header.engine, header.storage, read_only=False)]
    able = [one for one in here if one.release.reads(header.engine, header.storage, read_only=True)]
    return next(iter([*exact, *able]), None)


def environment_for(header: Header, *, read_only: bool) -> Environment:
    """Where to open an existing database.

    For writing, only a release that leaves its storage version as it is.

    :raises NotADatabase: no release is known or offered that reads it
    :raises EngineError: the release that does is not on this machine and cannot be had
    """
    here = (*own_environments(), *made_environments())
    for exact in (True, False):
        for one in here:
            if one.release.reads(header.engine, header.storage, read_only=read_only and not exact):
                return one
    known = [
        one
        for one in known_releases(header.engine)
        if one.reads(header.engine, header.storage, read_only=False)
    ]
    if known:
        return make(known[-1].engine)
    return _searched(header)


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
