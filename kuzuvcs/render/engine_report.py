"""What ``engine`` and ``upgrade`` print."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from kuzuvcs.render.layout import in_columns
from kuzuvcs.render.quantities import counted
from kuzuvcs.render.text import Line, Span, indented, line

if TYPE_CHECKING:
    from pathlib import Path

    from kuzuvcs.results import DatabaseEngine, EngineAtHand, EngineChanged, LeftOut, Refusal, Upgraded

Shown = Callable[["Path"], str]


def database_engine_report(found: DatabaseEngine, shown: Shown = str) -> list[Line]:
    """A line for each thing that is known of a database file."""
    reads = "no release on this machine" if found.reads is None else str(found.reads)
    rows = [
        ("database", shown(found.database)),
        ("engine", found.engine),
        ("storage version", str(found.storage)),
        ("read by", ", ".join(map(str, found.releases)) or "no known release"),
        ("opened here with", reads),
    ]
    if found.identity is not None:
        rows.append(("identity", found.identity))
    return in_columns([(Span(name), Span(value, "strong")) for name, value in rows])


def engines_report(found: Sequence[EngineAtHand], shown: Shown = str) -> list[Line]:
    """A line for each engine on this machine."""
    heading = tuple(Span(text, "faint") for text in ("engine", "storage version", "where"))
    rows = [
        (
            Span(str(one.engine), "strong"),
            Span(str(one.storage)),
            Span("beside kuzuvcs" if one.folder is None else shown(one.folder)),
        )
        for one in found
    ]
    return in_columns([heading, *rows], right=(1,))


def removed_report(removed: Sequence[EngineAtHand]) -> list[Line]:
    """What was removed."""
    return [line("removed ", Span(str(one.engine), "strong")) for one in removed] or [
        line("nothing to remove")
    ]


def upgraded_report(upgraded: Upgraded, shown: Shown = str) -> list[Line]:
    """What was rebuilt with which engine, and that every value was compared."""
    rows = sum(table.rows for table in upgraded.tables)
    ways = line(
        Span(shown(upgraded.source), "strong"),
        f" ({upgraded.before}) → ",
        Span(shown(upgraded.target), "strong"),
        f" ({upgraded.after})",
    )
    extent = f"{counted(len(upgraded.tables), 'table')}, {counted(rows, 'row')}, every value verified"
    return [ways, line(extent), *later_lines(upgraded.later, upgraded.target, shown)]


def left_out_warnings(left_out: Sequence[LeftOut]) -> list[str]:
    """The warnings for what a database goes without."""
    return [one.text for one in left_out]


def later_lines(later: Path | None, database: Path, shown: Shown = str) -> list[Line]:
    """How indexes that could not be made are made later."""
    if later is None:
        return []
    command = f"kuzuvcs engine indexes {shown(database)}"
    return [line("missing indexes are in ", Span(shown(later)), "; later: ", Span(command, "strong"))]


def engine_changed_report(changed: EngineChanged, shown: Shown = str) -> list[Line]:
    """The project's new engine, and what was done for it."""
    lines = [] if changed.upgraded is None else upgraded_report(changed.upgraded, shown)
    lines += refusal_lines(changed.refused, shown)
    return [*lines, line("this project is now on ", Span(str(changed.engine), "strong"))]


def check_report(refused: Sequence[Refusal], statements: int, engine: str, shown: Shown = str) -> list[Line]:
    """What an engine refuses; what the old one refuses, too, is counted only."""
    new = [one for one in refused if not one.both]
    old = len(refused) - len(new)
    also = f"; {counted(old, 'other')} the old engine refuses, too" if old else ""
    summary = f"{counted(statements, 'statement')}: {engine} refuses {len(new) or 'none'}{also}"
    return [*refusal_lines(new, shown), line(summary)]


def refused_places(refused: Sequence[Refusal], shown: Shown = str) -> list[Line]:
    """A place and a reason for each statement that the old engine takes, a line each."""
    new = (one for one in refused if not one.both)
    return [line(f"{shown(one.file)}:{one.line}: ", Span(one.reason, "error")) for one in new]


def refusal_lines(refused: Sequence[Refusal], shown: Shown = str) -> list[Line]:
    """A place and a reason for each, with the statement below."""
    lines: list[Line] = []
    for one in refused:
        lines.append(line(f"{shown(one.file)}:{one.line}: ", Span(one.reason, "error")))
        lines += indented([line(Span(" ".join(one.statement.split())[:200], "faint"))], 4)
    return lines
