"""Open the sides of a comparison: revisions from the store, ``@live`` from the live database."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from kuzuvcs.core.progress import Progress
from kuzuvcs.results import LIVE
from kuzuvcs.store import Store
from kuzuvcs.tasks.comparing.sides import LiveSide, Side, VersionSide
from kuzuvcs.tasks.reading.inspect import Declarations
from kuzuvcs.tasks.snapshot import opened_database
from kuzuvcs.tasks.versions import read_version


@contextlib.contextmanager
def both_sides(
    store: Store,
    database: Path,
    names: tuple[str, str],
    folder: Path,
    progress: Progress,
    declared: Declarations,
) -> Iterator[tuple[Side, Side]]:
    """Both sides, each with a folder of its own inside ``folder``.

    :raises UnknownRevision: a name is no version
    """
    with contextlib.ExitStack() as stack:
        old, new = (
            stack.enter_context(_side(store, database, name, folder / f"side-{number}", progress, declared))
            for number, name in enumerate(names)
        )
        yield old, new


@contextlib.contextmanager
def _side(
    store: Store, database: Path, name: str, folder: Path, progress: Progress, declared: Declarations
) -> Iterator[Side]:
    folder.mkdir()
    if name == LIVE:
        with opened_database(database, folder, declared) as opened:
            yield LiveSide(opened, folder, progress)
    else:
        yield VersionSide(store, read_version(store, store.resolve(name)), folder)
