"""What is counted in the data before a refactoring, and what has to be accounted for after it."""

from __future__ import annotations

from dataclasses import dataclass

from kuzuvcs.core.planning.checks import Rows
from kuzuvcs.core.planning.hazard_codes import HazardName
from kuzuvcs.core.planning.kept_data import FileKey
from kuzuvcs.core.planning.matching import Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """The rows of a table on which conditions hold: the variable is ``n`` for nodes, ``r`` for edges.

    ``column`` is the one whose values are the examples.
    """

    rows: Rows
    where: tuple[Condition, ...] = ()
    column: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowded:
    """The nodes that have more than one edge of a connection: that leave (``end`` 0) or reach (1) them."""

    rows: Rows
    end: int
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedKeys:
    """The keys that rows of both tables have; ``tables`` are ``(table, key column)``."""

    tables: tuple[tuple[str, str], tuple[str, str]]


Count = Matching | Crowded | SharedKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What must not be there: ``{count} {unit} {text}`` says what was found, ``hint`` what to do."""

    count: Count
    unit: str
    text: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What UP takes away that DOWN cannot bring back: ``{verb} {count} {unit} {text}``."""

    count: Count
    unit: str
    text: str
    name: HazardName
    verb: str = "drops"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The rows of a node table or connection, or where ``column`` is given its values that are not NULL."""

    file: FileKey
    column: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """All of ``before``, but for what is ``lost``, is there again in ``after``: sums of two versions."""

    text: str
    before: tuple[Tally, ...]
    after: tuple[Tally, ...]
    lost: tuple[Count, ...] = ()
