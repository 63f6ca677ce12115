"""Reports on the folder of scripts: what ``check`` and ``repair`` print."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from kuzuvcs.render.quantities import counted
from kuzuvcs.render.text import EMPTY, Line, Span, indented, line

if TYPE_CHECKING:
    from pathlib import Path

    from kuzuvcs.results import Mended, Merged, Proven, Ran, ScriptFault, ScriptsChecked


def check_report(checked: ScriptsChecked, shown: Callable[[Path], str] = str) -> list[Line]:
    """Every fault with its cause and its way out below it; then what was found in all."""
    lines: list[Line] = []
    for fault in checked.faults:
        lines += _fault(fault, shown)
    found = counted(len(checked.faults), "fault") if checked.faults else "nothing found"
    summary = line(f"{counted(len(checked.scripts), 'script')}: {found}")
    return [
        *lines,
        *([EMPTY] if lines else []),
        summary,
        *(line(Span(one, "faint")) for one in checked.left_out),
    ]


def check_faults(checked: ScriptsChecked, shown: Callable[[Path], str] = str) -> list[Line]:
    """The faults, a line each."""
    return [_title(fault, shown) for fault in checked.faults]


def prove_report(proven: Proven, shown: Callable[[Path], str] = str) -> list[Line]:
    """What was proven, what DOWN does not bring back, and what both sections cost."""
    extent = "" if proven.proof.data else ", on a copy without rows"
    sections = "UP and DOWN proved" if proven.proof.down else "UP proved; there is no DOWN"
    return [
        line(Span(shown(proven.path), "strong")),
        line(Span(sections, "added"), f" on {proven.before}{extent}"),
        *(line(Span(f"! not brought back: {one}", "warning")) for one in proven.lost),
        *(line(Span(f"! {one}", "warning")) for one in proven.hazards),
        *(line(Span(f"! DOWN: {one}", "warning")) for one in proven.down_hazards),
    ]


def edited_warnings(ran: Sequence[Ran]) -> list[str]:
    """A warning for each script that is not the one that was proven."""
    return [
        f"{one.id} was edited since it was proven: kuzuvcs prove {one.id} proves it again"
        for one in ran
        if one.proof == "edited"
    ]


def merge_report(merged: Merged, shown: Callable[[Path], str] = str) -> list[Line]:
    """The script, what it joins, and what comes next."""
    if merged.path is None:
        return [line("nothing to merge: the scripts follow one another")]
    return [
        line(Span(shown(merged.path), "strong")),
        *indented([line("joins ", ", ".join(branch)) for branch in merged.branches], 2),
        line(f"proved in either order: {'same schema and values' if merged.data else 'same schema'}"),
        line(Span("kuzuvcs migrate runs what this database lacks; then kuzuvcs snapshot", "faint")),
    ]


def repair_report(mended: Sequence[Mended], *, dry_run: bool) -> list[Line]:
    """A line for each thing mended."""
    if not mended:
        return [line("nothing to mend")]
    lines = [line(Span(one.subject, "strong"), f"  {one.text}") for one in mended]
    return [*lines, line(f"{counted(len(mended), 'thing')} {'to mend' if dry_run else 'mended'}")]


def _title(fault: ScriptFault, shown: Callable[[Path], str]) -> Line:
    place = shown(fault.file) if fault.line is None else f"{shown(fault.file)}:{fault.line}"
    return line(f"{place}: ", Span(fault.kind, "error"), f": {fault.message}")


def _fault(fault: ScriptFault, shown: Callable[[Path], str]) -> list[Line]:
    below = [line(Span(text, "faint")) for text in (fault.cause, fault.hint) if text]
    return [_title(fault, shown), *indented(below, 4)]
