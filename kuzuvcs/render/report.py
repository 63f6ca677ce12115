"""Reports of work done, and of what went wrong.

``shown`` turns a path into what a reader needs of it: the command line makes it relative to where it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from kuzuvcs.render.engine_report import later_lines
from kuzuvcs.render.layout import in_columns
from kuzuvcs.render.quantities import counted, number, size
from kuzuvcs.render.text import EMPTY, Line, Span, indented, line

if TYPE_CHECKING:
    from pathlib import Path

    from kuzuvcs.core.planning.hazards import Hazard
    from kuzuvcs.project import Project
    from kuzuvcs.results import Checkout, Exported, Generated, Snapshot, TableVerified, Verified


def completed_report(
    project: Project, made: Sequence[Path], shown: Callable[[Path], str] = str
) -> list[Line]:
    """What was made of a project that was there already."""
    root = Span(str(project.root), "strong")
    if not made:
        return [line("nothing to make: the project in ", root, " is complete")]
    return [
        line("completed the project in ", root),
        *indented([line(f"made {shown(path)}") for path in made], 2),
    ]


def init_report(project: Project, *, database_exists: bool, shown: Callable[[Path], str] = str) -> list[Line]:
    """The places of a new project."""
    there = "" if database_exists else "(not there yet)"
    rows = [
        (Span("database"), Span(f"{shown(project.database)} {there}".rstrip())),
        (Span("store"), Span(shown(project.store))),
        (Span("migrations"), Span(shown(project.migrations))),
    ]
    title = line("made a project in ", Span(str(project.root), "strong"))
    hint = line(Span('kuzuvcs snapshot -m "first" makes the first version', "faint"))
    return [title, *indented(in_columns(rows), 2), hint]


def snapshot_report(snapshot: Snapshot, message: str) -> list[Line]:
    """The version that was made, or that none was needed."""
    if not snapshot.changed:
        return [line("nothing to do: the database is ", Span(snapshot.version, "strong"), " already")]
    rows = sum(table.rows for table in snapshot.tables)
    content = f"{counted(len(snapshot.tables), 'table')}, {counted(rows, 'row')}"
    stored = f"{size(snapshot.stored_bytes)} stored, {size(snapshot.reused_bytes)} reused"
    title = message.strip().splitlines()[0] if message.strip() else ""
    return [
        line(Span(snapshot.version, "strong"), f"  {title}".rstrip()),
        line(f"{content}; {stored}"),
    ]


def generate_report(
    generated: Generated, shown: Callable[[Path], str] = str, *, marked: bool = False
) -> list[Line]:
    """The script's place, what it costs and what was proved, and whether it was recorded as run."""
    ways = line(Span(generated.before, "strong"), " → ", Span(generated.after, "strong"))
    if generated.already:
        return _already(ways, generated.already)
    if generated.path is None:
        return [(*ways, Span(": nothing to do, the schemas are the same"))]
    counts = f"{counted(len(generated.up), 'statement')} up, {number(len(generated.down))} down"
    lines = [line(Span(shown(generated.path), "strong")), (*ways, Span(f"   {counts}"))]
    lines += hazard_lines(generated.hazards)
    lines += [line(Span(f"! DOWN: {hazard.line}", "warning")) for hazard in generated.down_hazards]
    if generated.proof is not None:
        extent = "" if generated.proof.data else ", on a copy without rows"
        sections = _proved("UP", generated.proof.up), ", ", _proved("DOWN", generated.proof.down)
        lines.append(line(*sections, extent))
    if marked:
        lines.append(line("recorded as run on the live database"))
    return lines


def _already(ways: Line, already: Sequence[str]) -> list[Line]:
    scripts = " and ".join(already)
    verb = "makes" if len(already) == 1 else "make"
    return [
        (*ways, Span(f": nothing was written, because {scripts} {verb} this step already")),
        line(Span("kuzuvcs migrate runs what is pending; --again writes the step a second time", "faint")),
    ]


def hazard_lines(hazards: Iterable[Hazard]) -> list[Line]:
    """Hazards, one to a line."""
    return [line(Span(f"! {hazard.line}", "warning")) for hazard in hazards]


def _proved(part: str, holds: bool) -> Span:
    return Span(f"{part} proved", "added") if holds else Span(f"{part} not proved", "error")


def checkout_report(checkout: Checkout, shown: Callable[[Path], str] = str) -> list[Line]:
    """Where the version stands now, and how it was verified."""
    extent = {"values": "every value verified", "counts": "row counts verified"}[checkout.verified]
    return [
        line(Span(checkout.version, "strong"), " is now in ", Span(shown(checkout.database), "strong")),
        line(f"{counted(checkout.rows, 'row')}, {extent}"),
        *later_lines(checkout.later, checkout.database, shown),
    ]


def verify_report(verified: Verified) -> list[Line]:
    """Every table with its rows; below a bad one, what is wrong with it."""
    body: list[Line] = []
    rows = [_verified_row(table) for table in verified.tables]
    for table, shown in zip(verified.tables, in_columns(rows, right=(2,)), strict=True):
        body += [shown, *indented((line(Span(problem, "error")) for problem in table.problems), 8)]
    bad = sum(not table.ok for table in verified.tables)
    if verified.ok:
        end = line(Span(verified.version, "strong"), ": ", Span("all is as it was committed", "added"))
    elif bad:
        problem = f"{number(bad)} of {counted(len(verified.tables), 'table')} differ from what was committed"
        end = line(Span(verified.version, "strong"), ": ", Span(problem, "error"))
    else:
        end = line(Span(verified.version, "strong"), ": ", Span("differs from what was committed", "error"))
    return [*body, *([EMPTY] if body else []), end]


def verify_faults(verified: Verified) -> list[Line]:
    """What makes ``verify`` fail, a line each."""
    faults = [
        line(f"{table.name}: ", Span(problem, "error"))
        for table in verified.tables
        for problem in table.problems
    ]
    bad = [
        line(f"{one.name}: ", Span("BAD", "error"))
        for one in verified.tables
        if not one.ok and not one.problems
    ]
    if verified.ok or faults or bad:
        return [*faults, *bad]
    return [line(f"{verified.version}: ", Span("differs from what was committed", "error"))]


def _verified_row(table: TableVerified) -> tuple[Span, Span, Span, Span]:
    state = Span("ok", "added") if table.ok else Span("BAD", "error")
    return state, Span(table.name), Span(number(table.rows)), Span("row" if table.rows == 1 else "rows")


def export_report(exported: Exported, shown: Callable[[Path], str] = str) -> list[Line]:
    """The folder that was written."""
    return [line(Span(exported.version, "strong"), " exported to ", Span(shown(exported.path), "strong"))]


def warning_lines(warnings: Iterable[str]) -> list[Line]:
    """Warnings, one to a line."""
    return [line(Span("warning: ", "warning"), text) for text in warnings]


def error_lines(message: str, cause: str, hint: str) -> list[Line]:
    """An error's three parts; those that are empty are left out, further lines stand below their first."""
    labelled = (
        (Span("error:", "error"), message),
        (Span("cause:", "strong"), cause),
        (Span("hint: ", "strong"), hint),
    )
    below = Span(" " * len("error:"))
    return [
        line(below if place else label, f" {part}")
        for label, text in labelled
        for place, part in enumerate(text.splitlines())
    ]
