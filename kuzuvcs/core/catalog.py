"""What an engine's catalog says, word for word, before it is made into a schema.

The engine prints defaults and macros without parentheses and signs, and does not tell some things
of some tables at all (ENGINE.md).  A ``None`` here means: not told this way.
"""

from __future__ import annotations

from dataclasses import dataclass

from kuzuvcs.core.schema import Index, Multiplicity, Sequence, StorageDirection


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogColumn:
    """A property with its id within the table; ``default`` is the engine's text, ``None`` for NULL."""

    id: int
    name: str
    type: str
    default: str | None
    is_key: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogTable:
    """A node or rel table with its id; rel tables list ``(source, target)`` connections."""

    id: int
    name: str
    is_node: bool
    comment: str
    columns: tuple[CatalogColumn, ...]
    connections: tuple[tuple[str, str], ...] = ()
    multiplicity: Multiplicity | None = None
    storage_direction: StorageDirection | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogMacro:
    """A macro as the engine prints it: parameters with their default text, and the body."""

    name: str
    parameters: tuple[tuple[str, str | None], ...]
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unkept:
    """Something of a table that a version does not keep: in a few words, and in a sentence."""

    table: str
    what: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """The whole catalog; ``positions`` hold each sequence's last value, ``None`` while unused.

    ``indexes_not_loaded`` names indexes whose extension is not there, so that they cannot be read.
    ``untold`` says whether multiplicities and macros are missing because the engine's own schema
    export fails here; ``warnings`` what else the engine does not tell; ``unkept`` what a version does not
    keep.
    """

    tables: tuple[CatalogTable, ...]
    sequences: tuple[Sequence, ...]
    positions: tuple[tuple[str, int | None], ...]
    macros: tuple[CatalogMacro, ...]
    indexes: tuple[Index, ...]
    indexes_not_loaded: tuple[str, ...] = ()
    untold: bool = False
    warnings: tuple[str, ...] = ()
    unkept: tuple[Unkept, ...] = ()
