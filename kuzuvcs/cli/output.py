"""The one place that prints: a JSON document, or lines in colour where there is a terminal."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from kuzuvcs.render.text import Line, Style, plain_text

_STYLES: dict[Style, str] = {
    "plain": "",
    "strong": "bold",
    "faint": "dim",
    "added": "green",
    "removed": "red",
    "changed": "yellow",
    "warning": "bold yellow",
    "error": "bold red",
}


def write_document(document: dict[str, Any]) -> None:
    """Print the one document on stdout, in ASCII: it is read by any program in any locale."""
    sys.stdout.write(json.dumps(document, indent=2, allow_nan=False) + "\n")


def write_event(event: dict[str, Any]) -> None:
    """Print an event of a run on stderr, as one line of JSON."""
    sys.stderr.write(json.dumps(event, allow_nan=False) + "\n")
    sys.stderr.flush()


def write_lines(lines: Iterable[Line], stream: IO[str]) -> None:
    """Print lines; coloured on a terminal, unless ``NO_COLOR`` is set (https://no-color.org)."""
    lines = tuple(lines)
    if not lines:
        return
    if _coloured(stream):
        _write_coloured(lines, stream)
    else:
        stream.write(plain_text(lines))


def terminal_width(stream: IO[str]) -> int | None:
    """In cells; None where lines are not to be cut, because no terminal shows them."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


def shown_path(path: Path) -> str:
    """A path as a person at work here would write it."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def local_now() -> datetime:
    """The moment, in the time zone in which times are shown."""
    return datetime.now(UTC).astimezone()


def _coloured(stream: IO[str]) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _write_coloured(lines: Iterable[Line], stream: IO[str]) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, highlight=False, soft_wrap=True)
    for spans in lines:
        text = Text()
        for span in spans:
            text.append(span.text, _STYLES[span.style])
        text.rstrip()
        console.print(text)
