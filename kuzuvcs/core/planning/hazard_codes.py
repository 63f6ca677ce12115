"""The closed list of hazards: a stable code and a name for each, and what it means.

A code that was given out keeps its meaning and is never used again; ``docs/hazards.md`` has a section
for each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

HazardName = Literal[
    "drops_rows", "drops_edges", "drops_values",
    "narrows_values", "fills_rows", "restarts_sequence",
    "requires_unique",
    "rewrites_table", "column_order",
    "cannot_be_undone",
    "outside_transaction", "unreadable_expression", "reaches_outside", "ends_process", "controls_transaction",
    "unknown_statement", "unbound_parameter",
    "unknown_directive", "doubtful_section", "edited_since_proof",
]  # fmt: skip

Severity = Literal["error", "warning"]
"""An ``error`` that a script does not allow makes ``kuzuvcs lint`` exit with 1; a ``warning`` is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardKind:
    """One entry of the list; ``meaning`` is one line."""

    code: str
    name: HazardName
    severity: Severity
    meaning: str


def _kind(code: str, name: HazardName, severity: Severity, meaning: str) -> HazardKind:
    return HazardKind(code=code, name=name, severity=severity, meaning=meaning)


HAZARD_KINDS = (
    _kind("KV101", "drops_rows", "error", "rows of a table are deleted"),
    _kind("KV102", "drops_edges", "error", "edges of a rel table or connection are deleted"),
    _kind("KV103", "drops_values", "error", "values of a column are deleted, or become NULL"),
    _kind("KV201", "narrows_values", "error", "values are replaced, or cast to a type that may not hold all"),
    _kind("KV202", "fills_rows", "warning", "every row that is there gets the default of a new column"),
    _kind("KV203", "restarts_sequence", "error", "a sequence starts again, and gives numbers twice"),
    _kind("KV301", "requires_unique", "warning", "every value of a new key has to be there, and there once"),
    _kind("KV401", "rewrites_table", "warning", "a table is written anew, with all its rows"),
    _kind("KV402", "column_order", "warning", "columns stand in another order than declared"),
    _kind("KV501", "cannot_be_undone", "warning", "DOWN does not bring back what was there"),
    _kind("KV601", "outside_transaction", "warning", "a statement that no transaction can take back"),
    _kind("KV602", "unreadable_expression", "error", "an expression that keeps the database shut for good"),
    _kind("KV603", "reaches_outside", "error", "a statement that reads or writes outside of the database"),
    _kind("KV604", "ends_process", "error", "statements over which the engine ends its process"),
    _kind("KV605", "controls_transaction", "error", "a script begins or ends a transaction by itself"),
    _kind("KV606", "unknown_statement", "error", "a statement, or a part of one, that kuzuvcs does not know"),
    _kind("KV607", "unbound_parameter", "error", "a parameter that nothing binds: it would be NULL"),
    _kind("KV701", "unknown_directive", "error", "a kuzuvcs: comment with an unknown word or code"),
    _kind("KV702", "doubtful_section", "error", "UP is empty, or a section's mark is inside a comment"),
    _kind("KV703", "edited_since_proof", "warning", "the script is not the one that was proven"),
)  # fmt: skip
"""By code, ascending; the first digit is the group: data lost, values changed, constraints, cost and shape,
undoing, running, the script itself."""

_BY_NAME = {kind.name: kind for kind in HAZARD_KINDS}
_BY_CODE = {kind.code: kind for kind in HAZARD_KINDS}


def kind_of(name: HazardName) -> HazardKind:
    """The entry of that name."""
    return _BY_NAME[name]


def kind_with_code(code: str) -> HazardKind | None:
    """The entry with that code, if there is one."""
    return _BY_CODE.get(code)
