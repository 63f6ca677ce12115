"""Ladybug databases that are stored in several files, which kuzuvcs refuses.

Since 0.22 each further graph (``CREATE GRAPH g``) and each partition of a table (``PARTITION BY``) has a file
of its own beside the main file: ``app.g.lbug``, ``app.T_p0.lbug``.  A main file that was moved alone has lost
them.
"""

from __future__ import annotations

import glob
import re
from pathlib import Path

from kuzuvcs.core.quoting import string_literal
from kuzuvcs.engines.catalog import Statements
from kuzuvcs.errors import EngineError, UnsupportedDatabase
from kuzuvcs.reading import real_path

_PARTITION = re.compile(r"(.+)_p[0-9]+")


def files_like_parts(database: Path) -> dict[str, Path]:
    """The files beside a database that have the name of a part of it, by the part's name.

    They may as well be databases of their own: ``app.lbug`` and ``app.test.lbug``.  None is opened: closing
    one would drop a lock that this process holds on it (ENGINE.md).
    """
    real = real_path(database)
    begin, end = f"{real.stem}.", real.suffix
    found = {}
    for path in sorted(real.parent.glob(f"{glob.escape(begin)}*{glob.escape(end)}")):
        name = path.name.removeprefix(begin).removesuffix(end)
        if name and path != real and path.is_file():
            found[name] = path
    return found


def require_one_file(source: Statements, database: Path) -> None:
    """Raise where an open database has graphs or partitions in files of their own.

    :raises UnsupportedDatabase: it has, with their names
    """
    if source.engine.name != "ladybug" or not (beside := files_like_parts(database)):
        return
    tables = {row[0].casefold() for row in source.execute("CALL show_tables() RETURN name")}
    parts = [f"graph {name} in {beside[name].name}" for name in _graphs(source, tables) if name in beside]
    for name, path in beside.items():
        partition = _PARTITION.fullmatch(name)
        if partition and {name.casefold(), partition[1].casefold()} <= tables:
            parts.append(f"partition {name} of table {partition[1]} in {path.name}")
    if parts:
        raise UnsupportedDatabase(
            f"{database} is stored in several files",
            cause=f"it has {', '.join(parts)}; kuzuvcs handles databases of one file",
            hint="copy partitioned tables into plain ones, and move a further graph to a database of its own",
        )


def refuse_unknown_parts(database: Path, error: EngineError) -> None:
    """Raise for a database that the engine cannot open read-only, and that may have parts in other files.

    :raises UnsupportedDatabase: with those files
    """
    if beside := files_like_parts(database):
        raise UnsupportedDatabase(
            f"{database} may be stored in several files",
            cause=f"{', '.join(path.name for path in beside.values())} may be a part of it, "
            f"and the engine cannot open it to look: {error.cause}",
            hint="open and close it once with its application; move the other file if it is another database",
        ) from error


def _graphs(source: Statements, tables: set[str]) -> list[str]:
    """The further graphs; ``show_graphs`` lists the tables of the main one, too."""
    known = source.execute(f"CALL show_functions() WHERE name = {string_literal('SHOW_GRAPHS')} RETURN name")
    names = source.execute("CALL show_graphs() RETURN name") if known else []
    return sorted(name for [name] in names if name.casefold() not in tables)
