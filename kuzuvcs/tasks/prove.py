"""Prove a plan on a restored copy of the old version: UP gives the new schema, DOWN the old one back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from kuzuvcs.core.describe import describe
from kuzuvcs.core.diff import diff
from kuzuvcs.core.progress import Progress
from kuzuvcs.core.schema import Schema, fold
from kuzuvcs.core.schema_json import same_schema
from kuzuvcs.engines.client import Worker
from kuzuvcs.errors import EngineError, ProofFailed
from kuzuvcs.store import Store
from kuzuvcs.tasks.capture import capture
from kuzuvcs.tasks.checkout import assemble_files, restore
from kuzuvcs.tasks.inspect import Declarations, inspect
from kuzuvcs.tasks.versions import StoredVersion


class Replay:
    """A restored copy of a version, with its data, on which a script is tried."""

    def __init__(
        self, store: Store, stored: StoredVersion, folder: Path, progress: Progress, declared: Declarations
    ) -> None:
        self._stored = stored
        self._folder = folder
        self._progress = progress
        self._declared = declared
        self._database = folder / "replay.kuzu"
        files = assemble_files(store, stored, folder, progress, values=False)
        restore(stored, files, self._database, folder, progress, declared, verify="counts")

    def run(self, section: str, statements: Sequence[str], target: Schema) -> None:
        """Run a section statement by statement, as anyone might, and compare the schema it leads to.

        :raises ProofFailed: the engine refuses a statement or dies of it, or the schema is another one
        """
        self._progress.stage(f"proving {section}", len(statements))
        with Worker() as worker:
            worker.open(self._database, read_only=False)
            for statement in statements:
                try:
                    worker.execute(statement)
                except EngineError as error:
                    raise ProofFailed(
                        f"the {section} section fails on a restored copy of {self._stored.version.name}",
                        cause=f"{statement}\n{error.cause}",
                        hint="nothing was written; please report it with both schemas (kuzuvcs show --json)",
                    ) from error
                self._progress.advance(1)
        found = self._schema()
        if not same_schema(found, target):
            left = "\n".join(describe(change) for change in diff(found, target))
            raise ProofFailed(
                f"the {section} section does not lead to its schema",
                cause=f"still to do after it: {left}",
                hint="nothing was written; please report it with both schemas (kuzuvcs show --json)",
            )

    def require_data(self, changed: Collection[str]) -> None:
        """Compare every table but those in ``changed`` with the version, value by value.

        :raises ProofFailed: UP and DOWN together altered data that they had no business with
        """
        check = self._folder / "after"
        check.mkdir()
        left_out = {fold(name) for name in changed}
        with Worker() as worker:
            worker.open(self._database, read_only=True)
            captured = capture(worker, self._stored.schema, check, self._progress)
        digests = {file.path: file.digest for file in self._stored.manifest.files}
        wrong = sorted(
            {
                file.table
                for file in captured
                if fold(file.table) not in left_out and file.result.digest != digests[file.path]
            }
        )
        if wrong:
            raise ProofFailed(
                "UP and DOWN together alter data",
                cause=f"other values than before in {', '.join(wrong)}",
                hint="nothing was written; please report it with both schemas (kuzuvcs show --json)",
            )

    def _schema(self) -> Schema:
        """The schema as a fresh open tells it: some statements leave what cannot be opened again."""
        check = self._folder / "schema"
        check.mkdir(exist_ok=True)
        with Worker() as worker:
            worker.open(self._database, read_only=True)
            return inspect(self._database, check, self._declared, worker).schema
