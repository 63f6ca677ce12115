"""The folder of scripts: recorded, checked, mended, and an existing database that starts in its midst."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from kuzuvcs.errors import MigrationError, SchemaDrift, UsageError
from kuzuvcs.migrations.folder import read_migration
from kuzuvcs.repository import Repository
from tests.e2e.conftest import Application

BASE = "CREATE NODE TABLE User(id INT64 PRIMARY KEY, name STRING)"
ADD = "ALTER TABLE User ADD age INT32"
DROP = "ALTER TABLE User DROP name"


def written(application: Application, *changes: str) -> list[Path]:
    application.run(BASE, "CREATE (:User {id: 1, name: 'a'})")
    application.repository.snapshot()
    paths = []
    for change in changes:
        application.run(change)
        application.repository.snapshot()
        path = application.repository.generate().path
        assert path is not None
        paths.append(path)
    return paths


def other_database(application: Application, *statements: str) -> Application:
    """Another database of the same project."""
    database = application.root / "other.kuzu"
    repository = Repository.open(application.root, database=database)
    other = Application(root=application.root, database=database, repository=repository)
    other.run(BASE, "CREATE (:User {id: 7, name: 'b'})", *statements)
    return other


def test_a_whole_folder_has_no_fault(application: Application) -> None:
    written(application, ADD, DROP)
    found = application.json("check", "--exit-code")
    assert (found["ok"], found["findings"], len(found["scripts"])) == (True, [], 2)
    assert application.cli("repair") == "nothing to mend\n"


@pytest.mark.parametrize("command", [["migrate"], ["rollback"], ["generate"], ["new", "x"]], ids=" ".join)
def test_an_altered_script_stops_every_command_that_uses_it(
    application: Application, command: list[str]
) -> None:
    first, _ = written(application, ADD, DROP)
    first.write_text(first.read_text().replace("INT32", "INT64"))
    sum_before = (first.parent / "kuzuvcs.sum").read_bytes()
    error = application.json(*command, code=1)["error"]
    assert error["kind"] == "migration_error"
    assert first.name in error["message"]
    assert "line 2 of kuzuvcs.sum" in error["cause"]
    assert (first.parent / "kuzuvcs.sum").read_bytes() == sum_before
    assert [one["kind"] for one in application.json("check")["findings"]] == ["altered", "edited"]
    assert any(first.name in warning for warning in application.json("status")["warnings"])
    application.cli("check", "--exit-code", code=1)


def test_a_script_put_in_by_hand_is_named_and_recorded_by_repair(application: Application) -> None:
    written(application, ADD)
    path = application.root / "migrations" / "20990101_000000_by_hand.cypher"
    path.write_text("-- UP\nMATCH (u:User) SET u.age = 1;\n-- DOWN\n")
    with pytest.raises(MigrationError, match=r"by_hand\.cypher is not recorded") as refused:
        application.repository.migrate()
    assert "kuzuvcs repair" in refused.value.hint
    assert [one["subject"] for one in application.json("repair", "--dry-run")["mended"]] == [path.name]
    assert [one["subject"] for one in application.json("repair")["mended"]] == [path.name]
    assert [one.id for one in application.repository.migrate()] == [path.stem]


def test_a_lost_script_is_named_and_what_is_no_script_stops_repair(application: Application) -> None:
    first, second = written(application, ADD, DROP)
    second.unlink()
    [fault, head, drift] = application.json("check")["findings"]
    assert (fault["kind"], fault["line"]) == ("missing", 3)
    assert (head["kind"], drift["kind"]) == ("not_at_head", "drift")
    first.write_text("DROP TABLE User;")
    with pytest.raises(MigrationError, match="cannot read"):
        application.repository.repair()


def test_a_folder_without_a_sum_runs_and_repair_writes_it(application: Application) -> None:
    [path] = written(application, ADD)
    (path.parent / "kuzuvcs.sum").unlink()
    assert [one["kind"] for one in application.json("check")["findings"]] == ["no_sum"]
    application.repository.migrate()
    assert [one.kind for one in application.repository.repair()] == ["sum"]
    assert application.json("check", "--exit-code")["ok"]


def test_two_branches_that_each_add_a_script_conflict_in_git(application: Application) -> None:
    import subprocess

    def git(*words: str, code: int = 0) -> None:
        named = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
        done = subprocess.run(["git", *named, *words], cwd=application.root, capture_output=True, check=False)
        assert done.returncode == code, done.stderr

    written(application, ADD)
    git("init", "-q", "-b", "main")
    git("add", "migrations")
    git("commit", "-qm", "base")
    git("checkout", "-qb", "theirs")
    application.repository.new("theirs")
    git("add", "migrations")
    git("commit", "-qm", "theirs")
    git("checkout", "-q", "main")
    application.repository.new("ours")
    git("add", "migrations")
    git("commit", "-qm", "ours")
    git("merge", "theirs", code=1)
    error = application.json("migrate", code=1)["error"]
    assert "cannot be read at line 1" in error["message"]
    assert "both sides" in error["cause"]
    application.repository.repair()
    assert application.json("check", "--exit-code")["ok"]


def test_a_new_script_starts_where_the_last_one_leads(application: Application) -> None:
    [first] = written(application, ADD)
    path = Path(application.json("new", "Backfill ages!")["path"])
    assert path.name.endswith("_backfill_ages.cypher")
    script = read_migration(path).script
    led_to = read_migration(first).script.head.value("to-digest")
    assert script.head.value("from-digest") == script.head.value("to-digest") == led_to
    assert script.up == script.down == ()
    path.write_text(path.read_text().replace("-- UP\n", "-- UP\nMATCH (u:User) SET u.age = 5;\n"))
    application.repository.repair()
    assert [one.id for one in application.repository.migrate()] == [path.stem]
    assert application.run("MATCH (u:User) RETURN u.age") == [[5]]
    assert application.repository.generate().path is None
    with pytest.raises(UsageError):
        application.repository.new(" ")


def test_a_new_script_that_changes_the_schema_breaks_its_promise(application: Application) -> None:
    written(application, ADD)
    path = application.repository.new("more")
    path.write_text(path.read_text().replace("-- UP\n", "-- UP\nALTER TABLE User ADD x INT64;\n"))
    application.repository.repair()
    error = application.json("migrate", code=1)["error"]
    assert "does not lead to the schema" in error["message"]


def test_a_data_script_between_schemas_that_are_there_is_not_taken_for_run(application: Application) -> None:
    written(application, ADD)
    between = application.repository.new("between")
    application.run(DROP)
    application.repository.snapshot()
    application.repository.generate()
    with pytest.raises(MigrationError, match=f"whether {between.stem} was run"):
        application.repository.migrate()


def test_scripts_of_a_fork_are_both_named(application: Application) -> None:
    written(application, ADD)
    application.repository.generate("v2", "v1")
    fork = application.root / "migrations"
    text = re.sub("// proof.*\n", "", min(fork.glob("*.cypher")).read_text())
    (fork / "20990101_000000_fork.cypher").write_text(text.replace("age", "years"))
    application.repository.repair()
    # v1 → v2 → v1, then again from v1: that is no fork; from v2 it is one.
    assert [one.kind for one in application.repository.check().faults] == []
    (fork / "20990101_000001_fork.cypher").write_text(text)
    application.repository.repair()
    kinds = [one.kind for one in application.repository.check().faults]
    assert "divergent" in kinds


def test_baseline_starts_an_existing_database_in_the_midst(application: Application) -> None:
    first, second = written(application, ADD, DROP)
    other = other_database(application, ADD)
    assert [one.id for one in other.repository.baseline(first.stem, dry_run=True)] == [first.stem]
    assert other.repository.history() == ()
    done = application.json("--database", "other.kuzu", "baseline", first.stem)
    assert done["recorded"] == [first.stem]
    assert [one.id for one in other.repository.migrate()] == [second.stem]
    with pytest.raises(MigrationError, match="has a history"):
        other.repository.baseline(first.stem)


def test_baseline_refuses_another_schema_unless_it_is_allowed(application: Application) -> None:
    [first] = written(application, ADD)
    other = other_database(application)
    with pytest.raises(SchemaDrift) as refused:
        other.repository.baseline(first.stem)
    assert "age" in refused.value.cause
    assert other.repository.history() == ()
    with pytest.raises(UsageError, match="no script"):
        other.repository.baseline("20000101_000000_none")
    other.repository.baseline(first.stem, allow_drift=True)
    assert other.repository.migrate() == ()


def test_repair_mends_the_history_and_runs_nothing(application: Application) -> None:
    first, second = written(application, ADD, DROP)
    other = other_database(application)
    other.repository.migrate()
    rows = other.run("MATCH (u:User) RETURN u.*")
    first.write_text(first.read_text() + "// more\n")
    shutil.move(second, application.root / "gone")
    (first.parent / ".kuzuvcs.sum.abc").write_text("half")
    mended = other.repository.repair(dry_run=True)
    assert [(one.kind, one.subject) for one in mended] == [
        ("sum", first.name),
        ("sum", second.name),
        ("left_over", ".kuzuvcs.sum.abc"),
        ("history", first.stem),
        ("history", second.stem),
    ]
    assert other.repository.repair() == mended
    assert other.repository.repair() == ()
    assert other.run("MATCH (u:User) RETURN u.*") == rows
    assert other.repository.migrate() == ()
    with pytest.raises(MigrationError, match="is gone"):
        other.repository.rollback()


def test_scripts_out_of_order_and_diverged_are_run_on_request(application: Application) -> None:
    """Two that nobody knew of: one starts where another did, one has an earlier time."""
    first, second = written(application, ADD, DROP)
    text = second.read_text()
    earlier = second.with_name("20200101_000000_earlier.cypher")
    late = second.with_name("20990101_000000_late.cypher")
    start = read_migration(first).script.head.value("from-digest")
    middle = read_migration(first).script.head.value("to-digest")
    application.by_hand(late, text.replace(middle, start, 1))
    second.unlink()
    application.repository.repair()
    other = other_database(application)
    other.repository.migrate(to=first.stem)
    with pytest.raises(
        MigrationError, match=f"{late.stem} starts from another schema than the live"
    ) as refused:
        other.repository.migrate()
    assert "--diverged" in refused.value.hint
    assert len(other.repository.migrate(diverged=True)) == 1
    assert other.run("CALL table_info('User') RETURN name") == [["id"], ["age"]]
    application.by_hand(
        earlier, "-- UP\nALTER TABLE User ADD nick STRING;\n-- DOWN\nALTER TABLE User DROP nick;\n"
    )
    with pytest.raises(MigrationError, match="stands before") as early:
        other.repository.migrate()
    assert "--out-of-order" in early.value.hint
    assert [one.id for one in other.repository.migrate(out_of_order=True)] == [earlier.stem]
    assert [one.id for one in other.repository.rollback(3)] == [earlier.stem, late.stem, first.stem]
    assert other.run("MATCH (u:User) RETURN u.*") == [[7, "b"]]
