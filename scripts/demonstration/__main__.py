"""Run the demo: ``python -m scripts.demonstration [--keep DIR]``."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from scripts.demonstration.installed import read_packages
from scripts.demonstration.story import tell
from scripts.demonstration.terminal import DemoFailed, Terminal


def main() -> int:
    """Run it and return the exit code: 0, or 1 where anything went otherwise than told."""
    parser = argparse.ArgumentParser(
        prog="scripts/demo", description="kuzuvcs on a graph of this machine's Python packages."
    )
    parser.add_argument(
        "--keep", metavar="DIR", type=Path, help="work in this new or empty folder, and keep it"
    )
    keep: Path | None = parser.parse_args().keep
    if keep is not None:
        if keep.is_dir() and any(keep.iterdir()):
            parser.error(f"{keep} is not empty")
        keep.mkdir(parents=True, exist_ok=True)
        return _run(keep.resolve(), kept=True)
    with tempfile.TemporaryDirectory(prefix="kuzuvcs-demo-") as folder:
        return _run(Path(folder), kept=False)


def _run(folder: Path, *, kept: bool) -> int:
    start = time.monotonic()
    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    terminal = Terminal(folder, coloured)
    try:
        tell(terminal, read_packages())
    except DemoFailed as error:
        print(f"\nerror: the demo failed: {error}", file=sys.stderr)
        return 1
    place = f"everything is kept in {folder}" if kept else "nothing is left behind"
    terminal.note(f"Done in {time.monotonic() - start:.0f} s; {place}")
    return 0


sys.exit(main())
