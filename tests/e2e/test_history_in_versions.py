"""The history of migrations is kept in a version, goes on over a checkout, and recognises what was seen."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kuzuvcs.errors import MigrationError, ProjectError, SchemaDrift
from kuzuvcs.repository import Repository
from tests.e2e.conftest import Application
from tests.e2e.test_migrate import BASE, CHAIN, author, pull, rows_of


@pytest.fixture
def migrated(application: Application, tmp_path: Path) -> Application:
    """Another clone of the project: v1 … v3 are the author's, v4 this one's, migrated by two scripts."""
    author(application, *CHAIN[:2])
    root = tmp_path / "colleague"
    root.mkdir()
    shutil.copy(application.root / "kuzuvcs.toml", root)
    other = Application(root=root, database=root / "app.kuzu", repository=Repository.open(root))
    pull(application, other)
    other.run(*BASE, *rows_of("colleague", 12))
    other.repository.snapshot("before")
    other.repository.migrate()
    other.repository.snapshot("after")
    return other


def standing(application: Application) -> list[bool]:
    return [not run.rolled_back for run in application.repository.history()]


def test_a_version_keeps_the_history_beside_its_content(migrated: Application) -> None:
    kept = migrated.git("show", "HEAD:history/runs.json")
    assert [run.id in kept for run in migrated.repository.history()] == [True, True]
    assert not migrated.repository.snapshot().changed
    assert migrated.repository.status(data=True).clean
    assert migrated.repository.verify("HEAD", database=True).ok


def test_a_checkout_rolls_back_what_the_version_has_not_seen(migrated: Application) -> None:
    repository = migrated.repository
    ids = [run.id for run in repository.history()]
    repository.checkout("v4")
    assert standing(migrated) == [False, False]
    assert repository.status().pending == tuple(ids)
    repository.checkout("v5")
    assert standing(migrated) == [False, False, True, True]
    assert repository.status().pending == ()
    repository.rollback(2)
    assert migrated.run("MATCH (u:User) WHERE u.id = 3 RETURN u.email") == [["colleague@3"]]


def test_a_checkout_that_discards_takes_the_versions_own_history(migrated: Application) -> None:
    repository = migrated.repository
    repository.rollback(2)
    repository.checkout("v5", discard=True)
    assert standing(migrated) == [True, True]
    repository.checkout("v4", discard=True)
    assert standing(migrated) == []


def test_a_database_restored_beside_has_the_history_of_its_version(migrated: Application) -> None:
    beside = migrated.root / "beside.kuzu"
    migrated.repository.checkout("v5", to=beside)
    other = Repository.open(migrated.root, database=beside)
    assert other.history() == migrated.repository.history()
    assert len(other.rollback(2)) == 2
    assert other.history()[0].rolled_back
    assert not migrated.repository.history()[0].rolled_back


def test_a_damaged_history_is_named(migrated: Application) -> None:
    from kuzuvcs.core.scripts.history_json import history_from_json
    from kuzuvcs.errors import ManifestError

    text = migrated.git("show", "HEAD:history/runs.json")
    assert history_from_json(text) == migrated.repository.history()
    with pytest.raises(ManifestError, match=r"history/runs\.json"):
        history_from_json(text.replace('"number"', '"nummer"'))


def test_the_author_goes_on_after_the_first_record(application: Application) -> None:
    """What was changed by hand and then generated is recognised, with a history before it, too."""
    first = author(application, *CHAIN[:1])
    repository = application.repository
    repository.migrate()
    application.run(*CHAIN[1])
    repository.snapshot()
    script = repository.generate()
    assert script.path is not None
    assert repository.status().pending == ()
    assert repository.migrate() == ()
    assert [run.id for run in repository.history()] == [*first, script.path.stem]


def test_scripts_that_lead_back_are_not_taken_for_run(application: Application) -> None:
    ids = author(application, CHAIN[0], ("ALTER TABLE User DROP age",))
    repository = application.repository
    with pytest.raises(MigrationError, match="cannot be told") as told:
        repository.migrate()
    assert "--as-recorded" in told.value.hint
    assert "cannot be told" in repository.status().warnings[0]
    assert [one.id for one in repository.migrate(dry_run=True, as_recorded=True)] == ids
    application.cli("migrate", "--mark-applied", "--to", ids[1])
    assert standing(application) == [True, True]
    assert repository.migrate() == ()


def test_marking_needs_the_schema(application: Application) -> None:
    ids = author(application, *CHAIN[:2])
    with pytest.raises(SchemaDrift):
        application.repository.mark_applied(to=ids[0])
    assert application.repository.history() == ()
    marked = application.json("migrate", "--mark-applied", "--dry-run")
    assert [one["id"] for one in marked["applied"]] == ids
    assert application.repository.history() == ()


def test_generate_records_its_script_on_request(application: Application) -> None:
    author(application)
    application.run(*CHAIN[0])
    application.repository.snapshot()
    done = application.json("generate", "--mark-applied")
    assert done["marked"]
    assert [run.id for run in application.repository.history()] == [Path(done["path"]).stem]


def test_a_table_of_that_name_is_refused_at_init(application: Application, tmp_path: Path) -> None:
    application.run("CREATE NODE TABLE Migration_History(id INT64 PRIMARY KEY)")
    root = tmp_path / "other"
    root.mkdir()
    with pytest.raises(ProjectError, match="of its own"):
        Repository.init(root, str(application.database))
    assert list(root.iterdir()) == []
    project = Repository.init(root, str(application.database), history_table="runs").project
    assert Repository.open(root).project == project
    assert project.history_table == "runs"
