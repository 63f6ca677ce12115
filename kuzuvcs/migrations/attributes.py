"""What git is told of the migrations folder: to leave the bytes of scripts as they are."""

from __future__ import annotations

import os
from pathlib import Path

from kuzuvcs.files import write_atomic

ATTRIBUTES = ".gitattributes"

_TEXT = """\
# git must not change the line endings of scripts: a line break in a value would change with them.
*.cypher -text
*.sum -text
"""


def write_attributes(folder: Path) -> bool:
    """Write the file, unless there is one; whether it was written."""
    path = folder / ATTRIBUTES
    if os.path.lexists(path):
        return False
    write_atomic(path, _TEXT)
    return True
