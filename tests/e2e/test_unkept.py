"""What a ladybug database has beside tables, columns and rows is captured, refused, or warned of by name."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kuzuvcs.core.engine import Engine
from kuzuvcs.repository import Repository
from kuzuvcs.store import Store
from kuzuvcs.tasks.versions import read_version
from tests.e2e.conftest import Application
from tests.tasks.building import run

LADYBUG = Engine(name="ladybug")

REFUSED = {
    "multiplicities": (
        ("CREATE REL TABLE F(FROM A TO B MANY_ONE, FROM B TO A, w INT64)",),
        "rel table F has several multiplicities",
        "FROM A TO B MANY_ONE, FROM B TO A MANY_MANY",
    ),
    "an override of the table's": (
        ("CREATE REL TABLE F(FROM A TO B, FROM B TO A ONE_ONE, FROM A TO A, ONE_MANY)",),
        "rel table F has several multiplicities",
        "FROM A TO B ONE_MANY, FROM B TO A ONE_ONE, FROM A TO A ONE_MANY",
    ),
    "outside": (
        ("CREATE NODE TABLE X(id INT64 PRIMARY KEY) WITH (storage='{root}', format='icebug-disk')",),
        "table X is stored outside the database",
        "its rows are in {root}",
    ),
}

WARNED = {
    "index": (
        ("CREATE ART INDEX pa FOR (n:A) ON (n.v)",),
        "index A.pa (ART)",
    ),
    "sorted": (
        ("ALTER TABLE A SET SORTED BY (id ASC)",),
        "the sort order of table A (SET SORTED BY)",
    ),
    "sorted by others": (
        ("ALTER TABLE A SET SORTED BY (v DESC, id ASC)",),
        "the sort order of table A (SET SORTED BY)",
    ),
    "sorted edges": (
        ("ALTER TABLE R SET SORTED BY (FROM ASC, TO ASC) CSR",),
        "the sort order of table R (SET SORTED BY)",
    ),
    "no hash index": (("DROP INDEX A._PK",), "the key of A"),
}

COMMANDS = (
    ("snapshot",),
    ("status",),
    ("diff",),
    ("verify", "--database"),
    ("backup",),
    ("migrate",),
    ("migrate", "--in-place"),
    ("checkout", "v1"),
    ("restore", "other.lbug"),
    ("upgrade", "app.lbug", "new.kuzu", "--engine", "kuzu"),
    ("engine", "set", "kuzu"),
)

REBUILD = """
CREATE NODE TABLE New(id INT64 PRIMARY KEY, v INT64);
COPY New FROM (MATCH (n:A) RETURN n.id, n.v);
DROP TABLE R;
{dropping}DROP TABLE A;
ALTER TABLE New RENAME TO A;
CREATE REL TABLE R(FROM A TO A);
"""


@pytest.fixture
def project(tmp_path: Path) -> Application:
    """A project with a version and a script, before its database gets what no version keeps."""
    repository = Repository.init(tmp_path / "project", "app.lbug")
    application = Application(
        root=repository.project.root, database=repository.project.database, repository=repository
    )
    tables = (
        "CREATE NODE TABLE A(id INT64 PRIMARY KEY, v INT64)",
        "CREATE NODE TABLE B(id INT64 PRIMARY KEY)",
        "CREATE REL TABLE R(FROM A TO A)",
        "UNWIND range(1, 20) AS i CREATE (:A {id: i, v: 20 - i})",
    )
    run(application.database, *tables, engine=LADYBUG)
    repository.snapshot("plain")
    pq.write_table(pa.table({"id": pa.array([1, 2], pa.int64())}), application.root / "nodes_X.parquet")
    return application


def _files(root: Path) -> set[str]:
    return {path.name for path in root.iterdir() if not path.name.startswith(".")}


@pytest.mark.parametrize(
    ("kind", "commands"),
    [
        ("multiplicities", (("snapshot",), ("migrate",))),
        ("an override of the table's", (("snapshot",),)),
        ("outside", (("snapshot",), ("backup",), ("checkout", "v1"))),
        pytest.param("outside", COMMANDS, marks=pytest.mark.slow),
    ],
)
def test_every_command_refuses_it_by_name(
    project: Application, kind: str, commands: tuple[tuple[str, ...], ...]
) -> None:
    statements, message, cause = REFUSED[kind]
    run(project.root / "other.lbug", "CREATE NODE TABLE A(id INT64 PRIMARY KEY)", engine=LADYBUG)
    script = project.repository.new("more")
    project.by_hand(script, script.read_text().replace("-- UP\n", "-- UP\nCREATE (:B {id: 1});\n"))
    run(project.database, *(one.format(root=project.root) for one in statements), engine=LADYBUG)
    before = _files(project.root)
    for command in commands:
        done = project.process(command)
        assert done.returncode == 1, f"{command}: {done.stdout}{done.stderr}"
        assert message in done.stderr, command
        assert cause.format(root=project.root) in done.stderr, command
        assert _files(project.root) == before, command


@pytest.mark.parametrize("kind", WARNED)
def test_a_warning_names_it(project: Application, kind: str) -> None:
    statements, named = WARNED[kind]
    run(project.database, *statements, engine=LADYBUG)
    upgrade = ("upgrade", "app.lbug", "new.kuzu", "--engine", "kuzu")
    for command in (("status",), ("diff",), ("snapshot",), upgrade) if kind == "sorted" else (("snapshot",),):
        done = project.process(command)
        assert done.returncode in (0, 1), done.stderr
        assert done.stderr.count(named) == 1, f"{command}: {done.stderr}"
        assert "not in this version" in done.stderr, command


@pytest.mark.parametrize("kind", ["sorted"])
def test_a_checkout_says_what_it_replaces(project: Application, kind: str) -> None:
    statements, named = WARNED[kind]
    run(project.database, *statements, engine=LADYBUG)
    done = project.process(("checkout", "v1"))
    assert done.returncode == 0, done.stderr
    assert f"the database that was replaced had {named}, which is in no version" in done.stderr


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        ("index", ()),
        ("sorted", ("--in-place",)),
        pytest.param("sorted", (), marks=pytest.mark.slow),
        pytest.param("no hash index", (), marks=pytest.mark.slow),
        pytest.param("index", ("--in-place",), marks=pytest.mark.slow),
    ],
)
def test_a_rebuild_says_what_it_takes(project: Application, kind: str, how: tuple[str, ...]) -> None:
    statements, named = WARNED[kind]
    dropping = "DROP INDEX A.pa;\n" if kind == "index" else ""
    script = project.repository.new("rebuild")
    body = REBUILD.format(dropping=dropping)
    project.by_hand(script, script.read_text().replace("-- UP\n", f"-- UP\n{body}"))
    run(project.database, *statements, engine=LADYBUG)
    done = project.process(("migrate", *how))
    assert done.returncode == 0, done.stderr
    assert f"the database no longer has {named}" in done.stdout


def test_one_multiplicity_for_all_connections_is_captured(project: Application) -> None:
    """With and without a write-ahead log, and restored as the table's."""
    run(
        project.database,
        "CREATE REL TABLE One(FROM A TO B ONE_ONE, w INT64)",
        "CREATE REL TABLE Every(FROM A TO B MANY_ONE, FROM B TO A MANY_ONE, ONE_ONE)",
        "CREATE REL TABLE Usual(FROM A TO B, FROM B TO A, ONE_MANY)",
        engine=LADYBUG,
    )
    project.repository.snapshot("multiplicities")
    store = Store.open(project.root / "snapshots")
    schema = read_version(store, store.resolve("v2")).schema
    assert {one.name: one.multiplicity for one in schema.rel_tables} == {
        "R": "MANY_MANY",
        "One": "ONE_ONE",
        "Every": "MANY_ONE",
        "Usual": "ONE_MANY",
    }
    project.cli("checkout", "v2", "--to", "new.lbug")
    copy = project.root / "new.lbug"
    run(copy, "CREATE (:B {id: 1}), (:B {id: 2})")
    with pytest.raises(Exception, match="violates the rel multiplicity constraint"):
        run(copy, "MATCH (a:A {id: 1}), (b:B) CREATE (a)-[:Every]->(b)")
