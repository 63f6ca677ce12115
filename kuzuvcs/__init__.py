"""Version control for Kuzu graph databases: snapshot, diff, generate, checkout, verify.

>>> from kuzuvcs import Repository
>>> repository = Repository.open(".")
>>> repository.snapshot("first").version
'v1'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kuzuvcs.errors import (
    DamagedBackup,
    DamagedStore,
    DatabaseLocked,
    EngineCrashed,
    EngineError,
    EngineTimeout,
    KuzuvcsError,
    ManifestError,
    MigrationError,
    MigrationFailed,
    NotADatabase,
    OpenQuestion,
    ProjectError,
    ProofFailed,
    RunInProgress,
    SchemaDrift,
    SchemaError,
    StoreBusy,
    StoreError,
    UnknownBackup,
    UnknownRevision,
    UnsupportedChange,
    UsageError,
    VerificationFailed,
)
from kuzuvcs.release import RELEASE

if TYPE_CHECKING:
    from kuzuvcs.kuzu_backup import KuzuBackup
    from kuzuvcs.kuzu_migration import KuzuMigration
    from kuzuvcs.repository import Repository

__version__ = RELEASE

__all__ = [
    "DamagedBackup",
    "DamagedStore",
    "DatabaseLocked",
    "EngineCrashed",
    "EngineError",
    "EngineTimeout",
    "KuzuBackup",
    "KuzuMigration",
    "KuzuvcsError",
    "ManifestError",
    "MigrationError",
    "MigrationFailed",
    "NotADatabase",
    "OpenQuestion",
    "ProjectError",
    "ProofFailed",
    "Repository",
    "RunInProgress",
    "SchemaDrift",
    "SchemaError",
    "StoreBusy",
    "StoreError",
    "UnknownBackup",
    "UnknownRevision",
    "UnsupportedChange",
    "UsageError",
    "VerificationFailed",
    "__version__",
]


def __getattr__(name: str) -> Any:
    # Repository brings store, columns and engines with it; `kuzuvcs --help` waits for none of them.
    if name == "Repository":
        from kuzuvcs.repository import Repository

        return Repository
    if name == "KuzuBackup":
        from kuzuvcs.kuzu_backup import KuzuBackup

        return KuzuBackup
    if name == "KuzuMigration":
        from kuzuvcs.kuzu_migration import KuzuMigration

        return KuzuMigration
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
