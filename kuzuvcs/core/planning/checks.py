"""What has to hold of the data before a rebuild can be run, and what was found when it was looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kuzuvcs.core.planning.conversion import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows of a table as it is before: all of a node table's, or the edges of one connection."""

    table: str
    ends: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CastCheck:
    """Every value of a column can be cast; ``table`` and ``column`` are named as after the rebuild."""

    table: str
    column: str
    rows: tuple[Rows, ...]
    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCheck:
    """A value that becomes a table's key is never NULL and never the same in two rows."""

    table: str
    column: str
    rows: Rows
    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class NeighbourCheck:
    """No node has more than one edge: ``end`` is 0 for the edges that leave it, 1 for those that come."""

    table: str
    rows: Rows
    end: int
    multiplicity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterCheck:
    """A counter has to be brought past the values that a column comes with."""

    table: str
    column: str
    rows: tuple[Rows, ...]
    value: Value


Check = CastCheck | KeyCheck | NeighbourCheck | CounterCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """How many values of a column differ after the cast and back; None where that cannot be compared."""

    count: int | None
    values: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What looking at the data found, by ``(table, column)`` as named after the rebuild.

    ``unfit`` counts the values that become NULL.
    """

    narrowed: Mapping[tuple[str, str], Narrowed] = field(default_factory=dict)
    unfit: Mapping[tuple[str, str], int] = field(default_factory=dict)
