"""Every type of the engine, loaded and read as kuzuvcs does it, against what was put in."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from kuzuvcs.columns.arrow import arrow_type
from kuzuvcs.core.engine import Engine
from kuzuvcs.engines.client import Worker
from kuzuvcs.errors import EngineError
from kuzuvcs.tasks.reading import read_tables
from tests.fidelity.cases import Case, families
from tests.fidelity.engine import BOTH, OLDER, Columns, Kind, differing, raw_rows
from tests.fidelity.python_values import comparable, python_value

FAMILIES = families()


@pytest.mark.parametrize("engine", [*BOTH, *OLDER])
@pytest.mark.parametrize("kind", ["node", "edge"])
@pytest.mark.parametrize("family", FAMILIES)
def test_values_survive_loading_and_reading(family: str, kind: Kind, engine: Engine, tmp_path: Path) -> None:
    assert failures(_taken(FAMILIES[family], engine), kind, engine, tmp_path) == {}


def _taken(cases: tuple[Case, ...], engine: Engine) -> tuple[Case, ...]:
    """Kuzu before 0.11.2 makes no UNION of two members, neither from a literal nor by a cast."""
    if engine.name == "ladybug" or engine.release is None or engine.order >= (0, 11, 2):
        return cases
    return tuple(case for case in cases if "UNION" not in case.type_text)


def failures(cases: tuple[Case, ...], kind: Kind, engine: Engine, folder: Path) -> dict[str, str]:
    """What is wrong with each case; where the engine refuses a table of several, each is tried alone."""
    if not cases:
        return {}
    try:
        return round_trip(cases, kind, engine, folder / "all")
    except EngineError as error:
        if len(cases) == 1:
            return {cases[0].name: str(error)}
        found: dict[str, str] = {}
        for number, case in enumerate(cases):
            found |= failures((case,), kind, engine, folder / str(number))
        return found or {"together, though none alone": str(error)}


def round_trip(cases: tuple[Case, ...], kind: Kind, engine: Engine, folder: Path) -> dict[str, str]:
    folder.mkdir(parents=True)
    database = folder / "g.db"
    rows = max(len(case.values) for case in cases)
    types = [case.type for case in cases]
    arrays = [pa.array(case.rows(rows), arrow_type(case.type)) for case in cases]
    found = {}
    with Worker() as worker:
        worker.open(database, read_only=False, engine=engine)
        table = Columns(worker, folder, kind, types)
        table.load(arrays)
        for when in ("before", "after"):
            for index, difference in differing(arrays, table.read(), types):
                found[f"{cases[index].name}, {when} CHECKPOINT"] = difference
            worker.execute("CHECKPOINT")
    for case, difference in independent(cases, kind, engine, rows, database):
        found[f"{case.name}, as the engine's own interface has it"] = difference
    return found


def independent(
    cases: tuple[Case, ...], kind: Kind, engine: Engine, rows: int, database: Path
) -> list[tuple[Case, str]]:
    """The cases whose stored values the engine's own interface gives, and gives as something else."""
    pattern = "(n:T)" if kind == "node" else "(:N)-[n:T]->(:N)"
    asked = [(index, case) for index, case in enumerate(cases) if comparable(case.type)]
    items = ", ".join(f"n.c{index}" for index, _ in asked)
    if not items:
        return []
    stored = raw_rows(database, f"MATCH {pattern} RETURN n.id, {items} ORDER BY n.id", engine)
    wrong = []
    for place, (_, case) in enumerate(asked, start=1):
        expected = [repr(python_value(value, case.type)) for value in case.rows(rows)]
        got = [repr(row[place]) for row in stored]
        if got != expected:
            wrong.append((case, f"{got!s:.300} instead of {expected!s:.300}"))
    return wrong


@pytest.mark.parametrize("engine", BOTH)
@pytest.mark.parametrize("kind", ["node", "edge"])
@pytest.mark.parametrize("family", FAMILIES)
def test_values_survive_reading_behind_deletions_and_by_ranges(
    family: str, kind: Kind, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_tables, "NODE_ROWS", 11)
    monkeypatch.setattr(read_tables, "EDGE_ROWS", 11)
    cases = FAMILIES[family]
    types = [case.type for case in cases]
    arrays = [pa.array(case.rows(40), arrow_type(case.type)) for case in cases]
    kept = pa.array([number % 3 != 1 for number in range(40)])
    with Worker() as worker:
        worker.open(tmp_path / "g.db", read_only=False, engine=engine)
        table = Columns(worker, tmp_path, kind, types)
        table.load(arrays, spread=4)
        worker.execute("CHECKPOINT")
        pattern = "(n:T)" if kind == "node" else "()-[n:T]->()"
        worker.execute(f"MATCH {pattern} WHERE n.id % 3 = 1 DELETE n")
        found = differing([array.filter(kept) for array in arrays], table.read(), types)
        assert {cases[index].name: text for index, text in found} == {}


@pytest.mark.parametrize("kind", ["node", "edge"])
@pytest.mark.parametrize(
    "type_text",
    ["INT64", "STRING", "DECIMAL(18, 3)", "STRUCT(a INT64, b STRING)", "UNION(a INT64, b INT64, c STRING)"],
)
def test_several_vectors_node_groups_and_batches(type_text: str, kind: Kind, tmp_path: Path) -> None:
    case = next(
        case
        for family in FAMILIES.values()
        for case in family
        if case.type_text == type_text and None in case.values
    )
    array = pa.array(case.rows(300_000), arrow_type(case.type))
    with Worker() as worker:
        worker.open(tmp_path / "g.db", read_only=False)
        table = Columns(worker, tmp_path, kind, [case.type])
        table.load([array], rows_per_copy=70_001)
        worker.execute("CHECKPOINT")
        assert list(differing([array], table.read(), [case.type])) == []
