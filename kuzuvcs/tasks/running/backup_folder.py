"""The folder of a database's backups: one file each, and beside it the JSON file that describes it."""

from __future__ import annotations

import glob
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kuzuvcs.core import limits
from kuzuvcs.core.backup import Backup, backup_from_json, backup_to_json, surplus
from kuzuvcs.errors import ManifestError, UnknownBackup
from kuzuvcs.files import sync_folder, write_atomic
from kuzuvcs.reading import kind_of, read_bounded, real_path

_TIME = "%Y%m%dT%H%M%S.%fZ"
_UNFINISHED = ".part"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupFolder:
    """The backups of the database at ``database``, a path without links.

    A backup is complete once its file has its name: that is the last step of making one, and losing it the
    first of removing one.
    """

    path: Path
    database: Path

    @classmethod
    def of(cls, database: Path) -> BackupFolder:
        """That of a live database; it need not exist."""
        real = real_path(database)
        return cls(path=real.parent / ".kuzuvcs" / "backups", database=real)

    def new_name(self) -> tuple[str, str]:
        """A name with the time in it, and the time (UTC, ISO 8601)."""
        now = datetime.now(UTC)
        return f"{self.database.name}.{now:{_TIME}}", now.isoformat(timespec="microseconds")

    def all(self) -> tuple[Backup, ...]:
        """Every complete one that says what it is, newest first."""
        found = (self._read(path) for path in self._files())
        backups = (one for one in found if isinstance(one, Backup))
        return tuple(sorted(backups, key=lambda one: one.created, reverse=True))

    def unreadable(self) -> tuple[tuple[Path, str], ...]:
        """Files with a backup's name that are no backup that can be used, each with the cause."""
        found = ((path, self._read(path)) for path in self._files())
        return tuple((path, fault) for path, fault in found if isinstance(fault, str))

    def find(self, name: str) -> Backup:
        """The backup of that name.

        :raises UnknownBackup: there is none
        """
        for one in self.all():
            if one.name == name:
                return one
        raise UnknownBackup(
            f"no backup {name!r} of {self.database.name}",
            cause=f"in {self.path} there is no such one, complete with its description",
            hint="kuzuvcs backups lists them",
        )

    def file(self, backup: Backup) -> Path:
        """Where a backup of this folder lies."""
        return self.path / backup.name

    def unfinished(self, name: str) -> Path:
        """Where a backup is made, before it has its name."""
        return self.path / f".{name}{_UNFINISHED}"

    def finish(self, unfinished: Path, backup: Backup) -> None:
        """Describe a backup, then give it its name."""
        finish(unfinished, self.file(backup), backup)

    def remove(self, backup: Backup) -> None:
        """Remove a backup for good."""
        self.file(backup).unlink(missing_ok=True)
        description(self.file(backup)).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove what a kill left of unfinished ones.

        Only for who holds the run lock: another's may be unfinished still.
        """
        for left in self.path.glob(f".{self._name}.*"):
            if self._is_named(left.name[1:].removesuffix(_UNFINISHED).partition(".json.")[0]):
                left.unlink()
        for path in self.path.glob(f"{self._name}.*.json"):
            if self._is_named(path.stem) and not path.with_suffix("").exists():
                path.unlink()

    def prune(self, keep: int, *, but: str = "") -> None:
        """Remove the automatic ones but the newest ``keep``, and but the one named ``but``."""
        for backup in surplus(self.all(), keep, but):
            self.remove(backup)

    def _files(self) -> list[Path]:
        return sorted(path for path in self.path.glob(f"{self._name}.*") if self._is_named(path.name))

    @property
    def _name(self) -> str:
        """The database's, in a pattern."""
        return glob.escape(self.database.name)

    def _is_named(self, name: str) -> bool:
        """Whether a name is one of this database's: another's may begin like it."""
        time = name.removeprefix(f"{self.database.name}.")
        return re.fullmatch(r"[0-9]{8}T[0-9]{6}\.[0-9]{6}Z", time) is not None

    def _read(self, file: Path) -> Backup | str:
        """What is said of it, or why that cannot be used."""
        try:
            if kind := kind_of(file.lstat().st_mode):
                return f"it is {kind}"
            backup = read_description(file)
        except FileNotFoundError:
            return "it was removed meanwhile"
        except ManifestError as error:
            return f"{error.message}: {error.cause}"
        if backup is None:
            return f"{description(file).name} is missing"
        if backup.name != file.name:
            return f"{description(file).name} describes another backup, {backup.name!r:.200}"
        return backup


def finish(unfinished: Path, file: Path, backup: Backup) -> None:
    """Describe a backup, then give its file its name: from then on it is there."""
    write_atomic(description(file), backup_to_json(backup), like=unfinished)
    unfinished.rename(file)
    sync_folder(file.parent)


def description(file: Path) -> Path:
    """Where a backup's description lies."""
    return file.with_name(file.name + ".json")


def read_description(file: Path) -> Backup | None:
    """What is said of a backup; None where nothing is.

    :raises ManifestError: it cannot be read
    """
    try:
        text = read_bounded(description(file), limits.BACKUP_RECORD).decode("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ManifestError(f"cannot read {description(file)}", cause=str(error)) from error
    return backup_from_json(text, str(description(file)))
