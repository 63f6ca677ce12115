"""Run a script's statements, those that read what was captured before UP among them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from kuzuvcs.columns.load import load_source
from kuzuvcs.core.planning.before import Capture, path_below
from kuzuvcs.core.scripts.cypher_text import pieces
from kuzuvcs.engines.client import Worker
from kuzuvcs.tasks.building.checkout import Assembled
from kuzuvcs.tasks.building.stage import TableFile, stage


class CapturedFiles:
    """What stands for ``${before}``: canonical files by their paths below it.

    A file's columns are those that a COPY names, in its order; where there is none, there were no rows.
    """

    def __init__(self, files: Mapping[str, TableFile | None], folder: Path) -> None:
        self._files = files
        self._folder = folder

    def run(self, worker: Worker, statement: str, *, outside: bool = False) -> int | None:
        """Run a statement; a COPY from a captured file takes its rows through the engine's Arrow scan.

        The number of rows that it copied, where it tells.  ``outside`` is as for the worker.

        That scan reads every type right, which the engine's reader of Parquet does not (ENGINE.md).
        """
        literal = next((one for one in _strings(statement) if path_below(one) in self._files), None)
        if literal is None:
            return _copied(worker.execute(statement, outside=outside))
        file = self._files[path_below(literal)]
        if file is not None and file.rows:
            staged = self._folder / "before.arrow"
            stage(file, staged)
            source = load_source([column.type for column in file.columns])
            rows = worker.load(statement.replace(literal, source), staged, outside=outside)
            staged.unlink()
            return rows
        return 0


def stand_in(captures: Iterable[Capture], files: Sequence[Assembled], folder: Path) -> CapturedFiles:
    """A version's files in place of what would be captured of a database that holds it.

    A table whose file is not among them was restored without its rows.
    """
    by_place = {(file.record.table, file.record.source, file.record.target): file for file in files}
    return CapturedFiles({one.path: _table_file(one, by_place.get(one.place)) for one in captures}, folder)


def _table_file(capture: Capture, file: Assembled | None) -> TableFile | None:
    if file is None:
        return None
    columns = {column.property: column for column in file.columns if column.property}
    ends = () if capture.connection is None else file.columns[:2]
    return TableFile(
        table=capture.table,
        connection=capture.connection,
        columns=(*ends, *(columns[name] for name in capture.columns)),
        rows=file.record.rows,
        file=file.file,
    )


def _copied(rows: list[list[Any]]) -> int | None:
    """``3 tuples have been copied to the User table.``"""
    said = rows[0][0] if len(rows) == 1 and len(rows[0]) == 1 else None
    found = re.match(r"([0-9]+) tuples have been copied ", said) if isinstance(said, str) else None
    return None if found is None else int(found[1])


def _strings(statement: str) -> list[str]:
    return [piece.text for piece in pieces(statement) if piece.kind == "string"]
