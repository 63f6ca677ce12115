"""Draws the README's picture: some of the demo's commands with what they really printed."""

from __future__ import annotations

import io
import re
import tempfile
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

from scripts.demonstration.installed import read_packages
from scripts.demonstration.story import tell
from scripts.demonstration.terminal import WIDTH, Terminal

PICTURE = Path("docs/images/demo.svg")

SHOWN = (
    "kuzuvcs diff",
    'kuzuvcs snapshot -m "licenses, better names"',
    'kuzuvcs generate -m "licenses and names"',
    "kuzuvcs log",
    "kuzuvcs checkout v4",
    "kuzuvcs checkout v4 --discard",
)
"""In the order in which the demo runs them."""


def main() -> None:
    """Run the demo and write the picture."""
    with tempfile.TemporaryDirectory(prefix="kuzuvcs-demo-") as folder:
        terminal = Terminal(Path(folder), coloured=True)
        tell(terminal, read_packages())
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(_draw(terminal.shown), encoding="utf-8")


def _draw(runs: list[tuple[str, str]]) -> str:
    console = Console(record=True, width=WIDTH, file=io.StringIO(), color_system="truecolor")
    for text, output in runs:
        if text in SHOWN:
            console.print(Text.assemble(("$ ", "bold green"), (text, "bold")))
            console.print(Text.from_ansi(output))
            if text != SHOWN[-1]:
                console.print()
    return console.export_svg(
        title="kuzuvcs", theme=DIMMED_MONOKAI, unique_id="demo", code_format=_without_web_fonts()
    )


def _without_web_fonts() -> str:
    """rich's own layout, less the fonts that a viewer would fetch from elsewhere."""
    return re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)


if __name__ == "__main__":
    main()
