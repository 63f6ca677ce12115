"""Scripts run on the live database itself, broken off and gone on with."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kuzuvcs.errors import MigrationError, MigrationFailed
from kuzuvcs.repository import Repository
from tests.e2e.conftest import Application
from tests.e2e.test_migrate import BASE, CHAIN, author, colleague, everything, pull, rows_of
from tests.tasks.building import run as run_cypher

__all__ = ["colleague"]

PARTED = """\
// id: 20990101_000000_parted
// before: {"path": "User.parquet", "table": "User", "columns": ["id", "name", "email"]}

-- UP
ALTER TABLE User ADD nick STRING;
MATCH (u:User) SET u.nick = u.name;
CHECKPOINT;
ALTER TABLE User DROP email;
CHECKPOINT;
MATCH (u:User) SET u.nick = u.nick + '!';
-- DOWN
ALTER TABLE User DROP nick;
ALTER TABLE User ADD email STRING;
CHECKPOINT;
LOAD FROM '${before}/User.parquet' RETURN 1;
"""


def files(root: Path) -> set[str]:
    return {path.name for path in root.iterdir()} - {"kuzuvcs.toml", "snapshots", "migrations", ".kuzuvcs"}


def test_a_chain_there_and_back(application: Application, colleague: Application) -> None:
    ids = author(application, *CHAIN)
    pull(application, colleague)
    colleague.run(*BASE, *rows_of("colleague", 12))
    before = everything(colleague)
    assert [one.id for one in colleague.repository.migrate(in_place=True)] == ids
    assert not colleague.repository.migrate(in_place=True)
    history = colleague.repository.history()
    assert [run.id for run in history] == ids
    assert all(run.seconds and run.to_digest and not run.unfinished for run in history)
    assert colleague.repository.status().pending == ()
    assert len(colleague.repository.rollback(len(ids), in_place=True)) == len(ids)
    assert everything(colleague) == before
    assert [bool(run.rolled_back) for run in colleague.repository.history()] == [True] * len(ids)
    assert files(colleague.root) == {"app.kuzu"}


def by_hand(application: Application, text: str, id: str = "20990101_000000_parted") -> Path:
    application.run(*BASE, *rows_of("author", 8))
    path = application.root / "migrations" / f"{id}.cypher"
    path.write_text(text)
    return path


def test_what_fails_in_a_transaction_leaves_nothing(application: Application) -> None:
    fails = "MATCH (n:NONSENSE) RETURN n"
    by_hand(application, f"-- UP\nALTER TABLE User ADD a INT64;\nMATCH (u:User) DETACH DELETE u;\n{fails};\n")
    before = everything(application)
    with pytest.raises(MigrationFailed, match="at line 4") as failed:
        application.repository.migrate(in_place=True)
    assert "the database is as it was" in failed.value.hint
    assert everything(application) == before
    assert application.repository.history() == ()


def test_a_promise_is_held_before_the_commit(application: Application, colleague: Application) -> None:
    ids = author(application, CHAIN[2][:1])
    pull(application, colleague)
    path = colleague.root / "migrations" / f"{ids[0]}.cypher"
    path.write_text(path.read_text().replace("`name` STRING", "`name` INT64"))
    colleague.run(*BASE, *rows_of("colleague", 3))
    colleague.repository.repair()
    with pytest.raises(MigrationFailed, match="does not lead to the schema") as failed:
        colleague.repository.migrate(in_place=True)
    assert "the database is as it was" in failed.value.hint
    assert sorted(colleague.run("CALL show_tables() RETURN name")) == [["Knows"], ["User"]]


def test_what_stands_half_way_is_said_and_gone_on_with(application: Application) -> None:
    path = by_hand(application, PARTED.replace("u.nick + '!'", "u.nick + fault"))
    repository = application.repository
    with pytest.raises(MigrationFailed) as failed:
        repository.migrate(in_place=True)
    assert "5 of 6 statements stay" in failed.value.hint
    assert repository.history()[0].unfinished == "UP 5"
    assert "half-way: 5 statements of UP" in application.cli("history")
    warning, no_sum = repository.status().warnings
    assert "no kuzuvcs.sum" in no_sum
    assert "stands half-way" in warning
    for refused in (repository.migrate, repository.rollback):
        with pytest.raises(MigrationError, match="stands half-way") as half:
            refused()
        assert "migrate --in-place" in half.value.hint
    with pytest.raises(MigrationError, match="stands half-way"):
        repository.rollback(in_place=True)
    altered = path.read_text()
    path.write_text(PARTED)
    with pytest.raises(MigrationError, match="was altered"):
        repository.migrate(in_place=True)
    path.write_text(altered)
    application.run("CHECKPOINT")
    with pytest.raises(MigrationFailed, match="at line 10"):
        repository.migrate(in_place=True)


def test_what_the_data_stumbled_over_is_mended_and_gone_on_with(application: Application) -> None:
    by_hand(application, PARTED.replace("u.nick + '!'", "CAST(CAST(u.nick AS INT64) AS STRING)"))
    repository = application.repository
    with pytest.raises(MigrationFailed):
        repository.migrate(in_place=True)
    application.run("MATCH (u:User) SET u.nick = CAST(u.id AS STRING)")
    assert [one.id for one in repository.migrate(in_place=True)] == ["20990101_000000_parted"]
    [run] = repository.history()
    assert run.unfinished == ""
    assert run.capture
    assert application.run("MATCH (u:User {id: 3}) RETURN u.nick") == [["3"]]


def test_an_index_that_was_made_before_the_kill_is_not_made_twice(application: Application) -> None:
    application.run(
        "CREATE NODE TABLE Doc(id INT64 PRIMARY KEY, v FLOAT[3])",
        "UNWIND range(1, 20) AS i CREATE (:Doc {id: i, v: [1.0, 2.0, CAST(i AS FLOAT)]})",
    )
    path = application.root / "migrations" / "20990101_000000_index.cypher"
    path.write_text(
        "-- UP\nMATCH (d:Doc) SET d.v = [1.0, 1.0, CAST(d.id AS FLOAT)];\n"
        "CALL CREATE_VECTOR_INDEX('Doc', 'near', 'v');\nCREATE NODE TABLE After(id INT64 PRIMARY KEY);\n"
        "-- DOWN\nDROP TABLE After;\nCALL DROP_VECTOR_INDEX('Doc', 'near');\n"
    )
    repository = application.repository
    repository.migrate(in_place=True)
    # As a kill between the index and the word of it leaves the database.
    application.run("DROP TABLE After", "MATCH (h:migration_history) SET h.unfinished = 'UP 1+'")
    assert len(repository.migrate(in_place=True)) == 1
    assert application.run("CALL show_tables() RETURN count(*)")[0][0] >= 3
    application.run(
        "MATCH (h:migration_history) SET h.unfinished = 'DOWN 1+'",
        "DROP TABLE After",
        "CALL DROP_VECTOR_INDEX('Doc', 'near')",
    )
    assert len(repository.rollback(in_place=True)) == 1
    assert repository.history()[0].rolled_back


def test_a_script_with_transactions_of_its_own_is_refused(application: Application) -> None:
    by_hand(application, "-- UP\nBEGIN TRANSACTION;\nCREATE NODE TABLE T(id INT64 PRIMARY KEY);\nCOMMIT;\n")
    with pytest.raises(MigrationError, match="cannot be run in place, because of line 2"):
        application.repository.migrate(in_place=True)


def test_what_it_does_not_promise_is_said_before(application: Application) -> None:
    by_hand(application, "-- UP\nMATCH (n:NONSENSE) RETURN n;\n")
    failed = application.process(["migrate", "--in-place"])
    warning, error = failed.stderr.splitlines()[:2]
    assert warning.startswith("warning: --in-place makes no copy and no backup")
    assert error.startswith("error: ")
    assert Repository.open(application.root).history() == ()


def test_rows_that_the_head_promises_are_kept_or_nothing_is(application: Application) -> None:
    kept = '// rows: {"after": [["User"]], "back": true, "before": [["User"]]}\n'
    by_hand(application, kept + "\n-- UP\nMATCH (u:User {id: 3}) DETACH DELETE u;\n")
    before = everything(application)
    with pytest.raises(MigrationFailed, match="does not keep the rows") as failed:
        application.repository.migrate(in_place=True)
    assert "in place" in failed.value.hint
    assert everything(application) == before


EVENTS = 150_000
COPYING = """\
-- UP
CREATE NODE TABLE Kept(id INT64 PRIMARY KEY, text STRING);
COPY Kept FROM (MATCH (e:Event) RETURN e.id, e.text);
DROP TABLE Event;
"""


def with_events(application: Application) -> None:
    application.run(
        "CREATE NODE TABLE Event(id INT64 PRIMARY KEY, text STRING)",
        f"COPY Event FROM (UNWIND range(1, {EVENTS}) AS i RETURN i, 'event ' + CAST(i AS STRING))",
    )
    (application.root / "migrations" / "20990101_000000_copying.cypher").write_text(COPYING)


def hung_up_in_the_checkpoint_of_a_copy(root: Path) -> bool:
    """Run migrate --in-place, and send SIGHUP to it and its worker there; False where it was too fast."""
    database = root / "app.kuzu"
    size = database.stat().st_size
    process = subprocess.Popen(
        [sys.executable, "-m", "kuzuvcs", "migrate", "--in-place"],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while process.poll() is None:
        # What a COPY writes is in the file before the checkpoint begins that makes it count.
        if (root / "app.kuzu.shadow").exists() and database.stat().st_size > size + (1 << 20):
            os.killpg(process.pid, signal.SIGHUP)
            return process.wait() == -signal.SIGHUP
    return False


def test_a_copy_that_was_hung_up_on_is_run_again(application: Application, tmp_path: Path) -> None:
    with_events(application)
    for attempt in range(5):
        root = tmp_path / f"attempt-{attempt}"
        shutil.copytree(application.root, root)
        if hung_up_in_the_checkpoint_of_a_copy(root):
            break
    else:
        raise AssertionError("the run was never hung up on in time")
    repository = Repository.open(root)
    repository.migrate(in_place=True)
    assert [run.unfinished for run in repository.history()] == [""]
    assert run_cypher(root / "app.kuzu", "MATCH (k:Kept) RETURN count(*), max(k.id)") == [[EVENTS, EVENTS]]


@pytest.mark.parametrize("was_run", [False, True])
def test_whether_a_copy_was_run_is_told_by_its_rows(application: Application, was_run: bool) -> None:
    with_events(application)
    repository = application.repository
    repository.migrate(in_place=True)
    application.run(
        "CREATE NODE TABLE Event(id INT64 PRIMARY KEY, text STRING)",
        "COPY Event FROM (MATCH (k:Kept) RETURN k.id, k.text)",
        "MATCH (h:migration_history) SET h.unfinished = 'UP 1+0'",
        *(() if was_run else ("MATCH (k:Kept) DELETE k",)),
    )
    assert "half-way: 1 statements of UP" in application.cli("history")
    assert len(repository.migrate(in_place=True)) == 1
    assert application.run("MATCH (k:Kept) RETURN count(*)") == [[EVENTS]]


def test_a_table_created_with_its_rows_is_refused(application: Application) -> None:
    by_hand(
        application, "-- UP\nCREATE NODE TABLE Copy AS MATCH (u:User) RETURN u.id AS id, u.name AS as_name;\n"
    )
    with pytest.raises(MigrationError, match="cannot be run in place, because of line 2") as refused:
        application.repository.migrate(in_place=True)
    assert "CREATE and COPY" in refused.value.hint
