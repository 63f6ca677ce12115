"""kuzuvcs snapshot and checkout beside EXPORT DATABASE with git, and IMPORT DATABASE."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from scripts.benchmarks.graph import Size, build_graph
from scripts.benchmarks.measure import Cost, folder_bytes, kuzuvcs, measure, stock


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command: what it is, what it cost, and the bytes that it left on the disk."""

    name: str
    cost: Cost
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Both sides of one run on one database; the first of each tuple is the stock one."""

    size: Size
    database: int
    saving: tuple[Step, ...]
    restoring: tuple[Step, ...]


def compare(size: Size, work: Path) -> Comparison:
    """Build a graph of that size below ``work`` and run every step on it, one after another."""
    project = work / "project"
    project.mkdir()
    database = project / "graph.kuzu"
    build_graph(size, database, work)
    exported = _exported(database, work)
    snapshot = snapshot_step(project, database)
    return Comparison(
        size=size,
        database=folder_bytes(database),
        saving=(exported, snapshot),
        restoring=(
            _imported(work),
            checkout_step(project, work, "values"),
            checkout_step(project, work, "counts"),
        ),
    )


def snapshot_step(project: Path, database: Path) -> Step:
    """A first snapshot of ``database``, into a project made for it; the bytes are the store's."""
    measure(kuzuvcs("-C", str(project), "init", "--database", str(database)))
    cost = measure(kuzuvcs("-C", str(project), "--json", "snapshot", "-m", "bench"))
    assert json.loads(cost.output)["changed"]
    return Step(name="kuzuvcs snapshot", cost=cost, size=folder_bytes(project / "snapshots"))


def checkout_step(project: Path, work: Path, verify: str) -> Step:
    """A checkout beside; the bytes are the restored database's, which is removed."""
    target = work / "restored.kuzu"
    cost = measure(kuzuvcs("-C", str(project), "checkout", "v1", "--to", str(target), "--verify", verify))
    step = Step(name=f"kuzuvcs checkout, {verify} verified", cost=cost, size=folder_bytes(target))
    target.unlink()
    return step


def _exported(database: Path, work: Path) -> Step:
    repository = work / "stock"
    subprocess.run(["git", "init", "--quiet", str(repository)], check=True)
    for key, value in (("user.name", "bench"), ("user.email", "bench@localhost"), ("gc.auto", "0")):
        subprocess.run(["git", "-C", str(repository), "config", key, value], check=True)
    cost = measure(stock("export", str(database), str(repository)))
    return Step(name="EXPORT DATABASE + git add + commit", cost=cost, size=folder_bytes(repository / ".git"))


def _imported(work: Path) -> Step:
    target = work / "imported.kuzu"
    cost = measure(stock("import", str(target), str(work / "stock" / "export")))
    step = Step(name="IMPORT DATABASE", cost=cost, size=folder_bytes(target))
    target.unlink()
    return step
