"""A project opened: its store, its folder for data in passing, and what it declares."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shlex
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from kuzuvcs.core.progress import Progress, Silent
from kuzuvcs.errors import StoreError
from kuzuvcs.project import Project, find_project
from kuzuvcs.reading import AnyPath, real_path

if TYPE_CHECKING:
    from kuzuvcs.store import Store
    from kuzuvcs.tasks.reading.inspect import Declarations
    from kuzuvcs.tasks.workplace import Workplace


class OpenedProject:
    """What every call on a project begins with; :class:`kuzuvcs.Repository` says what its arguments are."""

    def __init__(
        self,
        project: Project,
        *,
        progress: Progress | None = None,
        ask: Callable[[Any], bool] | None = None,
        events: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:
        self.project = project
        self._progress = progress or Silent()
        self._ask = ask
        self._events = events

    @classmethod
    def open(
        cls,
        path: AnyPath = ".",
        *,
        database: AnyPath | None = None,
        progress: Progress | None = None,
        ask: Callable[[Any], bool] | None = None,
        events: Callable[[dict[str, Any]], None] | None = None,
    ) -> Self:
        """The project that ``path`` is in; ``database`` overrides the one that its file names.

        :raises ProjectError: there is none
        :raises UsageError: ``database`` is no path that can be used
        """
        project = find_project(Path(path))
        if database is not None:
            real_path(Path(database))
            project = dataclasses.replace(project, database=Path(database).absolute())
        return cls(project, progress=progress, ask=ask, events=events)

    def _store(self) -> Store:
        from kuzuvcs.store import Store

        if not self.project.store.exists():
            place = shlex.quote(str(self.project.store))
            raise StoreError(
                f"no store at {self.project.store}",
                cause="a store is a repository of its own, and not part of a clone of the project",
                hint=f"to get a shared one: git clone --bare URL {place}; kuzuvcs init makes an empty one "
                "(migrate, rollback, check, status and history need none)",
            )
        return Store.open(self.project.store)

    def _store_to_run(self, folder: Path, *, dry_run: bool = False) -> Store:
        """The project's store, or the one beside the database, which is made where there is none.

        A dry run makes none: it gets an empty one in ``folder``.
        """
        from kuzuvcs.store import Store

        if os.path.lexists(self.project.store):
            return Store.open(self.project.store)
        local = self.project.local_store
        return (
            Store.create(folder / "store") if dry_run and not local.exists() else Store.open_or_create(local)
        )

    def _store_to_read(self, folder: Path) -> Store:
        """The project's store; where there is none, an empty one in ``folder``."""
        from kuzuvcs.store import Store

        if os.path.lexists(self.project.store):
            return Store.open(self.project.store)
        return Store.create(folder / "store")

    def _declared(self) -> Declarations:
        from kuzuvcs.tasks.reading.inspect import Declarations

        project = self.project
        return Declarations(
            defaults=project.defaults,
            macros=project.macros,
            history=project.history_table,
            engine=project.engine,
        )

    def _workplace(self, store: Store, folder: Path) -> Workplace:
        from kuzuvcs.tasks.workplace import Workplace

        return Workplace(
            store=store,
            folder=folder,
            progress=self._progress,
            declared=self._declared(),
            local_store=self.project.local_store,
        )

    @contextmanager
    def _scratch(self) -> Iterator[Path]:
        from kuzuvcs.tasks.workplace import working_in

        with working_in(self.project.scratch) as folder:
            yield folder

    @contextmanager
    def _scratch_to_read(self) -> Iterator[Path]:
        """As a command needs it that only looks: elsewhere, where nothing may be written here."""
        from kuzuvcs.tasks.workplace import working_in

        parent = self.project.scratch
        here = parent if parent.exists() else parent.parent
        with contextlib.ExitStack() as stack:
            if not os.access(here, os.W_OK):
                parent = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kuzuvcs-")))
            yield stack.enter_context(working_in(parent))
