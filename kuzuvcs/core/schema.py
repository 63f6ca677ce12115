"""A typed graph schema as values: frozen, hashable, compared by content.

Names are kept as the engine gives them.  Kuzu compares names without regard to case, so
:func:`fold` is the key under which two names are the same.  Tuples that have no order of
their own (tables, columns of a table, connections) compare through the manifest's canonical
form; their order here is the declared one.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase
from typing import Literal, get_args

Multiplicity = Literal["MANY_MANY", "MANY_ONE", "ONE_MANY", "ONE_ONE"]
StorageDirection = Literal["both", "fwd", "bwd"]
IndexKind = Literal["FTS", "HNSW"]

MULTIPLICITIES: tuple[Multiplicity, ...] = get_args(Multiplicity)
STORAGE_DIRECTIONS: tuple[StorageDirection, ...] = get_args(StorageDirection)
INDEX_KINDS: tuple[IndexKind, ...] = get_args(IndexKind)


_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)


def fold(name: str) -> str:
    """The key under which the engine takes two names for the same.

    It folds A–Z and nothing else: ``É`` and ``é``, or two normal forms of one letter, are two
    names (kuzu 0.11.3, tables, columns and sequences alike).
    """
    return name.lower() if name.isascii() else name.translate(_LOWER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """A default that is always the same value.

    ``json`` is the canonical JSON text of the value: every scalar is a JSON string of the
    engine's text for it, NULL is ``null``, LIST and ARRAY are arrays, STRUCT is an object,
    MAP an array of ``[key, value]`` pairs and UNION ``{"tag": …, "value": …}``.  Engines print
    defaults differently and lose signs (ENGINE.md); the evaluated value is what they agree on.
    """

    json: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A default that is evaluated at each insert, as Cypher text: ``nextval('s')``."""

    text: str


Default = Constant | Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A property: its name, its type in canonical text (see :mod:`kuzuvcs.core.types`), its default."""

    name: str
    type: str
    default: Default | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeTable:
    """A node table; ``columns`` hold the primary key column too."""

    name: str
    columns: tuple[Column, ...]
    primary_key: str
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One FROM-TO pair of a rel table, by node table name."""

    source: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RelTable:
    """A rel table with every connection it was declared with."""

    name: str
    connections: tuple[Connection, ...]
    columns: tuple[Column, ...] = ()
    multiplicity: Multiplicity = "MANY_MANY"
    storage_direction: StorageDirection = "both"
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """A user's sequence as declared.  Where it stands is data, not schema."""

    name: str
    start: int = 1
    increment: int = 1
    minimum: int = 1
    maximum: int = 2**63 - 1
    cycle: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Macro:
    """A scalar macro.  ``parameters`` hold ``(name, default text or None)``; ``body`` is Cypher text."""

    name: str
    parameters: tuple[tuple[str, str | None], ...]
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """A full-text (FTS) or vector (HNSW) index; ``options`` are ``(name, Cypher literal)`` by name."""

    table: str
    name: str
    kind: IndexKind
    columns: tuple[str, ...]
    options: tuple[tuple[str, str], ...] = ()


Table = NodeTable | RelTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """Everything that the engine lets one know of a database's shape, without its data."""

    node_tables: tuple[NodeTable, ...] = ()
    rel_tables: tuple[RelTable, ...] = ()
    sequences: tuple[Sequence, ...] = ()
    macros: tuple[Macro, ...] = ()
    indexes: tuple[Index, ...] = ()

    def table(self, name: str) -> Table | None:
        """The node or rel table of that name, as the engine compares names."""
        tables = self.tables()
        exact = next((table for table in tables if table.name == name), None)
        if exact is not None:
            return exact
        key = fold(name)
        return next((table for table in tables if fold(table.name) == key), None)

    def tables(self) -> tuple[Table, ...]:
        """The node tables, then the rel tables, as declared."""
        return (*self.node_tables, *self.rel_tables)
