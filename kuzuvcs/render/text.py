"""Text that can be shown: lines of styled spans, in which nothing moves the cursor or hides.

A table or column may be called anything, an escape sequence too.  Every span escapes what cannot be
seen as it is made, so that no renderer can forget to.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Style = Literal["plain", "strong", "faint", "added", "removed", "changed", "warning", "error"]

# Cc: escape sequences, line breaks.  Cf: direction marks, no width.  Cs: cannot be encoded.  Zl, Zp: breaks.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def visible(text: str) -> str:
    r"""The text with what cannot be seen, or what steers a terminal, as ``\x1b`` or ``\u202e``."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(letter) if unicodedata.category(letter) in _HIDDEN else letter for letter in text)


def _escape(letter: str) -> str:
    return letter.encode("unicode_escape", "surrogatepass").decode("ascii")


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of one line.  Its text is escaped by :func:`visible` as it is made."""

    text: str
    style: Style = "plain"

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", visible(self.text))


Line = tuple[Span, ...]

EMPTY: Line = ()


def line(*parts: str | Span) -> Line:
    """A line; plain strings are plain spans."""
    return tuple(Span(part) if isinstance(part, str) else part for part in parts)


def indented(lines: Iterable[Line], by: int) -> list[Line]:
    """The lines, moved right; empty ones stay empty."""
    return [(Span(" " * by), *spans) if spans else spans for spans in lines]


def plain_text(lines: Iterable[Line]) -> str:
    """The lines without styles, each ended by a line break."""
    return "".join("".join(span.text for span in spans).rstrip() + "\n" for spans in lines)


def paragraph(text: str, style: Style = "plain") -> list[Line]:
    """A text that may have line breaks, as lines."""
    return [(Span(part, style),) for part in text.splitlines()]
