"""Reports of differences: what ``diff`` and ``status`` print."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kuzuvcs.core.comparing.changes import AddNodeTable, AddRelTable, Change, DropNodeTable, DropRelTable
from kuzuvcs.core.comparing.describe import describe, shown
from kuzuvcs.render.change_groups import Group, grouped
from kuzuvcs.render.change_lines import change_lines, marked
from kuzuvcs.render.quantities import counted, number
from kuzuvcs.render.report import hazard_lines
from kuzuvcs.render.text import EMPTY, Line, Span, indented, line

if TYPE_CHECKING:
    from kuzuvcs.results import Diff, RowsChange, Status, TableValues


_NAMED = 5
"""How many tables are named that were not compared."""


def diff_report(diff: Diff) -> list[Line]:
    """All differences grouped by table, then one line that counts them, and what was not compared."""
    left = _not_compared(diff.values, "kuzuvcs diff --data compares them")
    if not diff.found:
        sides = (Span(diff.before, "strong"), " and ", Span(diff.after, "strong"))
        if left:
            return [line("no differences in schema and row counts between ", *sides), *left]
        return [line("no differences between ", *sides)]
    lines: list[Line] = [line(Span(f"{diff.before} → {diff.after}", "strong"))]
    lines += [EMPTY, *_differences(diff.changes, diff.rows, diff.sequences), EMPTY]
    if diff.hazards:
        lines += [*hazard_lines(diff.hazards), EMPTY]
    return [*lines, (Span(_summary(diff), "faint"),), *left]


def diff_lines(diff: Diff) -> list[Line]:
    """What differs, a line each: changes of the schema, then tables with other rows, then sequences."""
    lines = [line(describe(change)) for change in diff.changes]
    for rows in (one for one in diff.rows if one.differs):
        before, after = (number(one or 0) for one in (rows.before, rows.after))
        text = "other values" if before == after else f"{before} → {after} rows"
        lines.append(line(f"{shown(rows.table)}: {text}"))
    return [*lines, *(line(f"{shown(name)}: another current value") for name in diff.sequences)]


def status_report(status: Status) -> list[Line]:
    """Which version the live database is, and how it differs from the head."""
    if status.head is None:
        lines = [line("no version yet"), *_scripts(status)]
        return [*lines, EMPTY, line(Span("kuzuvcs snapshot makes the first one", "faint"))]
    lines = [line("head is ", Span(status.head, "strong"))]
    extent = "in every value" if status.by_value else "by schema and row counts"
    left = _not_compared(status.values, "kuzuvcs status --data compares them")
    if status.clean:
        lines.append(line(f"the live database is {status.head} {extent}"))
        return [*lines, *left, *_scripts(status)]
    if status.version is not None:
        lines.append(line("the live database is ", Span(status.version, "strong"), f" {extent}"))
    differences = indented(_differences(status.changes, status.rows, status.sequences), 2)
    return [*lines, *_unsaved(status.version, differences), *left, *_scripts(status)]


def _not_compared(values: Iterable[TableValues], hint: str) -> list[Line]:
    names = [one.table for one in values if one.state == "not_compared"]
    if not names:
        return []
    more = f" and {number(len(names) - _NAMED)} more" if len(names) > _NAMED else ""
    tables = ", ".join(map(shown, names[:_NAMED])) + more
    return [line(Span(f"(values not compared: {tables}; {hint})", "faint"))]


def _unsaved(version: str | None, differences: list[Line]) -> list[Line]:
    if version is not None:
        return [EMPTY, line("Differences from the head:"), EMPTY, *differences]
    hint = Span("  (kuzuvcs snapshot makes them the next version)", "faint")
    return [EMPTY, line("Differences that are in no version:"), line(hint), EMPTY, *differences]


def _scripts(status: Status) -> list[Line]:
    lines = []
    if status.applied:
        lines.append(
            line(f"{counted(len(status.applied), 'migration script')} run, the last {status.applied[-1]}")
        )
    if status.pending:
        names = [(Span(f"  {name}", "changed"),) for name in status.pending]
        lines += [EMPTY, line("Pending migration scripts:"), *names]
    return lines


def _differences(
    changes: tuple[Change, ...], rows: Iterable[RowsChange], sequences: Iterable[str]
) -> list[Line]:
    counts = {count.table: count for count in rows}
    groups = grouped(changes, (table for table, count in counts.items() if count.differs))
    lines: list[Line] = []
    for group in groups:
        lines += [EMPTY] if lines else []
        lines.append(_heading(group, counts.get(group.name) if group.what == "table" else None))
        for change in group.changes:
            lines += indented(change_lines(change), 4)
    for name in sequences:
        lines += [EMPTY] if lines else []
        (title,) = marked("~", f"sequence {name}")
        lines.append((title, Span("   its current value differs", "faint")))
    return lines


def _heading(group: Group, rows: RowsChange | None) -> Line:
    (title,) = marked(group.mark, f"{_kind(group)} {group.name}")
    note = _rows_note(group.mark, rows) if rows is not None else ""
    return (title, Span(f"   {note}", "faint")) if note else (title,)


def _kind(group: Group) -> str:
    for change in group.changes:
        match change:
            case AddNodeTable() | DropNodeTable():
                return "node table"
            case AddRelTable() | DropRelTable():
                return "rel table"
            case _:
                continue
    return group.what


def _rows_note(mark: str, rows: RowsChange) -> str:
    if mark == "+":
        return "" if rows.after is None else counted(rows.after, "row")
    if mark == "-":
        return "" if rows.before is None else counted(rows.before, "row")
    if rows.before is None or rows.after is None:
        return ""
    if rows.before != rows.after:
        return f"{number(rows.before)} → {counted(rows.after, 'row')} ({rows.after - rows.before:+,})"
    return counted(rows.after, "row") + (", values differ" if rows.data else "")


def _summary(diff: Diff) -> str:
    changes = len(diff.changes)
    tables = sum(rows.differs for rows in diff.rows if rows.before is not None and rows.after is not None)
    parts = [counted(changes, "schema change")] if changes else ["no schema differences"]
    parts += [counted(tables, "table has other values", "tables have other values")] if tables else []
    sequences = len(diff.sequences)
    parts += (
        [counted(sequences, "sequence has another value", "sequences have other values")] if sequences else []
    )
    return "; ".join(parts)
