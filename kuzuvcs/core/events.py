"""What happens in a run, told as it happens: by name, with values that JSON knows."""

from __future__ import annotations

from typing import Protocol


class Events(Protocol):
    """Told of each thing that a run does; the names and fields are those of docs/backups.md."""

    def emit(self, event: str, **fields: object) -> None:
        """Something has happened."""


class Unheard:
    """Events that nobody listens to."""

    def emit(self, event: str, **fields: object) -> None:
        """Nothing is told."""
