"""Run a script's statements, those that read what was captured before UP among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from kuzuvcs.columns.load import load_source
from kuzuvcs.core.before import FOLDER, Capture
from kuzuvcs.core.cypher_text import pieces
from kuzuvcs.engines.client import Worker
from kuzuvcs.tasks.checkout import Assembled
from kuzuvcs.tasks.stage import TableFile, stage


class CapturedFiles:
    """What stands for ``${before}``: canonical files by their paths below it.

    A file's columns are those that a COPY names, in its order.
    """

    def __init__(self, files: Mapping[str, TableFile], folder: Path) -> None:
        self._files = files
        self._folder = folder

    def run(self, worker: Worker, statement: str) -> None:
        """Run a statement; a COPY from a captured file takes its rows through the engine's Arrow scan.

        That scan reads every type right, which the engine's reader of Parquet does not (ENGINE.md).
        """
        literal = next((one for one in _strings(statement) if _path(one) in self._files), None)
        if literal is None:
            worker.execute(statement)
            return
        file = self._files[_path(literal)]
        if file.rows:
            staged = self._folder / "before.arrow"
            stage(file, staged)
            source = load_source([column.type for column in file.columns])
            worker.load(statement.replace(literal, source), staged)
            staged.unlink()


def stand_in(captures: Iterable[Capture], files: Sequence[Assembled], folder: Path) -> CapturedFiles:
    """A version's files in place of what would be captured of a database that holds it."""
    by_place = {(file.record.table, file.record.source, file.record.target): file for file in files}
    return CapturedFiles({one.path: _table_file(one, by_place[one.place]) for one in captures}, folder)


def _table_file(capture: Capture, file: Assembled) -> TableFile:
    columns = {column.property: column for column in file.columns if column.property}
    ends = () if capture.connection is None else file.columns[:2]
    return TableFile(
        table=capture.table,
        connection=capture.connection,
        columns=(*ends, *(columns[name] for name in capture.columns)),
        rows=file.record.rows,
        file=file.file,
    )


def _path(literal: str) -> str:
    return literal[1:-1].removeprefix(f"{FOLDER}/")


def _strings(statement: str) -> list[str]:
    return [piece.text for piece in pieces(statement) if piece.kind == "string"]
