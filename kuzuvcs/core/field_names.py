"""How the field names of a STRUCT or UNION are written in a statement: the engines differ.

Both print a name as they hold it.  In a statement, kuzu keeps backticks as part of the name, so a name
without them can be written only where its grammar takes it bare.  Ladybug takes backticks off, so they
quote any name.  The words were tried one by one on kuzu 0.11.3 and ladybug 0.22.0.
"""

from __future__ import annotations

from dataclasses import dataclass

# fmt: off
_RESERVED = frozenset((
    "ACYCLIC", "ALL", "AND", "ANY", "ASC", "ASCENDING", "CASE", "CAST", "COLUMN", "CREATE", "DBTYPE",
    "DEFAULT", "DESC", "DESCENDING", "DISTINCT", "ELSE", "END", "ENDS", "EXISTS", "FALSE", "GLOB", "GROUP",
    "HEADERS", "HINT", "IN", "INSTALL", "MACRO", "MULTI_JOIN", "NONE", "NOT", "NULL", "ON", "ONLY",
    "OPTIONAL", "OR", "ORDER", "PRIMARY", "PROFILE", "SHORTEST", "SINGLE", "STARTS", "TABLE", "THEN",
    "TRAIL", "TRUE", "UNION", "UNWIND", "WHEN", "WHERE", "WITH", "WSHORTEST", "XOR",
))
# fmt: on


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldNames:
    """An engine's way: ``reserved`` are the words, in upper case, that it does not take bare."""

    quotes_are_kept: bool
    reserved: frozenset[str]

    def takes_bare(self, name: str) -> bool:
        """Whether a statement can hold the name without quotes."""
        # The engine's identifiers: letters of any script, digits, marks, "_" and currency signs.
        letters = name[:1] + name[1:].replace("$", "_")
        return letters.isidentifier() and not (name.isascii() and name.upper() in self.reserved)


QUOTES_KEPT = FieldNames(quotes_are_kept=True, reserved=_RESERVED)
"""Kuzu's."""

QUOTES_REMOVED = FieldNames(quotes_are_kept=False, reserved=_RESERVED | {"FOR", "INDEX", "OPTIONS", "SORTED"})
"""Ladybug's."""
