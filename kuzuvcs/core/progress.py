"""How long work tells of itself: the library reports, whoever calls it shows."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told which stage has begun, and how far it has come."""

    def stage(self, text: str, total: int = 0) -> None:
        """A stage begins; ``total`` in the units of :meth:`advance`, 0 where it is not known."""

    def advance(self, amount: int) -> None:
        """So many more units (rows or bytes) of the stage are done."""

    def note(self, text: str) -> None:
        """Something to know before the work goes on: it stays to be read."""


class Silent:
    """Progress that nobody watches."""

    def stage(self, text: str, total: int = 0) -> None:
        """Nothing is shown."""

    def advance(self, amount: int) -> None:
        """Nothing is shown."""

    def note(self, text: str) -> None:
        """Nothing is shown."""
