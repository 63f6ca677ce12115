"""Which engine, of which release: as people write it (``ladybug==0.22.0``) and as a header names it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast, get_args

from kuzuvcs.errors import UsageError

EngineName = Literal["kuzu", "ladybug"]

ENGINES: tuple[EngineName, ...] = get_args(EngineName)

_ENGINE = re.compile(r"([a-z]+)(?:==([0-9]+(?:\.[0-9]+)*))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """An engine, and one release of it, or ``None`` for whichever serves."""

    name: EngineName
    release: str | None = None

    def __str__(self) -> str:
        return self.name if self.release is None else f"{self.name}=={self.release}"

    @property
    def order(self) -> tuple[int, ...]:
        """Releases in their order."""
        return release_order(self.release or "")


DEFAULT_ENGINE = Engine(name="kuzu")
"""What a new database is made with where nothing else is said."""


def parse_engine(text: str) -> Engine:
    """The engine that is written as ``kuzu``, ``ladybug`` or ``ladybug==0.22.0``.

    :raises UsageError: it is no engine, or not written so
    """
    found = _ENGINE.fullmatch(text.strip())
    if found is None or found[1] not in ENGINES:
        raise UsageError(
            f"no engine {text!r}",
            cause=f"engines are {' and '.join(ENGINES)}",
            hint="say ladybug for its newest release, or name one: ladybug==0.22.0",
        )
    return Engine(name=cast("EngineName", found[1]), release=found[2])


def release_order(release: str) -> tuple[int, ...]:
    """What releases are sorted by: ``0.10.1`` comes after ``0.9.0``."""
    return tuple(int(part) for part in release.split(".") if part.isdigit())
