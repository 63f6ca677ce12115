"""What can go wrong, said in three parts: what failed, why, and what to do next.

Every error that reaches a user is a :class:`KuzuvcsError`.  The command line maps its
``exit_code`` in one place; the library never prints and never exits.
"""

from __future__ import annotations

from pathlib import Path


class KuzuvcsError(Exception):
    """A failure with a message, its cause, a hint, and the exit code it maps to."""

    exit_code = 1
    """0 done; 1 failed; 2 wrong usage or an open question; 3 verification failed; 4 engine crashed."""

    def __init__(self, message: str, *, cause: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.cause = cause
        self.hint = hint

    def __str__(self) -> str:
        lines = [self.message]
        if self.cause:
            lines.append(f"cause: {self.cause}")
        if self.hint:
            lines.append(f"hint: {self.hint}")
        return "\n".join(lines)


class UsageError(KuzuvcsError):
    """The call itself is wrong: an unknown option value, a path that cannot be used."""

    exit_code = 2


class OpenQuestion(UsageError):
    """A decision that nobody was there to make; the hint names the options that make it."""


class CastRefused(OpenQuestion):
    """Values that a change of type cannot cast; the user has to say what becomes of them."""


class ProjectError(KuzuvcsError):
    """No project file, or one that does not say what it must."""


class ManifestError(KuzuvcsError):
    """A manifest that cannot be read: damaged, of a newer format, or not one at all."""


class SchemaError(KuzuvcsError):
    """A schema that contradicts itself, or that the engine could not hold."""


class UnsupportedChange(KuzuvcsError):
    """A change that no statement makes, nor a rebuild of the table with the data that is there."""


class StoreError(KuzuvcsError):
    """The git store cannot be read or written."""


class UnknownRevision(StoreError):
    """A revision that names no version."""


class StoreBusy(StoreError):
    """Another process writes to the store."""


class DamagedStore(StoreError):
    """Bytes in the store are not those that were committed."""

    exit_code = 3


class VerificationFailed(KuzuvcsError):
    """Counts or values differ from what the manifest says."""

    exit_code = 3


class EngineError(KuzuvcsError):
    """The engine refused a statement, or the database cannot be opened."""


class StatementRefused(EngineError):
    """A statement was not run: it is more than one, or may reach outside the database."""


class DatabaseLocked(EngineError):
    """Another process has the database open, or this one, with ``own``."""

    own = False


class UnsupportedDatabase(EngineError):
    """A database with something in it that kuzuvcs does not handle, so nothing of it is read or moved."""


class DefectiveRelease(EngineError):
    """The only release that may write a database has a known defect, so the database is not written."""


class DatabaseChanging(EngineError):
    """An application wrote to the database while it was being read, so no single state was seen."""


class RunInProgress(KuzuvcsError):
    """Another kuzuvcs is changing the database."""


class DamagedBackup(KuzuvcsError):
    """A backup is not what was written."""

    exit_code = 3


class UnknownBackup(KuzuvcsError):
    """No backup of that name, and no file there."""


class NotADatabase(EngineError):
    """The path is missing, a folder, empty, foreign, or of another storage version.

    With a ``path``, the hint ends in what to name, so that it can go on with where that is done.
    """

    def __init__(self, message: str, *, cause: str = "", hint: str = "", path: Path | None = None) -> None:
        super().__init__(message, cause=cause, hint=hint)
        self.path = path


class EngineCrashed(EngineError):
    """The engine ended its process; the statement that did it is named."""

    exit_code = 4


class EngineTimeout(EngineCrashed):
    """The engine did not answer in time and was ended."""


class ProofFailed(KuzuvcsError):
    """A migration script does not do what it promises."""

    exit_code = 3


class MigrationError(KuzuvcsError):
    """A script that cannot be read, or that is not what the history of the database knows."""


class MigrationFailed(KuzuvcsError):
    """A migration script failed when it was run; the live database is as it was."""


class MigrationCrashed(MigrationFailed):
    """A migration script made the engine end its process; the live database is as it was."""

    exit_code = 4


class SchemaDrift(KuzuvcsError):
    """The live database has another schema than the history of its migrations says."""
