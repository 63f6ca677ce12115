"""The demo's application: a Kuzu database of packages, and how its schema grows from v1 to v4."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scripts.demonstration.installed import Package

PACKAGES = """
CREATE NODE TABLE Package(name STRING PRIMARY KEY, release STRING, summary STRING);
CREATE REL TABLE Needs(FROM Package TO Package, releases STRING, condition STRING);
"""

FILES = """
CREATE NODE TABLE File(id SERIAL PRIMARY KEY, path STRING, size INT64);
CREATE NODE TABLE Author(name STRING PRIMARY KEY);
CREATE REL TABLE Contains(FROM Package TO File);
CREATE REL TABLE Wrote(FROM Author TO Package);
"""

LICENSES = """
ALTER TABLE Package ADD license STRING DEFAULT 'unknown';
MATCH (p:Package) SET p.license = …;
ALTER TABLE Needs RENAME TO Requires;
ALTER TABLE Package RENAME release TO version;
"""

FOLDERS = """
CREATE NODE TABLE Folder(path STRING PRIMARY KEY);
ALTER TABLE Contains ADD FROM Package TO Folder;
ALTER TABLE Contains ADD FROM Folder TO File;
ALTER TABLE Contains DROP FROM Package TO File;
"""

SLIP = "MATCH (f:File) WHERE f.size > 20000 DETACH DELETE f;"

Rows = Iterable[Mapping[str, Any]]


@contextmanager
def application(database: Path) -> Iterator[Application]:
    """The application with its database open."""
    import kuzu

    with kuzu.Database(str(database)) as opened, kuzu.Connection(opened) as connection:
        yield Application(connection)


class Application:
    """Statements on an open connection."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def add_packages(self, packages: Sequence[Package]) -> None:
        """Build what v1 holds."""
        self._run(PACKAGES)
        self._load(
            "CREATE (:Package {name: r.name, release: r.release, summary: r.summary})",
            ({"name": p.name, "release": p.release, "summary": p.summary} for p in packages),
        )
        self._load(
            "MATCH (a:Package {name: r.a}), (b:Package {name: r.b}) "
            "CREATE (a)-[:Needs {releases: r.releases, condition: r.condition}]->(b)",
            (
                {"a": p.name, "b": r.name, "releases": r.releases, "condition": r.condition}
                for p in packages
                for r in p.requirements
            ),
        )

    def add_files(self, packages: Sequence[Package]) -> None:
        """Two tables and their connections: from v1 to v2."""
        self._run(FILES)
        self._load(
            "MATCH (p:Package {name: r.package}) "
            "CREATE (p)-[:Contains]->(:File {path: r.path, size: r.size})",
            ({"package": p.name, "path": f.path, "size": f.size} for p in packages for f in p.files),
        )
        self._load(
            "MATCH (p:Package {name: r.package}) MERGE (a:Author {name: r.author}) CREATE (a)-[:Wrote]->(p)",
            ({"package": p.name, "author": author} for p in packages for author in p.authors),
        )

    def add_licenses(self, packages: Sequence[Package]) -> None:
        """A new column, filled; a table and a column renamed: from v2 to v3."""
        added, _, *renamed = _statements(LICENSES)
        self._connection.execute(added)
        self._load(
            "MATCH (p:Package {name: r.name}) SET p.license = r.license",
            ({"name": p.name, "license": p.license} for p in packages if p.license),
        )
        for statement in renamed:
            self._connection.execute(statement)

    def add_folders(self, packages: Sequence[Package]) -> None:
        """Files hang on folders, and folders on packages: from v3 to v4."""
        created, *connected, dropped = _statements(FOLDERS)
        self._connection.execute(created)
        for statement in connected:
            self._connection.execute(statement)
        folders = {(p.name, f.folder) for p in packages for f in p.files}
        self._load(
            "MATCH (p:Package {name: r.package}) "
            "MERGE (f:Folder {path: r.folder}) CREATE (p)-[:Contains]->(f)",
            ({"package": package, "folder": folder} for package, folder in sorted(folders)),
        )
        self._load(
            "MATCH (p:Package {name: r.package})-[:Contains]->(f:File {path: r.path}), "
            "(d:Folder {path: r.folder}) CREATE (d)-[:Contains]->(f)",
            ({"package": p.name, "path": f.path, "folder": f.folder} for p in packages for f in p.files),
        )
        self._connection.execute(dropped)

    def slip(self) -> None:
        """What nobody meant to do."""
        self._run(SLIP)

    def import_folder(self, folder: Path) -> None:
        """Load what ``kuzuvcs export`` wrote, by the engine's own statement."""
        self._connection.execute(f"IMPORT DATABASE '{folder}'")

    def count(self, query: str) -> int:
        """The one number that a query returns."""
        value: int = self._connection.execute(query).get_next()[0]
        return value

    def _run(self, script: str) -> None:
        for statement in _statements(script):
            self._connection.execute(statement)

    def _load(self, statement: str, rows: Rows) -> None:
        table = list(rows)
        if table:
            self._connection.execute(f"UNWIND $rows AS r {statement}", {"rows": table})


def _statements(script: str) -> list[str]:
    return [statement for line in script.split(";") if (statement := line.strip())]
