"""The worker: a crash, a time-out or a lock is an error of its own, and nothing is left behind."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kuzuvcs.core.engine import DEFAULT_ENGINE, Engine
from kuzuvcs.engines.client import Worker
from kuzuvcs.engines.process import processes_reused
from kuzuvcs.errors import DatabaseLocked, EngineCrashed, EngineError, EngineTimeout
from tests.tasks.building import run

FATAL = "RETURN CAST(['1.5'] AS DECIMAL(5, 2)[])"
ENDLESS = "UNWIND range(1, 30000) AS i UNWIND range(1, 30000) AS j WITH i, j WHERE i = j RETURN count(*)"


@pytest.fixture(scope="module", autouse=True)
def processes_of_the_module() -> None:
    """None are shared here: how they end is what is looked at."""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "g.db"
    run(path, "CREATE NODE TABLE T(id INT64 PRIMARY KEY)", "CREATE (:T {id: 1})")
    return path


def lives(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def test_the_statement_that_ends_the_engine_is_named(database: Path) -> None:
    with Worker() as worker:
        worker.open(database, read_only=True)
        pid = worker.pid
        with pytest.raises(EngineCrashed) as crashed:
            worker.execute(FATAL)
        assert crashed.value.exit_code == 4
        assert FATAL in crashed.value.cause
        assert "signal SIG" in crashed.value.cause
    assert not lives(pid)
    assert run(database, "MATCH (t:T) RETURN t.id") == [[1]]


def test_a_worker_that_does_not_answer_is_ended(database: Path) -> None:
    with Worker(timeout=0.5) as worker:
        worker.open(database, read_only=True)
        pid = worker.pid
        with pytest.raises(EngineTimeout, match=r"did not answer in 0\.5 s") as late:
            worker.execute(ENDLESS)
        assert late.value.exit_code == 4
        assert "UNWIND range" in late.value.cause
    assert not lives(pid)


def test_a_refused_statement_leaves_the_worker_usable(database: Path) -> None:
    with Worker() as worker:
        worker.open(database, read_only=True)
        with pytest.raises(EngineError, match=r"(?s)Parser exception.*statement: RETURN NONSENSE"):
            worker.execute("RETURN NONSENSE +")
        assert worker.execute("MATCH (t:T) RETURN t.id") == [[1]]


def test_a_writer_elsewhere_locks_everyone_out(database: Path) -> None:
    with Worker() as writer:
        writer.open(database, read_only=False)
        for read_only in (True, False):
            with (
                Worker() as other,
                pytest.raises(DatabaseLocked, match="is open in another process") as locked,
            ):
                other.open(database, read_only=read_only)
            assert f"process {writer.pid} (" in locked.value.cause
            assert locked.value.hint == "close it there, then run this again"


def test_readers_share_and_shut_a_writer_out(database: Path) -> None:
    with Worker() as one, Worker() as two, Worker() as writer:
        one.open(database, read_only=True)
        two.open(database, read_only=True)
        assert two.execute("MATCH (t:T) RETURN t.id") == [[1]]
        with pytest.raises(DatabaseLocked):
            writer.open(database, read_only=False)


def test_a_worker_ends_with_its_parents_end_of_the_pipe(database: Path) -> None:
    worker = Worker()
    worker.open(database, read_only=False)
    child = worker._process._process
    assert child.stdin is not None
    child.stdin.close()
    assert child.wait(10) == 0
    worker.kill()


def test_what_the_engine_prints_does_not_come_between_the_answers(database: Path) -> None:
    with Worker() as worker:
        worker.open(database, read_only=True)
        assert worker.execute("CALL db_version() RETURN *") == [["0.11.3"]]
        assert worker.execute("RETURN 'a\nb{\"rows\": 1}'") == [['a\nb{"rows": 1}']]


def test_a_path_with_the_word_lock_in_it_is_not_taken_for_a_lock(tmp_path: Path) -> None:
    folder = tmp_path / "Could lock"
    folder.mkdir()
    database = folder / "g.db"
    database.write_bytes(b"KUZU" + (39).to_bytes(8, "little") + bytes(4084))
    with Worker() as worker, pytest.raises(EngineError, match="cannot be opened") as refused:
        worker.open(database, read_only=True)
    assert not isinstance(refused.value, DatabaseLocked)


def pid_serving(database: Path, statement: str = "RETURN 1", engine: Engine = DEFAULT_ENGINE) -> int:
    with Worker() as worker:
        worker.open(database, read_only=False, engine=engine)
        with contextlib.suppress(EngineError):
            worker.execute(statement)
        return worker.pid


def test_a_process_serves_one_database_after_another_and_is_ended_at_last(tmp_path: Path) -> None:
    with processes_reused():
        first = pid_serving(tmp_path / "a.db", "CREATE NODE TABLE T(id INT64 PRIMARY KEY)")
        with processes_reused():
            assert pid_serving(tmp_path / "b.db") == first
        assert pid_serving(tmp_path / "a.db", "CREATE (:T {id: 1})") == first
        assert lives(first)
    assert not lives(first)
    assert run(tmp_path / "a.db", "MATCH (t:T) RETURN t.id") == [[1]]
    assert pid_serving(tmp_path / "a.db") != pid_serving(tmp_path / "a.db")


@pytest.mark.parametrize("statement", ["NONSENSE", FATAL])
def test_a_process_in_which_anything_went_wrong_serves_no_other(tmp_path: Path, statement: str) -> None:
    with processes_reused():
        first = pid_serving(tmp_path / "a.db", statement)
        assert not lives(first)
        assert pid_serving(tmp_path / "b.db") != first


@pytest.mark.skipif(sys.platform != "linux", reason="/proc, and glibc's way of giving memory back")
def test_a_process_that_waits_keeps_no_memory_of_its_database(tmp_path: Path) -> None:
    def resident(pid: int) -> int:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    with Worker() as worker:
        worker.open(tmp_path / "g.db", read_only=False)
        worker.execute("CREATE NODE TABLE T(id INT64 PRIMARY KEY, text STRING)")
        worker.execute(
            "UNWIND range(1, 300000) AS i CREATE (:T {id: i, text: 'some text ' + CAST(i AS STRING)})"
        )
        held = resident(worker.pid)
        worker.close_database()
        assert resident(worker.pid) < held / 2


def test_a_process_holds_one_engine(tmp_path: Path) -> None:
    ladybug = Engine(name="ladybug")
    with processes_reused():
        first = pid_serving(tmp_path / "a.kuzu")
        second = pid_serving(tmp_path / "a.lbug", engine=ladybug)
        assert second != first
        assert pid_serving(tmp_path / "a.kuzu") == first
        assert pid_serving(tmp_path / "b.lbug", engine=ladybug) == second


def test_a_worker_that_was_closed_has_no_power_over_its_process(tmp_path: Path) -> None:
    with processes_reused():
        gone = Worker()
        gone.open(tmp_path / "a.db", read_only=False)
        gone.close()
        with Worker() as next_one:
            next_one.open(tmp_path / "b.db", read_only=False)
            gone.close()
            gone.kill()
            assert next_one.execute("RETURN 1") == [[1]]


LET_GO = """
import fcntl, sys, time
with open(sys.argv[1], "r+b") as stream:
    fcntl.lockf(stream, fcntl.LOCK_EX)
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


@pytest.mark.parametrize("seconds", [0.4, 60])
def test_a_lock_of_somebody_who_is_not_to_be_seen_is_waited_for_a_moment(
    database: Path, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    monkeypatch.setattr("kuzuvcs.engines.client.holders", lambda *_, **__: ())
    command = [sys.executable, "-c", LET_GO, str(database), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder, Worker() as worker:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        if seconds < 1:
            worker.open(database, read_only=True)
            assert worker.execute("MATCH (t:T) RETURN t.id") == [[1]]
        else:
            with pytest.raises(DatabaseLocked):
                worker.open(database, read_only=True)
        holder.kill()
