"""Checkout: beside, or into the live database's place, never over work that is in no version."""

from __future__ import annotations

from pathlib import Path

from kuzuvcs.core.progress import Progress
from kuzuvcs.engines.client import Worker
from kuzuvcs.errors import KuzuvcsError
from kuzuvcs.results import Verification
from kuzuvcs.store import Store
from kuzuvcs.tasks.capture import capture
from kuzuvcs.tasks.checkout import assemble_files, restore
from kuzuvcs.tasks.inspect import Declarations, inspect
from kuzuvcs.tasks.place import locked, replace
from kuzuvcs.tasks.versions import StoredVersion, new_version, read_version


def checkout_beside(
    store: Store,
    stored: StoredVersion,
    target: Path,
    folder: Path,
    progress: Progress,
    declared: Declarations,
    *,
    verify: Verification,
    discard: bool,
    wait: float | None = None,
) -> None:
    """Restore to a path where nothing is; with ``discard`` also over a database.

    :raises KuzuvcsError: something is there
    """
    if target.exists() and not discard:
        raise KuzuvcsError(
            f"{target} exists already",
            cause="checkout --to writes a new database",
            hint="name another path, or add --discard to replace what is there",
        )
    built = _built(store, stored, folder, progress, declared, verify)
    if target.exists():
        with locked(target, wait or 0.0) as worker:
            replace(built, target, worker)
    else:
        replace(built, target, None)


def checkout_live(
    store: Store,
    stored: StoredVersion,
    target: Path,
    folder: Path,
    progress: Progress,
    declared: Declarations,
    *,
    verify: Verification,
    discard: bool,
    wait: float | None = None,
) -> None:
    """Restore into the live place, with the live database locked from the check through the rename.

    :raises KuzuvcsError: the live database is no version, and ``discard`` is not given
    """
    if not target.exists():
        replace(_built(store, stored, folder, progress, declared, verify), target, None)
        return
    with locked(target, wait or 0.0) as worker:
        if not discard:
            _require_version(store, worker, target, folder, progress, declared)
        built = _built(store, stored, folder, progress, declared, verify)
        replace(built, target, worker)


def _built(
    store: Store,
    stored: StoredVersion,
    folder: Path,
    progress: Progress,
    declared: Declarations,
    verify: Verification,
) -> Path:
    files = assemble_files(store, stored, folder, progress, values=verify == "values")
    built = folder / "restored.kuzu"
    restore(stored, files, built, folder, progress, declared, verify=verify)
    return built


def _require_version(
    store: Store, worker: Worker, live: Path, folder: Path, progress: Progress, declared: Declarations
) -> None:
    check = folder / "live"
    check.mkdir()
    inspection = inspect(live, check, declared, worker)
    captured = capture(worker, inspection.schema, check, progress)
    now = new_version(inspection, captured, engine="kuzu", release="", storage=0)
    for version in store.versions():
        if read_version(store, version).content == now.manifest.content_digest:
            return
    raise KuzuvcsError(
        "the live database holds work that is in no version",
        cause=f"{live} is none of the versions in the store, by value",
        hint="kuzuvcs snapshot keeps it; --discard throws it away",
    )
