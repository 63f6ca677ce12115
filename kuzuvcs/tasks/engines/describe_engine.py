"""What a database file is, told from its header and from what is on this machine."""

from __future__ import annotations

from pathlib import Path

from kuzuvcs.engines.choice import at_hand
from kuzuvcs.engines.client import read_header
from kuzuvcs.engines.defects import defect_of
from kuzuvcs.engines.environments import Environment, made_environments, own_environments
from kuzuvcs.engines.releases import known_releases
from kuzuvcs.results import DatabaseEngine, EngineAtHand


def describe_engine(database: Path) -> DatabaseEngine:
    """The engine of a database, its storage version, and the releases that read it.

    :raises NotADatabase: it is none
    """
    header = read_header(database)
    reader = at_hand(header)
    releases = {
        one.engine
        for one in (*known_releases(header.engine), *(one.release for one in engines()))
        if one.reads(header.engine, header.storage, read_only=True)
        and defect_of(one.engine, read_only=True) is None
    }
    return DatabaseEngine(
        database=database,
        engine=header.engine,
        storage=header.storage,
        identity=header.identity,
        reads=None if reader is None else reader.engine,
        releases=tuple(sorted(releases, key=lambda engine: engine.order)),
    )


def engines() -> tuple[Environment, ...]:
    """The engines on this machine: those beside kuzuvcs, then those in environments of their own."""
    return (*own_environments(), *made_environments())


def at_hand_of(environment: Environment) -> EngineAtHand:
    """An environment as a result."""
    return EngineAtHand(
        engine=environment.engine, storage=environment.release.storage, folder=environment.folder
    )
