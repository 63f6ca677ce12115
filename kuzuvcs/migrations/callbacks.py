"""Cypher that is run around scripts: ``migrations/callbacks/before_each.cypher``, and its like.

Cypher only: whoever pulls a repository must never run another's program.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, get_args

from kuzuvcs.core.scripts.script import Script, ScriptHead
from kuzuvcs.errors import MigrationError
from kuzuvcs.migrations.folder import MigrationFile
from kuzuvcs.migrations.lexer import parse_statements
from kuzuvcs.migrations.script_bytes import read_text
from kuzuvcs.migrations.sum_file import CALLBACKS, SUFFIX

UpCallback = Literal["before_all", "before_each", "after_each", "after_all"]
DownCallback = Literal[
    "before_all_rollback", "before_each_rollback", "after_each_rollback", "after_all_rollback"
]
Callback = UpCallback | DownCallback

UP_CALLBACKS: tuple[Callback, ...] = get_args(UpCallback)
DOWN_CALLBACKS: tuple[Callback, ...] = get_args(DownCallback)
"""In the order of :class:`kuzuvcs.tasks.running.around.Around`."""

NAMES = (*UP_CALLBACKS, *DOWN_CALLBACKS)


def read_callbacks(folder: Path) -> dict[Callback, MigrationFile]:
    """Those that are there, each as a script whose UP it is.

    :raises MigrationError: a file there is none of them, or cannot be read
    """
    place = folder / CALLBACKS
    if not os.path.lexists(place):
        return {}
    if not place.is_dir():
        raise MigrationError(
            f"cannot list {place}", cause="it is not a folder", hint="rename it, or move it away"
        )
    found: dict[Callback, MigrationFile] = {}
    for path in sorted(place.iterdir()):
        name = next((one for one in NAMES if path.name == f"{one}{SUFFIX}"), None)
        if name is None:
            raise MigrationError(
                f"{CALLBACKS}/{path.name} is no callback",
                cause=f"there are {', '.join(NAMES)}, each with {SUFFIX}",
                hint="a misspelt one would never be run: rename it, or move it away",
            )
        found[name] = read_callback(path)
    return found


def is_callback(path: Path) -> bool:
    """Whether a file is a callback by its folder and its name."""
    return path.parent.name == CALLBACKS and path.name in {f"{name}{SUFFIX}" for name in NAMES}


def read_callback(path: Path) -> MigrationFile:
    """One of them, as a script whose UP it is; ``MigrationError`` for a text that is none."""
    name = f"{CALLBACKS}/{path.name}"
    statements, end = parse_statements(read_text(path), name)
    script = Script(head=ScriptHead(lines=()), up=statements, down=(), up_end=end)
    return MigrationFile(id=f"{CALLBACKS}/{path.stem}", path=path, script=script)
