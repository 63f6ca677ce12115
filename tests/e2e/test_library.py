"""KuzuMigration and KuzuBackup: one database, no project."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kuzuvcs import KuzuBackup, KuzuMigration, KuzuvcsError, SchemaDrift, UsageError
from kuzuvcs.errors import MigrationError, MigrationFailed
from tests.e2e.conftest import run_cypher
from tests.tasks.building import ROOT, content

UP = """\
// before: {"path": "User.parquet", "table": "User", "columns": ["id", "name"]}
ALTER TABLE User DROP name;
ALTER TABLE User ADD age INT64
"""
DOWN = """\
ALTER TABLE User DROP age;
CHECKPOINT;
CREATE NODE TABLE Kept(id INT64 PRIMARY KEY, name STRING);
COPY Kept(id, name) FROM '${before}/User.parquet';
ALTER TABLE User ADD name STRING;
MATCH (u:User), (k:Kept) WHERE u.id = k.id SET u.name = k.name;
DROP TABLE Kept
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "app.kuzu"
    run_cypher(
        path,
        "CREATE NODE TABLE User(id INT64 PRIMARY KEY, name STRING)",
        "UNWIND range(1, 9) AS i CREATE (:User {id: i, name: 'n' + CAST(i AS STRING)})",
    )
    return path


def test_there_and_back_with_the_data(database: Path) -> None:
    before = run_cypher(database, "MATCH (u:User) RETURN u.id, u.name ORDER BY u.id")
    migration = KuzuMigration(database)
    migration.create_migrations_table()
    migration.create_migrations_table()
    ran = migration.apply_migration("001: drop a/name", UP, DOWN)
    assert ran is not None
    assert ran.id == "001: drop a/name"
    assert migration.apply_migration("001: drop a/name", UP, DOWN) is None
    assert [one.id for one in migration.history()] == ["001: drop a/name"]
    other = (
        f"from kuzuvcs import KuzuMigration; KuzuMigration({str(database)!r})"
        ".rollback_migration('001: drop a/name')"
    )
    subprocess.run([sys.executable, "-c", other], cwd=ROOT, check=True)
    assert run_cypher(database, "MATCH (u:User) RETURN u.id, u.name ORDER BY u.id") == before
    assert migration.history()[0].rolled_back
    assert migration.apply_migration("001: drop a/name", UP, DOWN) is not None


def test_their_order_is_that_of_the_calls(database: Path) -> None:
    migration = KuzuMigration(database)
    migration.apply_migration("b", "CREATE NODE TABLE B(id INT64 PRIMARY KEY)", "DROP TABLE B")
    migration.apply_migration("a", "CREATE NODE TABLE A(id INT64 PRIMARY KEY)", "DROP TABLE A")
    with pytest.raises(UsageError, match="b is not the last"):
        migration.rollback_migration("b")
    migration.rollback_migration("a")
    migration.rollback_migration("b")
    assert [one[0] for one in run_cypher(database, "CALL show_tables() RETURN name ORDER BY name")] == [
        "User",
        "migration_history",
    ]


def test_what_fails_changes_nothing(database: Path) -> None:
    before = content(database)
    migration = KuzuMigration(database)
    with pytest.raises(MigrationFailed, match="fails at line 5"):
        migration.apply_migration("bad", "MATCH (u:User) DELETE u;\nMATCH (n:NONSENSE) RETURN n;", "")
    assert content(database) == before
    with pytest.raises(UsageError, match="was not applied"):
        migration.rollback_migration("bad")
    assert migration.apply_migration("bad", "ALTER TABLE User ADD x INT64") is not None
    with pytest.raises(MigrationError, match="has no DOWN"):
        migration.rollback_migration("bad")
    with pytest.raises(MigrationError, match="with another text"):
        migration.apply_migration("bad", "ALTER TABLE User ADD y INT64")
    with pytest.raises(UsageError, match="is no id"):
        migration.apply_migration("", "RETURN 1")


def test_drift_is_refused(database: Path) -> None:
    KuzuMigration(database).apply_migration("1", "ALTER TABLE User ADD x INT64", "ALTER TABLE User DROP x")
    run_cypher(database, "ALTER TABLE User ADD y INT64")
    with pytest.raises(SchemaDrift):
        KuzuMigration(database).rollback_migration("1")
    KuzuMigration(database, allow_drift=True).rollback_migration("1")


def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(KuzuvcsError):
        KuzuMigration(tmp_path / "none.kuzu").create_migrations_table()
    with pytest.raises(KuzuvcsError):
        KuzuBackup(tmp_path / "none.kuzu").create_backup()
    assert not (tmp_path / "none.kuzu").exists()


def test_a_backup_and_a_migration(database: Path) -> None:
    before = content(database)
    path = KuzuBackup(database).create_backup("before the change")
    assert path.is_file()
    assert path.name.startswith("app.kuzu.2")
    KuzuMigration(database).apply_migration("1", UP, DOWN)
    restored = KuzuBackup(database).restore_backup(path)
    assert restored.verified
    assert content(database) == before


def test_importing_the_library_is_cheap() -> None:
    heavy = (
        "import sys, kuzuvcs; print([m for m in ('kuzu', 'pyarrow', 'duckdb', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", heavy], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
