"""Whether the operator lets scripts reach outside of the database.

``allow_outside`` in the project file counts only once it was confirmed on this machine: whoever writes
scripts may write the project file, too, and a pull must not decide it.  The confirmation is of the project's
settings as they are.  It is kept in the user's own folder for state, and not beside the database: a
repository can hold a file at any path below itself.
"""

from __future__ import annotations

import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from kuzuvcs.errors import KuzuvcsError, UsageError
from kuzuvcs.files import write_atomic
from kuzuvcs.project import Project
from kuzuvcs.user_folders import state_folder

State = Literal["unset", "confirmed", "changed", "unconfirmed"]
"""Of the setting: not in the file; confirmed as it is; confirmed for other settings; never confirmed here."""

COMMAND = "kuzuvcs trust"


def consent_of(project: Project) -> State:
    """What the setting is worth on this machine."""
    if not project.allow_outside:
        return "unset"
    try:
        record = json.loads(_record(project).read_text(encoding="utf-8"))
    except (OSError, ValueError, KuzuvcsError):
        return "unconfirmed"
    known = record.get("settings") if isinstance(record, dict) else None
    return "confirmed" if known == project.settings_digest else "changed"


def confirm(project: Project) -> Path:
    """Confirm the project's settings as they are; the file that records it.

    :raises UsageError: they do not say ``allow_outside = true``
    :raises KuzuvcsError: the record cannot be written
    """
    if not project.allow_outside:
        raise UsageError(
            "there is nothing to confirm",
            cause="the project file does not say allow_outside = true",
            hint="--allow-outside permits it for one run",
        )
    path = _record(project)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    record = {"project": str(project.root), "settings": project.settings_digest, "confirmed": now}
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomic(path, json.dumps(record, indent=2) + "\n")
    except OSError as error:
        raise KuzuvcsError(f"cannot write {path}", cause=str(error), hint="see XDG_STATE_HOME") from error
    return path


def revoke(project: Project) -> bool:
    """Take the confirmation back; whether there was one.

    :raises KuzuvcsError: the record cannot be removed
    """
    path = _record(project)
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise KuzuvcsError(f"cannot remove {path}", cause=str(error)) from error
    return True


def _record(project: Project) -> Path:
    key = hashlib.sha256(os.fsencode(project.root.resolve())).hexdigest()
    state = state_folder()
    if state is None:
        raise KuzuvcsError(
            "no folder for what was confirmed on this machine",
            cause="there is no home folder",
            hint="set XDG_STATE_HOME, or give --allow-outside with each command",
        )
    return state / "kuzuvcs" / "trusted" / f"{key}.json"
