"""The benchmarks' social graph through snapshot and checkout: small always, large with the slow tests."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import kuzu
import pytest

from scripts.benchmarks.comparison import checkout_step, snapshot_step
from scripts.benchmarks.graph import Size, build_graph
from scripts.benchmarks.measure import CommandFailed, measure

MEMORY = 3 << 30
"""The peak that all processes together may reach with 12 million edges, in bytes."""

HOLD = "import time; held = bytearray(b'x') * (96 << 20); time.sleep(0.5)"


def rows(database: Path, pattern: str) -> int:
    engine = kuzu.Database(str(database), read_only=True, buffer_pool_size=256 << 20)
    connection = kuzu.Connection(engine)
    result = connection.execute(f"MATCH {pattern} RETURN count(*)")
    count: int = result.get_next()[0]
    result.close()
    connection.close()
    engine.close()
    return count


def test_memory_of_a_child_process_is_measured() -> None:
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {HOLD!r}], check=True)"
    cost = measure([sys.executable, "-c", child])
    assert 96 << 20 <= cost.peak_anonymous <= cost.peak < 192 << 20


def test_a_command_that_fails_is_no_measurement() -> None:
    with pytest.raises(CommandFailed, match="exit code 3"):
        measure([sys.executable, "-c", "raise SystemExit(3)"])


def test_the_graph_has_its_size(tmp_path: Path) -> None:
    size = Size(nodes=1_001, edges=3_002)
    build_graph(size, tmp_path / "graph.kuzu", tmp_path)
    assert rows(tmp_path / "graph.kuzu", "(n)") == size.nodes
    assert rows(tmp_path / "graph.kuzu", "()-[r]->()") == size.edges


def test_both_sides_are_printed_as_json() -> None:
    command = [sys.executable, "-m", "scripts.benchmarks", "--scale", "0.001", "--only", "graph", "--json"]
    graph = json.loads(measure(command, cwd=Path(__file__).parents[2]).output)["graph"]
    assert (graph["nodes"], graph["edges"]) == (2_000, 6_000)
    steps = [*graph["saving"], *graph["restoring"]]
    assert len(steps) == 5
    assert all(step["seconds"] > 0 and step["bytes"] > 0 and step["peak_bytes"] > 0 for step in steps)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_twelve_million_edges_within_three_gibibytes(tmp_path: Path) -> None:
    size = Size(nodes=2_000_000, edges=12_000_000)
    project = tmp_path / "project"
    project.mkdir()
    build_graph(size, project / "graph.kuzu", tmp_path)
    assert snapshot_step(project, project / "graph.kuzu").cost.peak < MEMORY
    assert checkout_step(project, tmp_path, "values").cost.peak < MEMORY
