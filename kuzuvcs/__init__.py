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
    NotADatabase,
    OpenQuestion,
    ProjectError,
    ProofFailed,
    RunInProgress,
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
    "KuzuvcsError",
    "ManifestError",
    "NotADatabase",
    "OpenQuestion",
    "ProjectError",
    "ProofFailed",
    "Repository",
    "RunInProgress",
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
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
