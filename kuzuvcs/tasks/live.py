"""Checkout: beside, or into the live database's place, never over work that is in no version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace as replace_value
from pathlib import Path

from kuzuvcs.core.engine import EngineName
from kuzuvcs.core.scripts.history import Applied
from kuzuvcs.core.scripts.history_checkout import after_checkout
from kuzuvcs.engines.choice import environment_of
from kuzuvcs.engines.client import Worker, read_header
from kuzuvcs.engines.dialects import shows_more_in_its_file
from kuzuvcs.errors import EngineError, KuzuvcsError
from kuzuvcs.results import LeftOut, Verification
from kuzuvcs.tasks.building.checkout import assemble_files, restore, wanted_of
from kuzuvcs.tasks.building.place import locked, replace, require_replaceable
from kuzuvcs.tasks.engines.fit import Fitted, fit
from kuzuvcs.tasks.engines.later import write_later
from kuzuvcs.tasks.reading.capture import capture
from kuzuvcs.tasks.reading.history import has_history, now, read_history, record
from kuzuvcs.tasks.reading.inspect import inspect
from kuzuvcs.tasks.versions import StoredVersion, find_version, new_version, read_kept_history, read_version
from kuzuvcs.tasks.workplace import Workplace


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A database in its place: its engine, what it goes without, and where what makes its indexes stands.

    ``replaced`` says in sentences what the database that was there had and no version keeps.
    """

    engine: EngineName
    left_out: tuple[LeftOut, ...]
    later: Path | None
    replaced: tuple[str, ...] = ()


def checkout_beside(
    work: Workplace,
    stored: StoredVersion,
    target: Path,
    *,
    verify: Verification,
    discard: bool,
    wait: float | None = None,
    strict: bool = False,
) -> Placed:
    """Restore to a path where nothing is; with ``discard`` also over a database.

    It has the history of migrations that the version keeps.

    :raises KuzuvcsError: something is there
    """
    if target.exists() and not discard:
        raise KuzuvcsError(
            f"{target} exists already",
            cause="checkout --to writes a new database",
            hint="name another path, or add --discard to replace what is there",
        )
    require_replaceable(target)
    fitted = _fitted(work, stored, strict=strict)
    built = _built(work, stored, fitted, verify, _kept_history(work, stored))
    if target.exists():
        with locked(target, wait or 0.0) as worker:
            unkept = _unkept(work, worker, target)
            return replace_value(_placed(built, fitted, target, worker), replaced=unkept)
    return _placed(built, fitted, target, None)


def checkout_live(
    work: Workplace,
    stored: StoredVersion,
    target: Path,
    *,
    verify: Verification,
    discard: bool,
    wait: float | None = None,
    strict: bool = False,
) -> Placed:
    """Restore into the live place, with the live database locked from the check through the rename.

    The history of migrations goes on: what the version has not seen is rolled back by it.  With ``discard``
    it is the version's own.

    :raises KuzuvcsError: the live database is no version, and ``discard`` is not given
    """
    require_replaceable(target)
    fitted = _fitted(work, stored, strict=strict)
    if not target.exists():
        built = _built(work, stored, fitted, verify, _kept_history(work, stored))
        return _placed(built, fitted, target, None)
    with locked(target, wait or 0.0) as worker:
        if not discard:
            _require_version(work, worker, target)
        history = _kept_history(work, stored) if discard else _history_after(work, stored, worker)
        unkept = _unkept(work, worker, target)
        built = _built(work, stored, fitted, verify, history)
        return replace_value(_placed(built, fitted, target, worker), replaced=unkept)


def _unkept(work: Workplace, worker: Worker, live: Path) -> tuple[str, ...]:
    """What the database that is replaced has and no version keeps."""
    if not shows_more_in_its_file(worker.engine.name):
        return ()
    try:
        unkept = work.inspected(live, worker).catalog.unkept
    except EngineError as error:  # --discard replaces what cannot be read, too
        return (f"what {live.name} had beside its rows could not be read: {error.message}",)
    return tuple(f"the database that was replaced had {one.what}, which is in no version" for one in unkept)


def _placed(built: Path, fitted: Fitted, target: Path, worker: Worker | None) -> Placed:
    later = write_later(target, fitted.later)
    replace(built, target, worker)
    return Placed(engine=read_header(target).engine, left_out=fitted.left_out, later=later)


def _fitted(work: Workplace, stored: StoredVersion, *, strict: bool) -> Fitted:
    """What the declared engine holds of the version; all of it where it was captured from that release."""
    engine = environment_of(work.declared.engine).engine
    if (stored.manifest.engine, stored.manifest.engine_release) == (engine.name, engine.release):
        return Fitted(engine=engine, schema=stored.schema, left_out=(), later=())
    return fit(stored.schema, work.folder, work.declared, strict=strict)


def _built(
    work: Workplace,
    stored: StoredVersion,
    fitted: Fitted,
    verify: Verification,
    history: Sequence[Applied],
) -> Path:
    files = assemble_files(work.store, stored, work.folder, work.progress, values=verify == "values")
    built = work.folder / "restored.kuzu"
    wanted = wanted_of(stored, fitted.schema)
    restore(wanted, files, built, work.folder, work.progress, work.declared, verify=verify)
    if history:
        with Worker() as worker:
            worker.open(built, read_only=False)
            record(worker, work.declared.history, history)
            worker.execute("CHECKPOINT")
    return built


def _kept_history(work: Workplace, stored: StoredVersion) -> Sequence[Applied]:
    table = work.declared.history
    if any(one.name.casefold() == table.casefold() for one in stored.schema.tables()):
        return ()
    return read_kept_history(work.store, stored.version) or ()


def _history_after(work: Workplace, stored: StoredVersion, live: Worker) -> Sequence[Applied]:
    table = work.declared.history
    if not has_history(live, table):
        return _kept_history(work, stored)
    kept = read_kept_history(work.store, stored.version)
    return after_checkout(read_history(live, table), kept, stored.manifest.schema_digest, now())


def _require_version(work: Workplace, worker: Worker, live: Path) -> None:
    check = work.folder / "live"
    check.mkdir()
    inspection = inspect(live, check, work.declared, worker)
    captured = capture(worker, inspection.schema, check, work.progress)
    found = new_version(inspection, captured, engine=worker.engine, header=worker.header)
    content = found.manifest.content_digest
    version = find_version(work.store, lambda outline: outline.content_digest == content)
    if version is not None and read_version(work.store, version).content == content:
        return
    raise KuzuvcsError(
        "the live database holds work that is in no version",
        cause=f"{live} is none of the versions in the store, by value",
        hint="kuzuvcs snapshot keeps it; --discard throws it away",
    )
