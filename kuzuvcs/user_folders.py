"""The user's own folders, as the XDG base directory specification and macOS have them.

A service may have no home folder: HOME is not set, and the system does not know the user.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_folder() -> Path | None:
    """Where a user's programs keep what they can make again; None without a home folder."""
    return _folder("XDG_CACHE_HOME", ".cache", "Library/Caches")


def state_folder() -> Path | None:
    """Where a user's programs keep what they have to remember; None without a home folder."""
    return _folder("XDG_STATE_HOME", ".local/state", "Library/Application Support")


def _folder(variable: str, default: str, on_macos: str) -> Path | None:
    given = Path(os.environ.get(variable, ""))
    if given.is_absolute():  # the specification has relative paths ignored
        return given
    try:
        home = Path.home()
    except RuntimeError:
        return None
    return home / (on_macos if sys.platform == "darwin" else default)
