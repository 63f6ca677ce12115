"""Which release reads and writes which storage version.

The known pairs are a shortcut and no truth: what an environment on this machine says of itself comes first,
and a storage version that nothing here knows is looked for among what the package index offers
(:mod:`kuzuvcs.engines.environments`).
"""

from __future__ import annotations

from dataclasses import dataclass

from kuzuvcs.core.engine import Engine, EngineName

_KNOWN: dict[EngineName, tuple[tuple[str, int], ...]] = {
    "kuzu": (
        ("0.6.1", 28),
        ("0.7.1", 34),
        ("0.8.2", 36),
        ("0.9.0", 37),
        ("0.10.1", 38),
        ("0.11.3", 39),
    ),
    "ladybug": (
        ("0.15.3", 40),
        ("0.16.1", 40),
        ("0.17.1", 41),
        ("0.18.3", 42),
        ("0.20.4", 47),
        ("0.21.2", 47),
        ("0.22.0", 49),
    ),
}
"""Tried: an empty database was made with each."""

_READS_OLDER: frozenset[EngineName] = frozenset({"ladybug"})
"""Engines whose later releases read what earlier ones wrote (seen of every pair above)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A release and the storage version that it writes."""

    engine: Engine
    storage: int

    def reads(self, engine: EngineName, storage: int, *, read_only: bool) -> bool:
        """Whether it opens a file of that storage version, without bringing it up to another one."""
        if self.engine.name != engine:
            return False
        return storage == self.storage or (read_only and engine in _READS_OLDER and storage < self.storage)


def known_releases(name: EngineName) -> tuple[Release, ...]:
    """The releases whose storage version is known, oldest first."""
    return tuple(
        Release(engine=Engine(name=name, release=release), storage=storage)
        for release, storage in _KNOWN[name]
    )


def known_storage(engine: Engine) -> int | None:
    """The storage version that a release writes, where it is known."""
    return dict(_KNOWN[engine.name]).get(engine.release or "")


def nearest(name: EngineName, storage: int) -> tuple[Release, ...]:
    """The known releases just below and just above a storage version."""
    below = [one for one in known_releases(name) if one.storage < storage][-1:]
    above = [one for one in known_releases(name) if one.storage > storage][:1]
    return (*below, *above)
