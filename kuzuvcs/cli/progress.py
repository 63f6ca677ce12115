"""Progress as a bar on stderr that is gone when the work is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kuzuvcs.render.text import visible

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class TerminalProgress:
    """Implements :class:`kuzuvcs.core.progress.Progress`: one bar, for the stage that is at work."""

    def __init__(self) -> None:
        self._display: Progress | None = None
        self._task: TaskID | None = None

    def stage(self, text: str, total: int = 0) -> None:
        """Show the stage; without a total the bar only moves."""
        display = self._started()
        if self._task is not None:
            display.remove_task(self._task)
        self._task = display.add_task(visible(text), total=total or None)

    def advance(self, amount: int) -> None:
        """Move the bar on."""
        if self._display is not None and self._task is not None:
            self._display.advance(self._task, amount)

    def note(self, text: str) -> None:
        """Write a line that stays, above the bar."""
        self._started().console.print(visible(text), style="dim", markup=False, highlight=False)

    def stop(self) -> None:
        """Take the display away, so that something else can be printed."""
        if self._display is not None:
            self._display.stop()
        self._display = self._task = None

    def _started(self) -> Progress:
        if self._display is None:
            self._display = _display()
            self._display.start()
        return self._display


def _display() -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        SpinnerColumn,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
