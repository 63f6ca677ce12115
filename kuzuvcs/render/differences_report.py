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
    from kuzuvcs.results import Diff, RowsChange, Status


def differs(rows: RowsChange) -> bool:
    """Whether a table's rows are others: in number, or in any value as far as was looked."""
    return rows.before != rows.after or rows.data is True


def diff_report(diff: Diff) -> list[Line]:
    """All differences grouped by table, then one line that counts them."""
    lines: list[Line] = [line(Span(f"{diff.before} → {diff.after}", "strong"))]
    changed = [rows for rows in diff.rows if differs(rows)]
    if not diff.changes and not changed:
        return [
            line("no differences between ", Span(diff.before, "strong"), " and ", Span(diff.after, "strong"))
        ]
    lines += [EMPTY, *_differences(diff.changes, diff.rows), EMPTY]
    if diff.hazards:
        lines += [*hazard_lines(diff.hazards), EMPTY]
    return [*lines, (Span(_summary(len(diff.changes), changed), "faint"),)]


def diff_lines(diff: Diff) -> list[Line]:
    """What differs, a line each: the changes of the schema, then the tables with other rows."""
    lines = [line(describe(change)) for change in diff.changes]
    for rows in filter(differs, diff.rows):
        before, after = (number(one or 0) for one in (rows.before, rows.after))
        text = "other values" if before == after else f"{before} → {after} rows"
        lines.append(line(f"{shown(rows.table)}: {text}"))
    return lines


def status_report(status: Status, *, data: bool) -> list[Line]:
    """Where the live database stands; ``data`` says whether every value was looked at."""
    if status.head is None:
        lines = [line("no version yet"), *_scripts(status)]
        return [*lines, EMPTY, line(Span("kuzuvcs snapshot makes the first one", "faint"))]
    lines = [line("head is ", Span(status.head, "strong"))]
    if status.clean:
        lines.append(line(f"the live database is {status.head} {_extent(data)}"))
        return [*lines, *_hint(data), *_scripts(status)]
    if status.version is not None:
        lines.append(line("the live database is ", Span(status.version, "strong"), f" {_extent(data)}"))
    # Neither schema nor rows, and yet another state: only positions of sequences are left.
    differences = _differences(status.changes, status.rows) or [line("a sequence stands elsewhere")]
    differences = indented(differences, 2)
    return [*lines, *_unsaved(status.version, differences), *_scripts(status)]


def _unsaved(version: str | None, differences: list[Line]) -> list[Line]:
    if version is not None:
        return [EMPTY, line("Differences from the head:"), EMPTY, *differences]
    hint = Span("  (kuzuvcs snapshot makes them the next version)", "faint")
    return [EMPTY, line("Differences that are in no version:"), line(hint), EMPTY, *differences]


def _extent(data: bool) -> str:
    return "in every value" if data else "by schema and row counts"


def _hint(data: bool) -> list[Line]:
    return [] if data else [line(Span("(kuzuvcs status --data compares every value)", "faint"))]


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


def _differences(changes: tuple[Change, ...], rows: Iterable[RowsChange]) -> list[Line]:
    counts = {count.table: count for count in rows}
    groups = grouped(changes, (table for table, count in counts.items() if differs(count)))
    lines: list[Line] = []
    for group in groups:
        lines += [EMPTY] if lines else []
        lines.append(_heading(group, counts.get(group.name) if group.what == "table" else None))
        for change in group.changes:
            lines += indented(change_lines(change), 4)
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


def _summary(changes: int, changed: list[RowsChange]) -> str:
    tables = sum(rows.before is not None and rows.after is not None for rows in changed)
    parts = [counted(changes, "schema change")] if changes else ["no schema changes"]
    parts += [counted(tables, "table with other data", "tables with other data")] if tables else []
    return ", ".join(parts)
