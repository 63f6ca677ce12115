"""Reports of running scripts: what ``migrate``, ``rollback`` and ``history`` print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kuzuvcs.core.scripts.portions import portion_text
from kuzuvcs.render.layout import in_columns
from kuzuvcs.render.quantities import counted
from kuzuvcs.render.text import Line, Span, line

if TYPE_CHECKING:
    from kuzuvcs.core.scripts.history import Applied
    from kuzuvcs.results import Ran


IN_PLACE = (
    "--in-place makes no copy and no backup: a fault of the engine hits the live database, and a script "
    "that cannot be one transaction stands half-way after a failure or a kill, until it is gone on with"
)
"""Said before a run in place."""


def migrate_report(ran: Sequence[Ran], *, dry_run: bool) -> list[Line]:
    """A line for each script."""
    return _report(ran, "nothing to run", "to run", "run", dry_run=dry_run)


def marked_report(ran: Sequence[Ran], *, dry_run: bool) -> list[Line]:
    """A line for each script."""
    return _report(ran, "nothing to record", "to be recorded as run", "recorded as run", dry_run=dry_run)


def rollback_report(ran: Sequence[Ran], *, dry_run: bool) -> list[Line]:
    """A line for each script, and what becomes of what they drop."""
    lines = _report(ran, "nothing to roll back", "to roll back", "rolled back", dry_run=dry_run)
    if any(part.captured for one in ran for part in one.drops):
        kept = "will be kept" if dry_run else "is kept"
        lines.append(line(f"what they drop {kept} in the store; kuzuvcs migrate brings it back"))
    return lines


def trust_report(*, confirmed: bool) -> list[Line]:
    """What counts from now on."""
    if confirmed:
        return [
            line("allow_outside is confirmed on this machine, for the project's settings as they are now")
        ]
    return [line("allow_outside is not confirmed on this machine")]


def history_report(runs: Sequence[Applied]) -> list[Line]:
    """A line for each run, oldest first."""
    if not runs:
        return [line("no script was run")]
    heading = tuple(Span(name, "faint") for name in ("run", "took", "script", ""))
    rows = [heading, *map(_run, runs)]
    return in_columns(rows, right=(1,))


def _report(ran: Sequence[Ran], nothing: str, will: str, did: str, *, dry_run: bool) -> list[Line]:
    if not ran:
        return [line(nothing)]
    lines = [text for one in ran for text in _script(one)]
    return [*lines, line(f"{counted(len(ran), 'script')} {will if dry_run else did}")]


def _script(ran: Ran) -> list[Line]:
    """A script, and below it what it drops and what came back."""
    lines = [line(ran.id) if ran.seconds is None else line(f"{ran.id}  {ran.seconds:.1f} s")]
    for one in ran.drops:
        text = f"  drops {portion_text(one)}"
        lines.append(line(text if one.captured else f"{text}, which cannot be brought back"))
    lines += [line(f"  brings back {portion_text(one)}") for one in ran.brought_back]
    return [*lines, *(line(f"  {note}") for note in ran.notes)]


def _run(run: Applied) -> tuple[Span, ...]:
    took = f"{run.seconds:.1f} s" if run.seconds else "-"
    half = f"half-way: {run.progress}" if run.unfinished else ""
    gone = f"rolled back {run.rolled_back[:16].replace('T', ' ')}" if run.rolled_back else half
    texts = (run.applied[:16].replace("T", " "), took, run.id, gone)
    return tuple(Span(text) for text in texts)
