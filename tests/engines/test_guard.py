"""A process with an engine runs one statement a call, and one that stays inside its database."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kuzuvcs.core.engine import DEFAULT_ENGINE, Engine
from kuzuvcs.engines.client import Worker
from kuzuvcs.engines.guard import Reach, Refused, check_statement
from kuzuvcs.errors import EngineError

ENGINES = [DEFAULT_ENGINE, Engine(name="ladybug")]
ROOT = Path(__file__).parents[2]

OURS = (
    "RETURN 1",
    "RETURN 1;",
    "RETURN ';'; // the end",
    "RETURN `a;b` /* ; */",
    "MATCH (n:`Load`) WHERE n.`copy` = 'LOAD FROM ''' RETURN n.load",
    "CREATE NODE TABLE `T;` (`id` INT64 DEFAULT nextval('s'), `s` STRUCT(`a;b` INT64), PRIMARY KEY (`id`))",
    "CREATE REL TABLE `R` (FROM `A` TO `B`, MANY_ONE) WITH (storage_direction = 'fwd')",
    "CREATE NODE TABLE `T` AS MATCH (n:A) WITH (n.x) AS x RETURN x",
    "CREATE SEQUENCE `s` START WITH 1",
    "CREATE MACRO `m`(`x`) AS x + 1e-3",
    "CREATE (:`T` {`id`: 1})",
    "ALTER TABLE `T` ADD `ä` STRUCT(ä INT64)",
    "DROP SEQUENCE `T_id_serial`",
    "COMMENT ON TABLE `T` IS '; COPY'",
    "COPY `T`(`id`) FROM (UNWIND range(1, 3) AS i RETURN i)",
    "COPY `T` FROM $data",
    "COPY `T` (`a`, `b`) FROM (LOAD FROM $data RETURN c0)",
    "COPY `T` FROM data (from='A', to='B')",
    "COPY `T` FROM '/x/file.parquet'",
    "EXPORT DATABASE '/x/folder' (schema_only=true)",
    "LOAD FROM $data CREATE (:`T` {`id`: c0})",
    "CALL show_tables() RETURN name",
    "CALL CREATE_FTS_INDEX('T', 'i', ['a'], stemmer := 'porter')",
    "CALL CREATE_FTS_INDEX('T', 'i j', ['a', 'b'], stopwords := 'Words', ignore_pattern := '[\\\\d]+')",
    "CALL CREATE_VECTOR_INDEX('T', '1st', 'v', metric := 'l2', mu := 30)",
    "CALL DROP_FTS_INDEX('T', 'i j')",
    "CREATE MACRO `m`(`call`) AS call + 1",
    "EXPLAIN MATCH (n) RETURN n",
    "CHECKPOINT",
    "BEGIN TRANSACTION READ ONLY",
)

SEVERAL = (
    "RETURN 1; RETURN 2",
    "RETURN 1;;",
    "RETURN 1; ; RETURN 2",
    "RETURN 1;/**/RETURN 2",
    "RETURN 1; // a\nRETURN 2",
    "RETURN 'a\\'; RETURN 2 //'; RETURN 3",
    "RETURN `a'`; RETURN '2'",
    "RETURN 1 /* ; */ ; RETURN 2",
    "RETURN 'open",
    "RETURN `open",
    "RETURN 1 /* open",
    ";RETURN 1",
)

OUTSIDE = (
    "COPY (MATCH (n) RETURN n) TO '/x/file.parquet'",
    "COPY (RETURN 1) TO '/tmp/y'",
    "COPY `T` FROM '/etc/passwd'",
    "COPY `T` FROM ['/x/file.parquet', '/etc/passwd']",
    "COPY `T`(`id`) FROM 'http://host/file.parquet'",
    "COPY `T` FROM other.table",
    "COPY `R` FROM BY COLUMN ('a', 'b')",
    "COPY `T` FROM (LOAD FROM '/etc/passwd' RETURN *)",
    "COPY `T` FROM (LOAD WITH HEADERS (a INT64) FROM '/etc/passwd' RETURN a)",
    "LOAD FROM '/etc/passwd' RETURN *",
    "LOAD\tFROM\n'/etc/passwd' RETURN *",
    "LOAD /* x */ FROM '/etc/passwd' RETURN *",
    "load from '/etc/passwd' return *",
    "MATCH (n) WHERE n.id = 1LOAD FROM '/etc/passwd' RETURN *",
    "MATCH (n)LOAD FROM '/etc/passwd' RETURN *",
    "UNWIND [1] AS x LOAD FROM '/etc/passwd' RETURN *",
    "EXPORT DATABASE '/tmp/y'",
    "EXPLAIN EXPORT DATABASE '/tmp/y'",
    "PROFILE EXPLAIN EXPORT DATABASE '/tmp/y'",
    "IMPORT DATABASE '/x/folder'",
    "LOAD EXTENSION '/x/evil.so'",
    "LOAD '/x/evil.so'",
    "LOAD fts",
    "LOAD EXTENSION fts",
    "INSTALL fts",
    "INSTALL fts FROM 'http://host/'",
    "FORCE INSTALL fts",
    "UNINSTALL fts",
    "UPDATE EXTENSION fts",
    "ATTACH '/x/other.db' AS other",
    "DETACH other",
    "USE other",
    "CALL home_directory = '/tmp'",
    "CALL threads=1",
    "CALL `show_tables`() RETURN *",
    "CALL read_csv_serial('/etc/passwd') RETURN *",
    "CALL JSON_SCAN('/etc/passwd') RETURN *",
    "MATCH (n) CALL file_info('/etc/passwd') RETURN *",
    "CALL CREATE_VECTOR_INDEX('T', 'x_UPPER (FROM T TO T); CHECKPOINT; CREATE REL TABLE y', 'v')",
    "CALL CREATE_VECTOR_INDEX('T (', 'x', 'v')",
    'CALL CREATE_VECTOR_INDEX("T", "i\'", \'v\')',
    "CALL DROP_VECTOR_INDEX('T', 'a b')",
    "CALL CREATE_FTS_INDEX('T', 'i\\'', ['s'])",
    "CALL CREATE_FTS_INDEX('T', 'i', ['s) AS t RETURN 1); COPY (RETURN 1) TO \"/x\"; //'])",
    "CALL CREATE_FTS_INDEX('T', 'i', ['s'], stopwords := '/etc/passwd')",
    "CALL CREATE_FTS_INDEX('T', 'i', ['s'], stemmer := 'porter', stopWords := \"https://host/x.csv\")",
    "CALL CREATE_FTS_INDEX('T', 'i', ['s'], ignore_pattern := 'a\\', 1)); COPY (RETURN 1) TO \"/x\"; //((')",
    "CREATE GRAPH g",
    "CREATE NODE TABLE `T` (`id` INT64 PRIMARY KEY) WITH (storage = '/x')",
    "CREATE NODE TABLE `T` (`id` INT64 PRIMARY KEY) PARTITION BY HASH (id)",
    "CREATE REL TABLE `R` (FROM `A` TO `B`) WITH (storage_direction = 'fwd', storage = '/x')",
    "CREATE NODE TABLE `T` AS LOAD FROM '/etc/passwd' RETURN *",
    "DROP GRAPH g",
    "\ufeffLOAD FROM '/etc/passwd' RETURN *",
    "\u180eCOPY (RETURN 1) TO '/tmp/y'",
    "RETURN 1 \u200b",
    "RETURN 1 \x00",
    "NONSENSE",
    "",
)


@pytest.mark.parametrize("statement", OURS)
def test_what_this_program_runs_is_allowed(statement: str) -> None:
    check_statement(statement, Reach(files=frozenset({"'/x/file.parquet'", "'/x/folder'"})))


@pytest.mark.parametrize("reach", [Reach(), Reach(outside=True)])
@pytest.mark.parametrize("statement", SEVERAL)
def test_several_statements_are_refused_whoever_asks(statement: str, reach: Reach) -> None:
    with pytest.raises(Refused):
        check_statement(statement, reach)


@pytest.mark.parametrize("statement", OUTSIDE)
def test_what_may_reach_outside_is_refused(statement: str) -> None:
    with pytest.raises(Refused):
        check_statement(statement, Reach())


def test_extensions_are_the_official_ones() -> None:
    allowed = Reach(extensions=True)
    for statement in ("INSTALL fts", "LOAD vector"):
        check_statement(statement, allowed)
    for statement in (
        "INSTALL fts FROM 'x'",
        "LOAD '/x.so'",
        "LOAD httpfs",
        "LOAD EXTENSION '/x.so'",
        "LOAD fts x",
    ):
        with pytest.raises(Refused):
            check_statement(statement, allowed)


@pytest.mark.parametrize("engine", ENGINES, ids=str)
def test_nothing_of_what_is_refused_runs(engine: Engine, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    with Worker() as worker:
        worker.open(tmp_path / "g.db", read_only=False, engine=engine)
        worker.execute("CREATE NODE TABLE T(id INT64 PRIMARY KEY)")
        for statement in (
            f"COPY (RETURN 1) TO '{out}'",
            f"RETURN 1; COPY (RETURN 1) TO '{out}'",
            f"CREATE (:T {{id: 1}}); COPY (RETURN 1) TO '{out}'",
            f"EXPORT DATABASE '{out}'",
        ):
            for call in (worker.execute, lambda text: worker.fetch(text, tmp_path / "rows.arrow")):
                with pytest.raises(EngineError, match="a statement was not run"):
                    call(statement)
        assert not out.exists()
        assert worker.execute("MATCH (t:T) RETURN count(*)") == [[0]]
        worker.execute(f"COPY (RETURN 1) TO '{out}'", outside=True)
        assert out.exists()
        with pytest.raises(EngineError, match="more than one"):
            worker.execute("CREATE (:T {id: 1}); CREATE (:T {id: 2})", outside=True)
        assert worker.execute("MATCH (t:T) RETURN count(*)") == [[0]]


_COUNT = """
import importlib, json, sys, warnings
warnings.simplefilter("ignore")
engine = importlib.import_module(sys.argv[1])
connection = engine.Connection(engine.Database(sys.argv[2], buffer_pool_size=128 << 20))
found = []
for text in json.load(sys.stdin):
    prepared = connection._prepare(text, {}) if hasattr(connection, "_prepare") else connection.prepare(text)
    said = "" if prepared.is_success() else prepared.get_error_message()
    found.append("several" if "multiple statements" in said else "one" if not said else "none")
print(json.dumps(found))
"""

_ATOMS = (
    "'", '"', "`", "\\", "\\\\", ";", " ", "//", "/*", "*/", "\n", "\r", "/", "*", "--", "#", "$", "a", "1",
    "RETURN 1", "; RETURN 2", ";RETURN 3", "'x'", '"y"', "`z`", " AS ", "\u2028", "\u0085", "\x0b", "\x0c",
    "\ufeff", "\u180e", "\u00a0", "\u200b", "{", "}", "(", ")", "\\'", '\\"', "\\n", "\\u0041", "\\x41", "''",
    '""', "``", "é", "😀", ",", "+",
)  # fmt: skip


def _texts(count: int) -> list[str]:
    choice = random.Random(11)
    found = []
    for _ in range(count):
        body = "".join(choice.choice(_ATOMS) for _ in range(choice.randint(1, 8)))
        start = choice.choice(("RETURN 1 AS a ", "RETURN '", "RETURN `", "RETURN 1 /*", 'RETURN "'))
        end = choice.choice(("'", '"', "`", "*/", "", " AS x", "\n"))
        tail = choice.choice(("", "", "'", '"', "`", "*/", "\n"))
        found.append(f"{start}{body}{end}; RETURN 2{tail}")
    return found


def _single(text: str) -> bool:
    try:
        check_statement(text, Reach(outside=True))
    except Refused:
        return False
    return True


@pytest.mark.parametrize("engine", ["kuzu", "ladybug"])
def test_the_engine_never_sees_several_statements_where_one_is_let_through(
    engine: str, tmp_path: Path
) -> None:
    """Every mixture of quotes, escapes, comments and separators: the engine's own parser is asked."""
    texts = _texts(4_000)
    done = subprocess.run(
        [sys.executable, "-c", _COUNT, engine, str(tmp_path / "g.db")],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=True,
    )
    verdicts: list[Any] = json.loads(done.stdout)
    assert verdicts.count("several") > 100
    assert verdicts.count("one") > 20
    missed = [text for text, seen in zip(texts, verdicts, strict=True) if seen == "several" and _single(text)]
    assert missed == []
    needless = [
        text for text, seen in zip(texts, verdicts, strict=True) if seen == "one" and not _single(text)
    ]
    assert needless == []


def test_the_check_runs_where_kuzuvcs_is_not_installed(tmp_path: Path) -> None:
    """As in an environment for another engine: the program alone, isolated from everything beside it."""
    program = ROOT / "kuzuvcs" / "engines" / "worker.py"
    reach = {"files": [], "extensions": False, "outside": True}
    request = {"operation": "execute", "statement": "RETURN 1; RETURN 2", "reach": reach}
    with subprocess.Popen(
        [sys.executable, "-I", "-S", str(program)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(json.dumps(request) + "\n")
        child.stdin.flush()
        answer = json.loads(child.stdout.readline())
    assert answer == {"error": "it is more than one statement", "not_run": True}
