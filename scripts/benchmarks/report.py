"""The measurements as text for people, and as values for JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from scripts.benchmarks import schemas
from scripts.benchmarks.comparison import Comparison, Step
from scripts.benchmarks.migrations import Migrations
from scripts.benchmarks.sizes import Growth
from scripts.benchmarks.startup import BOUND, Startup
from scripts.benchmarks.upgrading import TABLES, Upgrade

_MIB = 1 << 20
_HEAD = (
    f"{'':35}{'wall time':>16}{'processor time':>18}{'stored':>17}{'peak memory':>18}{'of it anonymous':>18}"
)


def comparison_lines(comparison: Comparison) -> Iterator[str]:
    """Both sides under one another; behind each figure its ratio to the stock side's."""
    size = comparison.size
    yield f"a graph of {size.nodes:,} nodes and {size.edges:,} edges; database {_mib(comparison.database)}"
    yield ""
    yield _HEAD
    for steps in (comparison.saving, comparison.restoring):
        stock = steps[0]
        yield from (_step_line(step, stock) for step in steps)
        yield ""


def growth_lines(growths: Sequence[Growth]) -> Iterator[str]:
    """What each change added, and whether it is within its bound."""
    yield f"{'added to the store by':56}{'bytes':>14}{'bound':>14}"
    for growth in growths:
        bound = ""
        if growth.bound is not None:
            bound = f"{growth.bound:>14,}  {'ok' if growth.added <= growth.bound else 'EXCEEDED'}"
        yield f"{growth.change:56}{growth.added:>14,}{bound}"


def startup_lines(startup: Startup) -> Iterator[str]:
    """Start-up beside the interpreter's."""
    ratio = startup.help / startup.bare
    verdict = "ok" if ratio <= BOUND else "EXCEEDED"
    yield f"python -c pass   {startup.bare * 1000:6.0f} ms"
    yield f"kuzuvcs --help   {startup.help * 1000:6.0f} ms   {ratio:.1f} × (bound {BOUND:g} ×: {verdict})"


def schema_lines(found: schemas.SchemaComparison) -> Iterator[str]:
    """Diff and plan beside Alembic's comparison; behind each how many times as quick it is."""
    yield f"{schemas.TABLES:,} tables × {schemas.COLUMNS} columns, {schemas.DIFFERENCES} differences"
    yield ""
    ratio = found.alembic / found.kuzuvcs
    verdict = "ok" if ratio >= schemas.BOUND else "MISSED"
    yield f"alembic compare_metadata, SQLite        {found.alembic * 1000:7.0f} ms"
    yield (
        f"kuzuvcs diff and plan                   {found.kuzuvcs * 1000:7.0f} ms"
        f"{ratio:8.1f} × as quick (bound {schemas.BOUND:g} ×: {verdict})"
    )
    yield (
        f"the same, both schemas read from JSON   {found.reading * 1000:7.0f} ms"
        f"{found.alembic / found.reading:8.1f} ×"
    )


def schema_document(found: schemas.SchemaComparison) -> dict[str, float]:
    """Seconds, and their ratio."""
    return {**asdict(found), "ratio": found.alembic / found.kuzuvcs}


def migration_lines(found: Migrations) -> Iterator[str]:
    """Each run beside its own statements run by hand; behind it its ratio to a copy of the file."""
    yield f"a table of {found.rows:,} rows × 6 columns, database {_mib(found.database)}"
    yield ""
    yield f"{'':40}{'wall time':>10}{'copies of the file':>20}{'statements alone':>18}{'peak memory':>14}"
    yield f"{'a copy of the file, flushed':40}{found.copying:>8.1f} s"
    for run in found.runs:
        alone = f"{run.by_hand:>16.1f} s" if run.by_hand else f"{'':18}"
        copies = f"{run.cost.seconds / found.copying:>18.1f} ×"
        yield f"{run.name:40}{run.cost.seconds:>8.1f} s{copies}{alone}{_mib(run.cost.peak):>14}"


def migration_document(found: Migrations) -> dict[str, Any]:
    """Seconds and bytes of every run."""
    return {
        "rows": found.rows,
        "database_bytes": found.database,
        "copy_seconds": round(found.copying, 3),
        "runs": [
            {
                "name": run.name,
                "seconds": round(run.cost.seconds, 3),
                "statements_seconds": None if run.by_hand is None else round(run.by_hand, 3),
                "peak_bytes": run.cost.peak,
            }
            for run in found.runs
        ],
    }


def upgrade_lines(found: Upgrade) -> Iterator[str]:
    """The engines' own way, step by step and in all, and kuzuvcs; behind it its ratio to them."""
    yield f"{TABLES} tables, {found.rows:,} rows, kuzu database {_mib(found.database)}, to ladybug"
    yield ""
    for step in found.stock:
        yield f"{step.name:40}{step.cost.seconds:>8.1f} s{_mib(step.size):>12}{_mib(step.cost.peak):>12}"
    both = sum(step.cost.seconds for step in found.stock)
    ours = found.kuzuvcs
    yield f"{'both':40}{both:>8.1f} s"
    yield (
        f"{ours.name:40}{ours.cost.seconds:>8.1f} s{_mib(ours.size):>12}{_mib(ours.cost.peak):>12}"
        f"   {ours.cost.seconds / both:.2f} ×"
    )


def upgrade_document(found: Upgrade) -> dict[str, Any]:
    """Seconds and bytes of every step."""
    return {
        "rows": found.rows,
        "tables": TABLES,
        "database_bytes": found.database,
        "stock": [_step_document(step) for step in found.stock],
        "kuzuvcs": _step_document(found.kuzuvcs),
    }


def comparison_document(comparison: Comparison) -> dict[str, Any]:
    """Seconds and bytes of every step."""
    return {
        "nodes": comparison.size.nodes,
        "edges": comparison.size.edges,
        "database_bytes": comparison.database,
        "saving": [_step_document(step) for step in comparison.saving],
        "restoring": [_step_document(step) for step in comparison.restoring],
    }


def growth_documents(growths: Sequence[Growth]) -> list[dict[str, Any]]:
    """Every change with what it added and its bound."""
    return [asdict(growth) for growth in growths]


def startup_document(startup: Startup) -> dict[str, float]:
    """Seconds, and their ratio."""
    return {"python": startup.bare, "help": startup.help, "ratio": startup.help / startup.bare}


def _step_line(step: Step, stock: Step) -> str:
    cost, beside = step.cost, stock.cost
    return (
        f"{step.name:35}"
        f"{cost.seconds:>7.1f} s{_ratio(cost.seconds, beside.seconds)}"
        f"{cost.processor:>9.1f} s{_ratio(cost.processor, beside.processor)}"
        f"{_mib(step.size):>10}{_ratio(step.size, stock.size)}"
        f"{_mib(cost.peak):>11}{_ratio(cost.peak, beside.peak)}"
        f"{_mib(cost.peak_anonymous):>11}{_ratio(cost.peak_anonymous, beside.peak_anonymous)}"
    )


def _step_document(step: Step) -> dict[str, Any]:
    return {
        "name": step.name,
        "seconds": round(step.cost.seconds, 3),
        "processor_seconds": round(step.cost.processor, 3),
        "bytes": step.size,
        "peak_bytes": step.cost.peak,
        "peak_anonymous_bytes": step.cost.peak_anonymous,
    }


def _mib(size: int) -> str:
    return f"{size / _MIB:,.0f} MiB"


def _ratio(value: float, stock: float) -> str:
    return f"{value / stock:5.2f} ×" if stock else ""
