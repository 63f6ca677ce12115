"""Questions, asked on a terminal with the evidence shown; where there is none, nobody is asked."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from kuzuvcs.cli import output
from kuzuvcs.errors import OpenQuestion
from kuzuvcs.render.text import Span, line

if TYPE_CHECKING:
    from kuzuvcs.cli.options import GlobalOptions


class Question(Protocol):
    """What can be answered by yes or no: about a rename, or about the cost of a proof."""

    def text(self) -> str:
        """The question, a question mark, and then the evidence."""

    def options(self) -> tuple[str, str]:
        """The command-line options for yes and for no."""


_ANSWERS = {"y": True, "yes": True, "n": False, "no": False}


def can_ask(options: GlobalOptions) -> bool:
    """Whether someone is there who sees the question and can answer it."""
    return not options.no_input and sys.stdin.isatty() and sys.stderr.isatty()


def questioner(before: Callable[[], None]) -> Callable[[Question], bool]:
    """A function that asks; ``before`` is called first, to clear the terminal of progress."""

    def ask(question: Question) -> bool:
        before()
        what, _, evidence = question.text().partition("? ")
        lines = [line(Span(f"{what}?", "strong")), line(Span(f"  {evidence}", "faint"))]
        output.write_lines(lines, sys.stderr)
        return _answer(question)

    return ask


def _answer(question: Question) -> bool:
    while True:
        sys.stderr.write("  [y/n] ")
        sys.stderr.flush()
        try:
            text = sys.stdin.readline()
        except KeyboardInterrupt:
            sys.stderr.write("\n")
            raise
        if not text:
            sys.stderr.write("\n")
            yes, no = question.options()
            raise OpenQuestion(question.text(), cause="the input ended", hint=f"answer by {yes} or {no}")
        if (answer := _ANSWERS.get(text.strip().lower())) is not None:
            return answer
