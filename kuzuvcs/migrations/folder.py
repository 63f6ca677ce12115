"""The folder of migration scripts: names that sort by time, and the scripts in that order."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kuzuvcs.core.scripts.pledge import Pledge
from kuzuvcs.core.scripts.script import BASE_DIGEST, MERGES, Script
from kuzuvcs.errors import MigrationError
from kuzuvcs.files import write_atomic
from kuzuvcs.migrations.lexer import parse_script
from kuzuvcs.migrations.script_bytes import read_text
from kuzuvcs.migrations.sum_file import SUFFIX, require_intact, script_paths, write_sum

_NAME = re.compile(r"[0-9]{8}_[0-9]{6}_[a-z0-9]+(?:_[a-z0-9]+)*")
_LONGEST_SLUG = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationFile:
    """A script in the folder; ``id`` is its file's name without the suffix."""

    id: str
    path: Path
    script: Script


def migration_id(created: datetime, message: str) -> str:
    """``YYYYMMDD_HHMMSS_description``: the time in UTC, the message as a slug."""
    return f"{created.astimezone(UTC):%Y%m%d_%H%M%S}_{slug(message)}"


def slug(message: str) -> str:
    """The message in lower-case ASCII letters, digits and underscores; ``migration`` if none are left."""
    plain = unicodedata.normalize("NFKD", message).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "_", plain)[:_LONGEST_SLUG].strip("_")
    return words or "migration"


def read_folder(folder: Path) -> tuple[MigrationFile, ...]:
    """All scripts, oldest first; none where there is no folder.

    ``MigrationError`` for a ``.cypher`` file that is no script.
    """
    return tuple(read_migration(path) for path in script_paths(folder))


def read_intact(folder: Path) -> tuple[MigrationFile, ...]:
    """All scripts, as above, of a folder that is as its sum file says.

    ``MigrationError`` where it is not, too.
    """
    require_intact(folder)
    return read_folder(folder)


def read_migration(path: Path) -> MigrationFile:
    """One script; ``MigrationError`` for a name or text that is none."""
    _check_id(path.stem, path)
    script = read_script(path)
    if script.head.value(MERGES):
        _check_merge(script, path)
    return MigrationFile(id=path.stem, path=path, script=script)


def read_script(path: Path) -> Script:
    """A script of any name, in the folder or elsewhere; ``MigrationError`` for a text that is none."""
    return parse_script(read_text(path), path.name)


def pledge(script: MigrationFile) -> Pledge:
    """What a script's head promises of the schema, and which branches it merges."""
    head = script.script.head
    return Pledge(
        id=script.id,
        from_digest=head.value("from-digest"),
        to_digest=head.value("to-digest"),
        branches=tuple(tuple(value.split()) for key, value in head.lines if key == MERGES),
        base=head.value(BASE_DIGEST),
    )


def write_migration(folder: Path, id: str, text: str) -> Path:
    """Write a script, and record it in the folder's sum file.

    ``MigrationError`` when there is one of that id, which is never overwritten, or the folder is not as its
    sum file says: recording it anew would hide that.
    """
    path = folder / f"{id}{SUFFIX}"
    _check_id(id, path)
    if path.exists():
        raise MigrationError(f"there is a migration script {path} already")
    require_intact(folder)
    write_atomic(path, text)
    write_sum(folder)
    return path


def _check_id(id: str, path: Path) -> None:
    if not _NAME.fullmatch(id) or not _is_time(id[:15]):
        raise MigrationError(
            f"{path} is no name of a migration script",
            cause="one is YYYYMMDD_HHMMSS_description.cypher, in lower-case letters, digits and underscores",
            hint="rename it, or move it out of the migrations folder; then kuzuvcs repair",
        )


def _check_merge(script: Script, path: Path) -> None:
    """A later merge script may take its place, and then it is recorded as applied and not run."""
    if script.up or script.down:
        why = "a merge script has no statements: it only names the scripts that it joins"
    elif not script.head.value(BASE_DIGEST) or not script.head.value("to-digest"):
        why = "a merge script names in base-digest and to-digest the schemas from which and to which it leads"
    else:
        return
    raise MigrationError(
        f"{path} is no merge script, though its head has a line '{MERGES}'",
        cause=why,
        hint=f"if it is a script of its own, take out the lines '{MERGES}' and '{BASE_DIGEST}', "
        "then kuzuvcs repair",
    )


def _is_time(text: str) -> bool:
    try:
        datetime.strptime(text, "%Y%m%d_%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return False
    return True
