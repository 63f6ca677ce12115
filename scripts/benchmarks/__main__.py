"""Run the benchmarks and print what was measured."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scripts.benchmarks import report
from scripts.benchmarks.comparison import compare
from scripts.benchmarks.graph import Size
from scripts.benchmarks.migrations import migrations
from scripts.benchmarks.schemas import available, compare_schemas
from scripts.benchmarks.sizes import growths
from scripts.benchmarks.startup import startup
from scripts.benchmarks.upgrading import upgrades

_NODES, _EDGES, _ROWS = 2_000_000, 6_000_000, 1_000_000
_PARTS = ("graph", "sizes", "startup", "schemas", "migrate", "upgrade")
_UPGRADED = 1_410_000


def main() -> None:
    """Parse the command line, measure, print."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description="kuzuvcs beside the stock tools.")
    parser.add_argument("--scale", type=float, default=1.0, help="so much of 2 M nodes, 6 M edges, 1 M rows")
    parser.add_argument("--nodes", type=int, help="nodes of the graph")
    parser.add_argument("--edges", type=int, help="edges of the graph")
    parser.add_argument("--only", choices=_PARTS, action="append", help="this part only; may be given again")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.add_argument("--work", type=Path, help="make scratch files below this folder")
    arguments = parser.parse_args()
    size = Size(
        nodes=arguments.nodes or max(4, int(_NODES * arguments.scale)),
        edges=arguments.edges or max(4, int(_EDGES * arguments.scale)),
    )
    rows = max(100, int(_ROWS * arguments.scale))
    with tempfile.TemporaryDirectory(prefix="kuzuvcs-bench-", dir=arguments.work) as work:
        document = _run(arguments.only or _PARTS, size, rows, Path(work), quiet=arguments.json)
    if arguments.json:
        json.dump(document, sys.stdout, indent=2)
        sys.stdout.write("\n")


def _run(parts: Sequence[str], size: Size, rows: int, work: Path, *, quiet: bool) -> dict[str, Any]:
    document: dict[str, Any] = {}

    def show(lines: Sequence[str]) -> None:
        if not quiet:
            print("\n".join(lines), end="\n\n", flush=True)

    if "graph" in parts:
        comparison = compare(size, work)
        show([*report.comparison_lines(comparison)])
        document["graph"] = report.comparison_document(comparison)
    if "sizes" in parts:
        growth = growths(rows, work)
        show([*report.growth_lines(growth)])
        document["sizes"] = report.growth_documents(growth)
    if "startup" in parts:
        measured = startup()
        show([*report.startup_lines(measured)])
        document["startup"] = report.startup_document(measured)
    if "schemas" in parts:
        if available():
            schemas = compare_schemas(work)
            show([*report.schema_lines(schemas)])
            document["schemas"] = report.schema_document(schemas)
        else:
            show(["schemas: not compared, since Alembic is not installed (pip install -e '.[bench]')"])
    if "migrate" in parts:
        ran = migrations(rows, work)
        show([*report.migration_lines(ran)])
        document["migrate"] = report.migration_document(ran)
    if "upgrade" in parts:
        upgraded = upgrades(rows * _UPGRADED // _ROWS, work)
        show([*report.upgrade_lines(upgraded)])
        document["upgrade"] = report.upgrade_document(upgraded)
    return document


if __name__ == "__main__":
    main()
