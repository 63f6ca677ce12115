"""What the demo tells: a database grows to v4, its scripts run elsewhere, an accident, the way back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from scripts.demonstration.graph import FILES, FOLDERS, LICENSES, PACKAGES, SLIP, Application, application
from scripts.demonstration.installed import Package
from scripts.demonstration.terminal import DemoFailed, Terminal

DATABASE = "packages.kuzu"
COLLEAGUE = "colleague.kuzu"

_CONTAINED = "MATCH (:Package)-[:Contains]->(f:File) RETURN count(f)"


def tell(terminal: Terminal, packages: Sequence[Package]) -> None:
    """Run the whole story in the terminal's folder; :class:`DemoFailed` where it does not go as told."""
    _Story(terminal, packages).tell()


class _Story:
    def __init__(self, terminal: Terminal, packages: Sequence[Package]) -> None:
        self._terminal = terminal
        self._packages = packages
        self._kuzuvcs = terminal.kuzuvcs

    def tell(self) -> None:
        self._first_version()
        self._new_tables()
        self._column_and_renames()
        self._connections()
        self._second_database()
        self._history()
        self._accident()
        self._old_version_beside()
        self._without_kuzuvcs()

    def _first_version(self) -> None:
        installed = sum(package.release is not None for package in self._packages)
        self._note(f"A graph of this machine: {installed} installed packages and what they require")
        self._apply(PACKAGES, lambda app: app.add_packages(self._packages))
        self._kuzuvcs("init", "--database", DATABASE)
        self._kuzuvcs("snapshot", "-m", "packages and what they need")

    def _new_tables(self) -> None:
        self._note("The application grows: files, authors, and who wrote what")
        self._apply(FILES, lambda app: app.add_files(self._packages))
        self._kuzuvcs("status")
        self._kuzuvcs("snapshot", "-m", "files and authors")

    def _column_and_renames(self) -> None:
        self._note("A new column, filled with data; a table and a column get better names")
        self._apply(LICENSES, lambda app: app.add_licenses(self._packages))
        self._kuzuvcs("diff")
        self._kuzuvcs("snapshot", "-m", "licenses, better names")
        self._note("The migration from v2 to v3, proven on a restored copy before it is written")
        self._kuzuvcs("generate", "-m", "licenses and names")
        self._terminal.run("cat migrations/*.cypher", ["sh", "-c", "cat migrations/*.cypher"])

    def _connections(self) -> None:
        self._note("A changed connection: files hang on folders now, no longer on packages")
        self._apply(FOLDERS, lambda app: app.add_folders(self._packages))
        self._kuzuvcs("snapshot", "-m", "folders between packages and files")
        self._kuzuvcs("generate", "-m", "folders")

    def _second_database(self) -> None:
        self._note("A colleague's database, still as v2 was, with other packages: both scripts, and back")
        some = self._packages[::2]
        with application(self._terminal.folder / COLLEAGUE) as app:
            app.add_packages(some)
            app.add_files(some)
            before = app.count(_CONTAINED)
        self._kuzuvcs("--database", COLLEAGUE, "migrate")
        self._kuzuvcs("--database", COLLEAGUE, "rollback", "2")
        with application(self._terminal.folder / COLLEAGUE) as app:
            after = app.count(_CONTAINED)
        self._require(after == before, f"{before} files hung on packages, and {after} after the rollback")
        self._say(
            f"  {after:,} files hang on packages again: the colleague's own, captured before the migration"
        )
        self._kuzuvcs("--database", COLLEAGUE, "history")

    def _history(self) -> None:
        self._note("The history; every value of v4 against the live database, read by DuckDB and the engine")
        self._kuzuvcs("log")
        self._kuzuvcs("show", "v4")
        self._kuzuvcs("verify", "v4", "--live")

    def _accident(self) -> None:
        self._note("An accident")
        self._apply(SLIP, Application.slip)
        self._kuzuvcs("status")
        self._kuzuvcs("checkout", "v4", exit_code=1)
        self._kuzuvcs("checkout", "v4", "--discard")
        self._kuzuvcs("snapshot")
        self._require(
            self._objects(".", "main") == self._objects(".", "v4"), "v4 restored is another version"
        )

    def _old_version_beside(self) -> None:
        self._note("v1 beside the live database, captured again as the first version of another project")
        self._kuzuvcs("checkout", "v1", "--to", "old.kuzu")
        (self._terminal.folder / "again").mkdir()
        self._kuzuvcs("-C", "again", "init", "--database", "../old.kuzu")
        self._kuzuvcs("-C", "again", "snapshot", "-m", "v1, captured again")
        parts = ("schema.json", "sequences.json", "data")
        names = [f"v1:{part}" for part in parts]
        objects = self._objects(".", *names)
        self._require(objects == self._objects("again", *names), "v1 captured again is another version")
        self._note(
            "v1 restored and captured again: unchanged (git's own ids of both, down to the Parquet bytes)"
        )
        for part, object_id in zip(parts, objects, strict=True):
            self._say(f"  {part:<16}{object_id}")

    def _without_kuzuvcs(self) -> None:
        self._note("Without kuzuvcs: a plain folder, loaded by the engine's own IMPORT DATABASE")
        self._kuzuvcs("export", "v4", "plain")
        self._apply("IMPORT DATABASE 'plain';", self._import_plain, database="imported.kuzu")

    def _import_plain(self, imported: Application) -> None:
        imported.import_folder(self._terminal.folder / "plain")
        files = imported.count("MATCH (:Folder)-[:Contains]->(f:File) RETURN count(f)")
        expected = sum(len(package.files) for package in self._packages)
        self._require(files == expected, f"the imported database has {files} files, not {expected}")
        self._say(f"  {files:,} files in their folders")

    def _apply(
        self, statements: str, change: Callable[[Application], None], *, database: str = DATABASE
    ) -> None:
        self._terminal.cypher(statements)
        with application(self._terminal.folder / database) as app:
            change(app)

    def _objects(self, project: str, *names: str) -> list[str]:
        """The ids of objects in a project's store."""
        store = self._terminal.folder / project / "snapshots"
        command = ["git", "-C", str(store), "rev-parse", *names]
        return self._terminal.run("git rev-parse", command, show=False).split()

    def _require(self, holds: bool, otherwise: str) -> None:
        if not holds:
            raise DemoFailed(otherwise)

    def _note(self, text: str) -> None:
        self._terminal.note(text)

    def _say(self, text: str) -> None:
        self._terminal.say(text)
