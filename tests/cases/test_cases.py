"""Every scenario file, run on the real engine: with its data, and without any."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kuzuvcs.core.comparing.describe import describe
from kuzuvcs.core.comparing.diff import diff
from kuzuvcs.core.engine import DEFAULT_ENGINE
from kuzuvcs.core.engine import Engine as Kind
from kuzuvcs.core.planning.casts import parse_casts
from kuzuvcs.core.planning.step import hazards_in
from kuzuvcs.core.schema import Schema
from tests.cases.scenario import Scenario, read_scenario
from tests.core.pairs import Pair
from tests.pairs.round_trip import Engine, RoundTrip, round_trip

FILES = sorted(Path(__file__).parent.glob("*.txt"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_scenario_with_its_data(file: Path, tmp_path: Path) -> None:
    scenario = read_scenario(file)
    pair, done = run(scenario, scenario.data, tmp_path)
    found = diff(pair.old, pair.new, pair.renames)
    assert sorted(map(describe, found)) == sorted(scenario.changes)
    assert [hazard.line for hazard in hazards_in(done.plan.up)] == [*scenario.hazards]
    assert any(done.before.values())
    assert done.after == done.before


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_scenario_without_rows(file: Path, tmp_path: Path) -> None:
    scenario = read_scenario(file)
    _, done = run(scenario, (), tmp_path)
    lost = {"drops_rows", "drops_edges", "drops_values", "narrows_values"}
    assert not lost & {hazard.name for hazard in hazards_in(done.plan.up)}
    assert not any(done.after.values())


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_scenario_on_ladybug(file: Path, tmp_path: Path) -> None:
    """The same statements do there, but for indexes, whose extensions do not come with it."""
    scenario = read_scenario(file)
    plain = replace(scenario, old=_unindexed(scenario.old), new=_unindexed(scenario.new))
    _, done = run(plain, plain.data, tmp_path, Kind(name="ladybug"))
    assert any(done.before.values())
    assert done.after == done.before


def run(
    scenario: Scenario, data: tuple[str, ...], folder: Path, kind: Kind = DEFAULT_ENGINE
) -> tuple[Pair, RoundTrip]:
    """UP has to lead to the schema of a database that is built as new, and DOWN back to the old one."""
    old, engine = _built(folder / "old", (*scenario.old, *data), kind)
    new, _ = _built(folder / "new", scenario.new, kind)
    pair = Pair(old=old, new=new, renames=scenario.renames)
    up = parse_casts(scenario.cast, new, "--cast")
    down = parse_casts(scenario.cast_down, old, "--cast-down")
    return pair, round_trip(engine, pair, up=up, down=down)


def _unindexed(statements: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one for one in statements if not one.startswith(("CALL CREATE_", "CALL DROP_")))


def _built(folder: Path, statements: tuple[str, ...], kind: Kind) -> tuple[Schema, Engine]:
    folder.mkdir()
    engine = Engine(folder, kind)
    engine.run(statements)
    with engine.open() as worker:
        return engine.schema(worker), engine
