"""Parts of a database's content that a script drops, or that come back: counted, and put into words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kuzuvcs.core.comparing.describe import shown

PortionKind = Literal["rows", "edges", "values", "sequence"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """Rows of a node table, edges of one connection of a rel table, or values of one column.

    ``source`` and ``target`` are the ends of a connection, empty for a node table.  For a sequence,
    ``table`` is its name and ``count`` its last value.  ``captured`` is false where a rollback cannot keep
    it: rows under keys that UP numbers again cannot be found later.
    """

    kind: PortionKind
    table: str
    count: int
    source: str = ""
    target: str = ""
    column: str = ""
    captured: bool = True


def portion_text(portion: Portion) -> str:
    """``1,000 values of User.email``, ``1 edge of Knows (User to City)``."""
    name = shown(portion.table)
    if portion.kind == "sequence":
        return f"the position {portion.count:,} of sequence {name}"
    if portion.column:
        name = f"{name}.{shown(portion.column)}"
    if portion.source:
        name = f"{name} ({shown(portion.source)} to {shown(portion.target)})"
    noun = portion.kind if portion.count != 1 else portion.kind.removesuffix("s")
    return f"{portion.count:,} {noun} of {name}"


def portion_value(portion: Portion) -> dict[str, object]:
    """The portion for ``--json``; what does not apply is null."""
    return {
        "kind": portion.kind,
        "table": portion.table,
        "from": portion.source or None,
        "to": portion.target or None,
        "column": portion.column or None,
        "count": portion.count,
    }
