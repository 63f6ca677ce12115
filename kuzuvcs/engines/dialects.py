"""The one place where an engine and its release choose the code that knows their ways."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import assert_never

from kuzuvcs.core.catalog import Catalog, CatalogTable
from kuzuvcs.core.engine import Engine, EngineName
from kuzuvcs.core.field_names import QUOTES_KEPT, QUOTES_REMOVED, FieldNames
from kuzuvcs.core.schema import IndexKind
from kuzuvcs.engines.catalog import CatalogReader, FileBytes, Statements
from kuzuvcs.engines.kuzu import KuzuCatalog
from kuzuvcs.engines.kuzu_old import GroupingKuzuCatalog, OldestKuzuCatalog, OldKuzuCatalog
from kuzuvcs.engines.ladybug import LadybugCatalog, load_extensions
from kuzuvcs.errors import UsageError


def read_catalog(
    engine: Statements,
    scratch: Path,
    *,
    export: bool = True,
    private: bool = False,
    positions: bool = True,
    file: FileBytes | None = None,
) -> Catalog:
    """Read the catalog of an open database.

    ``export=False`` leaves out what only the engine's schema export tells (multiplicities, macros).
    ``positions=False`` leaves out where the sequences are, which an open transaction does not survive.
    ``private`` says that it is a copy that may be written to: more can be found out there.
    ``file`` reads the file of a database for which :func:`shows_more_in_its_file`; without it, what only the
    file shows is left out.

    :raises UnsupportedDatabase: it has something that a version cannot hold
    :raises EngineError: the engine refuses one of its own table functions
    """
    reader = _catalog_reader(engine.engine)
    return reader(engine, scratch, private=private, file=file).read(export=export, positions=positions)


def shows_more_in_its_file(name: EngineName) -> bool:
    """Whether no statement shows all that a database's catalog holds."""
    match name:
        case "kuzu":
            return False
        case "ladybug":
            return True
        case _:
            assert_never(name)


def read_tables(engine: Statements, scratch: Path) -> tuple[CatalogTable, ...]:
    """The tables of an open database, by statements that any open transaction survives.

    Multiplicities, storage directions, and columns of tables with a dot in their name are left out.
    """
    return tuple(_catalog_reader(engine.engine)(engine, scratch, private=False).tables())


def fixed_keys(engine: Statements, scratch: Path) -> frozenset[tuple[str, str]]:
    """Table and column of the keys that cannot be renamed, or must not be."""
    return _catalog_reader(engine.engine)(engine, scratch, private=False).fixed_keys()


def require_writable(engine: Engine) -> None:
    """Raise for a release that databases are read with, but not made.

    :raises UsageError: its COPY knows no connections
    """
    oldest = _OLDEST_MADE.get(engine.name, ())
    if engine.release is not None and engine.order < oldest:
        raise UsageError(
            f"no database is made with {engine}",
            cause="databases of so old a release are only read",
            hint=f"name one from {engine.name} {'.'.join(map(str, oldest))} on",
        )


def readers_take_lock(name: EngineName) -> bool:
    """Whether an engine that reads a database keeps writers out of it."""
    match name:
        case "kuzu":
            return True
        case "ladybug":
            return False
        case _:
            assert_never(name)


def takes_tables_by_name(engine: Engine) -> bool:
    """Whether an Arrow table is a variable to its statements; else it is a parameter, ``$data``."""
    match engine.name:
        case "kuzu":
            return engine.order < _TABLES_AS_PARAMETERS
        case "ladybug":
            return False
        case _:
            assert_never(engine.name)


def mixes_up_writes(engine: Engine) -> bool:
    """Whether it crashes, or loses and keeps wrong edges, where writes meet without a CHECKPOINT between."""
    match engine.name:
        case "kuzu":
            return True
        case "ladybug":
            return False
        case _:
            assert_never(engine.name)


def breaks_tables_in_replay(engine: Engine) -> bool:
    """Whether a replayed ``ALTER TABLE … DROP`` breaks the table (:mod:`kuzuvcs.engines.mending`)."""
    match engine.name:
        case "kuzu":
            return engine.order >= _BREAKING_REPLAYS
        case "ladybug":
            return False
        case _:
            assert_never(engine.name)


def field_names(engine: Engine) -> FieldNames:
    """How it writes the field names of a STRUCT or UNION."""
    match engine.name:
        case "kuzu":
            return QUOTES_KEPT
        case "ladybug":
            return QUOTES_REMOVED
        case _:
            assert_never(engine.name)


def has_drop_macro(engine: Engine) -> bool:
    """Whether it has a statement that drops a macro: ``DROP MACRO``."""
    match engine.name:
        case "kuzu":
            return False
        case "ladybug":
            return True
        case _:
            assert_never(engine.name)


def copies_without_casts(engine: Engine) -> bool:
    """Whether a COPY wants UUIDs and INT128s cast, and does not do it by itself."""
    match engine.name:
        case "kuzu":
            return engine.order < _CASTING_COPIES
        case "ladybug":
            return False
        case _:
            assert_never(engine.name)


def extension_statements(engine: Engine, kinds: Iterable[IndexKind]) -> tuple[str, ...]:
    """What has to run before indexes of these kinds can be made."""
    match engine.name:
        case "kuzu":
            return ()
        case "ladybug":
            return load_extensions(kinds)
        case _:
            assert_never(engine.name)


_TABLES_AS_PARAMETERS = (0, 11)
_CASTING_COPIES = (0, 10)
_BREAKING_REPLAYS = (0, 11)
_OLDEST_MADE: dict[EngineName, tuple[int, ...]] = {"kuzu": (0, 8)}

_KUZU_SINCE: tuple[tuple[tuple[int, ...], type[CatalogReader]], ...] = (
    ((0, 11), KuzuCatalog),
    ((0, 8), OldKuzuCatalog),
    ((0, 7), GroupingKuzuCatalog),
    ((), OldestKuzuCatalog),
)


def _catalog_reader(engine: Engine) -> type[CatalogReader]:
    match engine.name:
        case "kuzu":
            return next(reader for since, reader in _KUZU_SINCE if engine.order >= since)
        case "ladybug":
            return LadybugCatalog
        case _:
            assert_never(engine.name)
