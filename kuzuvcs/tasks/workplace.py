"""Where a task works, and with what."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kuzuvcs.core.events import Events, Unheard
from kuzuvcs.core.progress import Progress
from kuzuvcs.core.schema import Schema
from kuzuvcs.engines.client import Worker
from kuzuvcs.engines.process import processes_reused
from kuzuvcs.scratch import scratch_folder
from kuzuvcs.store import Store
from kuzuvcs.tasks.reading.inspect import Declarations, Inspection, inspect


@contextlib.contextmanager
def working_in(parent: Path) -> Iterator[Path]:
    """A scratch folder inside ``parent`` for one command, whose workers take turns in the same processes."""
    with scratch_folder(parent) as folder, processes_reused():
        yield folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """The store, a folder for data in passing, whom to tell of progress, and what the project declares.

    ``events`` are told of what a run does.  ``local_store`` is where another store may be, with captures.
    """

    store: Store
    folder: Path
    progress: Progress
    declared: Declarations
    events: Events = field(default_factory=Unheard)
    local_store: Path | None = None

    @contextlib.contextmanager
    def passing(self, name: str) -> Iterator[Path]:
        """A folder inside, for as long as the block runs."""
        folder = self.folder / name
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def schema_of(self, database: Path, worker: Worker) -> Schema:
        """The schema of a database that the worker has open."""
        return self.inspected(database, worker).schema

    def inspected(self, database: Path, worker: Worker) -> Inspection:
        """All that is read of the catalog of a database that the worker has open."""
        with self.passing("schema") as folder:
            return inspect(database, folder, self.declared, worker)
