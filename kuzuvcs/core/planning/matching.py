"""What a query matches beside the rows that it is about: conditions on them, and further edges."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One more edge of a pattern, from a row that the pattern has to one that it brings in.

    ``start`` and ``end`` are variables; the edge leads from ``end`` to ``start`` where it is not ``forward``.
    A row without such an edge is left out, or has NULLs there where the hop is ``optional``.
    """

    start: str
    rel: str
    end: str
    table: str
    forward: bool = True
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Is:
    """A column has a value, given as the text that casts to its type; None is NULL."""

    variable: str
    column: str
    type: str
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IsNone:
    """A column is not NULL, and none of these values, given as texts that cast to its type."""

    variable: str
    column: str
    type: str = ""
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacks:
    """A row has no such edge to, or where it is not ``forward`` from, a row of ``table``."""

    variable: str
    rel: str
    table: str
    forward: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf:
    """At least one of these conditions holds."""

    conditions: tuple[Condition, ...]


Condition = Is | IsNone | Lacks | AnyOf
