"""Reports on the folder of scripts: what ``check`` and ``repair`` print."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from kuzuvcs.render.quantities import counted
from kuzuvcs.render.text import EMPTY, Line, Span, indented, line

if TYPE_CHECKING:
    from pathlib import Path

    from kuzuvcs.results import Mended, ScriptFault, ScriptsChecked


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


def repair_report(mended: Sequence[Mended], *, dry_run: bool) -> list[Line]:
    """A line for each thing mended."""
    if not mended:
        return [line("nothing to mend")]
    lines = [line(Span(one.subject, "strong"), f"  {one.text}") for one in mended]
    return [*lines, line(f"{counted(len(mended), 'thing')} {'to mend' if dry_run else 'mended'}")]


def _fault(fault: ScriptFault, shown: Callable[[Path], str]) -> list[Line]:
    place = shown(fault.file) if fault.line is None else f"{shown(fault.file)}:{fault.line}"
    title = line(f"{place}: ", Span(fault.kind, "error"), f": {fault.message}")
    below = [line(Span(text, "faint")) for text in (fault.cause, fault.hint) if text]
    return [title, *indented(below, 4)]
