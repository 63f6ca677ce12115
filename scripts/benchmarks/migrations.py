"""Scripts run on a table of six columns, beside a copy of its file and the same statements run by hand.

What a run costs whatever it does (the copy, the checks, the swap) shows where a column is added; what a
rebuild costs, where a type changes; what a capture costs, where a column is dropped and comes back.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.benchmarks.measure import Cost, folder_bytes, kuzuvcs, measure, stock
from scripts.benchmarks.table import build_table

_AUTHOR_ROWS = 100

_CHANGES = (
    ("a column added", ("ALTER TABLE T ADD extra INT64",), ()),
    (
        "a type changed: the table rebuilt",
        (
            "ALTER TABLE T RENAME number TO old",
            "ALTER TABLE T ADD number DOUBLE",
            "MATCH (t:T) SET t.number = CAST(t.old AS DOUBLE)",
            "CHECKPOINT",
            "ALTER TABLE T DROP old",
        ),
        ("--rename", "T.number:number"),
    ),
    ("a column dropped, captured before", ("ALTER TABLE T DROP email",), ()),
)
"""What the author does, and what ``generate`` is told of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run, what it cost, and the seconds of its statements alone, by the engine on a copy."""

    name: str
    cost: Cost
    by_hand: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrations:
    """The runs on one database; ``copying`` are the seconds of a copy of its file, flushed to the disk."""

    rows: int
    database: int
    copying: float
    runs: tuple[Run, ...]


def migrations(rows: int, work: Path) -> Migrations:
    """Generate scripts on a small table, and run them on one of so many rows: there and back."""
    ups = _author(work / "author", work)
    project = work / "migrated"
    project.mkdir()
    database = project / "table.kuzu"
    build_table(rows, database, work)
    measure(kuzuvcs("-C", str(project), "init", "--database", "table.kuzu"))
    shutil.copytree(work / "author" / "migrations", project / "migrations", dirs_exist_ok=True)
    size = folder_bytes(database)
    return Migrations(
        rows=rows, database=size, copying=_copying(database, work), runs=tuple(_runs(project, ups, work))
    )


def _author(project: Path, work: Path) -> list[list[str]]:
    """The folder of scripts, and what each runs."""
    project.mkdir()
    database = project / "table.kuzu"
    build_table(_AUTHOR_ROWS, database, work)
    measure(kuzuvcs("-C", str(project), "init", "--database", "table.kuzu"))
    measure(kuzuvcs("-C", str(project), "snapshot"))
    ups = []
    for _, statements, said in _CHANGES:
        for statement in statements:
            measure(stock("execute", str(database), statement))
        measure(kuzuvcs("-C", str(project), "snapshot"))
        generated = measure(kuzuvcs("-C", str(project), "--json", "--no-input", "generate", *said))
        ups.append(json.loads(generated.output)["up"])
    return ups


def _runs(project: Path, ups: list[list[str]], work: Path) -> Iterator[Run]:
    command = ("-C", str(project), "-q")
    for (name, *_), up in zip(_CHANGES, ups, strict=True):
        by_hand = work / "by-hand.kuzu"
        shutil.copyfile(project / "table.kuzu", by_hand)
        seconds = measure(stock("execute", str(by_hand), *up)).seconds
        by_hand.unlink()
        yield Run(name=name, cost=measure(kuzuvcs(*command, "migrate", "--steps", "1")), by_hand=seconds)
    for name in ("rolled back: the values come back", "rolled back: the table rebuilt"):
        yield Run(name=name, cost=measure(kuzuvcs(*command, "rollback")))


def _copying(database: Path, work: Path) -> float:
    copy = work / "copy.kuzu"
    started = time.perf_counter()
    with database.open("rb") as source, copy.open("wb") as target:
        shutil.copyfileobj(source, target, 8 << 20)
        target.flush()
        os.fsync(target.fileno())
    seconds = time.perf_counter() - started
    copy.unlink()
    return seconds
