"""Who may open a database beside whom, and what its files do."""

from __future__ import annotations

from tests.engine.conftest import Run

# Defines `elsewhere()`: the errors of opening g.db in another process, to write and to read.
ELSEWHERE = """
import subprocess
import sys
def elsewhere():
    code = "from tests.engine.raw import *; report(opening_error(), opening_error(read_only=True))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return [error and error[:40] for error in json.loads(done.stdout)]
g = Graph()
g("CREATE NODE TABLE A(id INT64 PRIMARY KEY)", "CREATE (:A {id: 1})")
"""
LOCKED = "IO exception: Could not set lock on file"


def test_a_writer_shuts_out_writers_and_readers(run: Run) -> None:
    outcome = run(f"{ELSEWHERE}\nreport(elsewhere())")
    assert outcome.result == [LOCKED, LOCKED]


def test_readers_let_readers_in_and_writers_not(run: Run) -> None:
    outcome = run(f"{ELSEWHERE}\ng.close()\ng = Graph(read_only=True)\nreport(elsewhere())")
    assert outcome.result == [LOCKED, None]


def test_closing_the_file_in_the_process_that_has_the_database_open_drops_its_lock(run: Run) -> None:
    outcome = run(f"{ELSEWHERE}\nopen('g.db', 'rb').close()\nreport(elsewhere())")
    assert outcome.result == [None, None]


def test_what_is_no_database_when_opened(run: Run) -> None:
    outcome = run("""
        Path("empty.db").touch()
        Path("text.db").write_text("no database, only text " * 1000)
        Path("folder.db").mkdir()
        report({
            "empty": opening_error("empty.db"),
            "text": opening_error("text.db"),
            "folder": opening_error("folder.db"),
            "missing, read only": opening_error("missing.db", read_only=True),
        })
    """)
    assert outcome.result["empty"] is None
    assert "not a valid Kuzu database file" in outcome.result["text"]
    assert "cannot be a directory" in outcome.result["folder"]
    assert "READ ONLY" in outcome.result["missing, read only"]


def test_a_read_only_open_leaves_the_file_and_checkpoint_there_leaves_a_wal(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE NODE TABLE A(id INT64 PRIMARY KEY)", "CREATE (:A {id: 1})")
        g.close()
        before = Path("g.db").read_bytes()
        def state():
            return [Path("g.db").read_bytes() == before, Path("g.db.wal").exists()]
        reader = Graph(read_only=True)
        reader("MATCH (a:A) RETURN a.id")
        reader.close()
        report(state())
        reader.open()
        failed = reader.error("CHECKPOINT") is not None
        reader.close()
        report(failed, state())
    """)
    assert outcome.reports == ([True, False], [True, [True, True]])


def test_a_copy_without_the_wal_loses_committed_rows(run: Run) -> None:
    outcome = run("""
        import shutil
        g = Graph()
        g("CREATE NODE TABLE A(id INT64 PRIMARY KEY)", "CREATE (:A {id: 1})")
        g("CHECKPOINT", "CREATE (:A {id: 2})")
        shutil.copy("g.db", "copy.db")
        report(Graph("copy.db").column("MATCH (a:A) RETURN a.id"))
    """)
    assert outcome.result == [1]


def test_a_stale_wal_is_replayed_into_the_file_put_in_its_place(run: Run) -> None:
    outcome = run("""
        import shutil
        g = Graph()
        g("CREATE NODE TABLE A(id INT64 PRIMARY KEY)")
        g("UNWIND range(1, 5) AS i CREATE (:A {id: i})", "CHECKPOINT")
        shutil.copy("g.db", "restored.db")
        g("CREATE (:A {id: 99})")
        shutil.copy("g.db.wal", "restored.db.wal")
        report(Graph("restored.db").column("MATCH (a:A) RETURN a.id ORDER BY a.id"))
    """)
    assert outcome.result == [1, 2, 3, 4, 5, 99]


def test_a_clean_close_leaves_one_file(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE NODE TABLE A(id INT64 PRIMARY KEY)", "CREATE (:A {id: 1})")
        during = sorted(path.name for path in Path().iterdir())
        g.close()
        report(during, sorted(path.name for path in Path().iterdir()))
    """)
    assert outcome.result == [["g.db", "g.db.wal"], ["g.db"]]
