"""The help of the program and of every command, as one text 80 columns wide.

``python -m tests.cli.help_text > tests/cli/help.txt`` accepts what it is now.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from unittest.mock import patch

from kuzuvcs.cli.app import COMMANDS, run
from kuzuvcs.cli.engine import ENGINE_COMMANDS
from kuzuvcs.cli.refactor import REFACTORINGS


def all_help() -> str:
    """What ``kuzuvcs --help`` and ``kuzuvcs COMMAND --help`` print, each below the line that asks for it."""
    kinds = [[], *([kind.__name__.replace("_", "-")] for kind in REFACTORINGS)]
    calls = [
        ["--help"],
        *([command.__name__, "--help"] for command in COMMANDS),
        *(["refactor", *kind, "--help"] for kind in kinds),
        ["engine", "--help"],
        *(["engine", name, "--help"] for name in ENGINE_COMMANDS),
    ]
    return "\n".join(f"$ kuzuvcs {' '.join(call)}\n{_printed(call)}" for call in calls)


def _printed(call: list[str]) -> str:
    text = io.StringIO()
    with patch.dict(os.environ, {"COLUMNS": "80"}), contextlib.redirect_stdout(text):
        assert run(call) == 0
    return text.getvalue()


if __name__ == "__main__":
    sys.stdout.write(all_help())
