"""Cells in columns: as wide as they must be, the last one cut where the terminal ends."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from kuzuvcs.render.text import Line, Span

GAP = 2
_SMALLEST = 10


def cell_width(text: str) -> int:
    """How many terminal cells a text takes: wide letters two, combining marks none."""
    return len(text) if text.isascii() else sum(_letter_width(letter) for letter in text)


def _letter_width(letter: str) -> int:
    if unicodedata.category(letter) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in {"W", "F"} else 1


def cut(text: str, width: int) -> str:
    """The text, or as much of it as fits with an ellipsis at the end."""
    if cell_width(text) <= width:
        return text
    used = 0
    for position, letter in enumerate(text):
        used += _letter_width(letter)
        if used > width - 1:
            return text[:position] + "…"
    return text


def in_columns(
    rows: Sequence[Sequence[Span]], *, right: Iterable[int] = (), width: int | None = None
) -> list[Line]:
    """Rows of equally many cells as lines.

    ``right`` are the columns of numbers, set to the right.  With a ``width`` in terminal cells the last
    column is cut to it (never below ten cells); the others are never cut.
    """
    if not rows:
        return []
    widths = [max(cell_width(row[column].text) for row in rows) for column in range(len(rows[0]))]
    if width is not None:
        widths[-1] = min(widths[-1], max(_SMALLEST, width - sum(widths[:-1]) - GAP * (len(widths) - 1)))
    numbers = frozenset(right)
    return [_row(row, widths, numbers) for row in rows]


def _row(row: Sequence[Span], widths: Sequence[int], numbers: frozenset[int]) -> Line:
    spans: list[Span] = []
    last = len(row) - 1
    for column, cell in enumerate(row):
        shown = Span(cut(cell.text, widths[column]), cell.style)
        space = Span(" " * (widths[column] - cell_width(shown.text)))
        spans += [space, shown] if column in numbers else [shown, space]
        if column < last:
            spans.append(Span(" " * GAP))
    return tuple(span for span in spans if span.text)
