"""The log of a run, and the lock: what is told of who does what."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import kuzu
import pytest

from kuzuvcs import DatabaseLocked, KuzuBackup, RunInProgress
from kuzuvcs.engines.client import Worker
from kuzuvcs.errors import MigrationFailed
from kuzuvcs.migrations.folder import read_migration
from kuzuvcs.store import Store
from kuzuvcs.tasks.running.captures import captures_of, kept_captures
from kuzuvcs.tasks.running.lock import run_lock
from kuzuvcs.tasks.running.run_log import logs
from tests.e2e.conftest import Application
from tests.e2e.test_migrate import BASE, CHAIN, author, colleague, pull, rows_of
from tests.tasks.building import ROOT, content

__all__ = ["colleague"]

HOLD = """
import sys
from pathlib import Path
from kuzuvcs.tasks.running.lock import run_lock
with run_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def replay(colleague: Application, database: Path, told: list[dict[str, Any]], folder: Path) -> None:
    """Repeat a run from its log, on a backup: by the engine alone, but for what was captured."""
    files, store = None, Store.open(colleague.root / "snapshots")
    folder.mkdir()
    with Worker() as worker:
        worker.open(database, read_only=False)
        for event in told:
            if event["event"] == "script":
                path = colleague.root / "migrations" / f"{event['script']}.cypher"
                captures = captures_of(read_migration(path).script)
                wanted = captures if event["section"] == "DOWN" else ()
                files = kept_captures(store, event["capture"], wanted, folder) if wanted else None
            if event["event"] == "statement" and files is not None:
                files.run(worker, event["text"])
            elif event["event"] == "statement":
                worker.execute(event["text"])
        worker.execute("CHECKPOINT")


def test_a_run_is_repeated_from_its_log(
    application: Application, colleague: Application, tmp_path: Path
) -> None:
    author(application, *CHAIN[:3])
    pull(application, colleague)
    colleague.run(*BASE, *rows_of("colleague", 12))
    for number, command in enumerate((["migrate"], ["rollback", "3"])):
        colleague.cli(*command)
        told = read(logs(colleague.database)[-1])
        backup = next(event["path"] for event in told if event["event"] == "backup")
        repeated = tmp_path / str(number) / "repeated.kuzu"
        repeated.parent.mkdir()
        shutil.copy(backup, repeated)
        replay(colleague, repeated, told, tmp_path / f"files{number}")
        with_history = tmp_path / str(number) / "live.kuzu"
        shutil.copy(colleague.database, with_history)
        for database in (repeated, with_history):
            Application(root=tmp_path, database=database, repository=colleague.repository).run(
                "DROP TABLE IF EXISTS migration_history"
            )
        assert content(repeated) == content(with_history)


def test_what_a_log_tells(application: Application, colleague: Application) -> None:
    ids = author(application, *CHAIN[:1])
    pull(application, colleague)
    colleague.run(*BASE, *rows_of("colleague", 3))
    colleague.repository.migrate()
    start, *told, end = read(logs(colleague.database)[-1])
    assert (start["event"], start["command"], start["database"]) == (
        "start",
        "migrate",
        str(colleague.database),
    )
    assert [event["event"] for event in told] == ["script", "statement", "reached", "backup"]
    assert (told[0]["script"], told[0]["checksum"]) == (ids[0], colleague.repository.history()[0].checksum)
    assert told[1]["text"].startswith("ALTER TABLE `User` ADD `age`")
    assert (told[1]["line"] > 1, told[1]["seconds"] > 0, told[1]["rows"]) == (True, True, None)
    assert told[2]["schema"] == colleague.repository.history()[0].to_digest
    assert (end["event"], end["ok"]) == ("end", True)


def test_a_log_says_how_a_run_failed(application: Application) -> None:
    application.run(*BASE)
    script = application.root / "migrations" / "20990101_000000_bad.cypher"
    script.write_text("-- UP\nCREATE NODE TABLE A(id INT64 PRIMARY KEY);\nMATCH (n:NONSENSE) RETURN n;\n")
    with pytest.raises(MigrationFailed):
        application.repository.migrate()
    *_, statement, error, end = read(logs(application.database)[-1])
    assert statement["text"] == "CREATE NODE TABLE A(id INT64 PRIMARY KEY)"
    assert error["event"] == "error"
    assert error["kind"] == "MigrationFailed"
    assert "NONSENSE" in error["cause"]
    assert end["ok"] is False


def test_events_go_to_stderr_and_the_document_to_stdout(application: Application) -> None:
    application.run(*BASE)
    script = application.root / "migrations" / "20990101_000000_copy.cypher"
    script.write_text(
        "-- UP\nCREATE NODE TABLE A(id INT64 PRIMARY KEY);\nCOPY A FROM (UNWIND range(1, 5) AS i RETURN i);\n"
    )
    done = application.process(["migrate", "--json", "--events"])
    assert len(json.loads(done.stdout)["applied"]) == 1
    told = [json.loads(line) for line in done.stderr.splitlines()]
    assert [event["event"] for event in told][:2] == ["start", "script"]
    assert [event["rows"] for event in told if event["event"] == "statement"] == [None, 5]
    assert told == read(logs(application.database)[-1])


def holding(application: Application) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(application.database)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


@pytest.mark.parametrize("command", [["migrate"], ["rollback"], ["backup"], ["restore"]])
def test_a_second_run_is_told_by_whom(application: Application, command: list[str]) -> None:
    application.run(*BASE)
    with holding(application) as process:
        started = time.monotonic()
        refused = application.process([*command, "--lock-timeout", "0.3"])
        assert time.monotonic() - started > 0.3
        process.communicate("")
    assert refused.returncode == 1
    assert "another kuzuvcs is changing" in refused.stderr
    assert f"process {process.pid} ({Path(sys.executable).name} -c" in refused.stderr
    assert "run_lock" in refused.stderr


def test_a_second_run_waits(application: Application) -> None:
    application.run(*BASE)
    with holding(application) as process:
        waiting = subprocess.Popen(
            [sys.executable, "-m", "kuzuvcs", "-C", str(application.root), "backup"],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(2)
        process.communicate("")
        assert waiting.wait(60) == 0
    assert len(KuzuBackup(application.database).backups()) == 1


def test_the_lock_of_a_killed_run_is_free(application: Application) -> None:
    application.run(*BASE)
    with holding(application) as process:
        process.kill()
    with run_lock(application.database, 0):
        pass


def test_two_of_one_process_are_kept_apart(application: Application) -> None:
    with (
        run_lock(application.database),
        pytest.raises(RunInProgress) as refused,
        run_lock(application.database, 0),
    ):
        pass
    assert f"this process, {os.getpid()} (" in refused.value.cause


def test_an_application_is_waited_for(application: Application) -> None:
    application.run(*BASE)
    engine = kuzu.Database(str(application.database))
    with pytest.raises(DatabaseLocked):
        KuzuBackup(application.database).create_backup()
    waiting = subprocess.Popen(
        [sys.executable, "-m", "kuzuvcs", "-C", str(application.root), "backup", "--lock-timeout", "60"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.wait(2)
    engine.close()
    assert waiting.wait(60) == 0
