"""Databases of every old kuzu on their way to ladybug, and to kuzu 0.11, against an independent reader.

They need the package index, for the environments in which the old releases run.
"""

from __future__ import annotations

import pickle
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from kuzuvcs import upgrading
from kuzuvcs.core.engine import Engine
from kuzuvcs.core.schema import NodeTable
from kuzuvcs.engines.choice import environment_of
from kuzuvcs.engines.client import Worker, read_header
from kuzuvcs.errors import EngineError, UsageError
from kuzuvcs.repository import Repository
from tests.fidelity.test_literals import LITERALS
from tests.tasks.building import content, of, run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

RELEASES = ("0.6.1", "0.7.1", "0.8.2", "0.9.0", "0.10.1")
LATER = {"UNION(n INT64, m INT64)", "UNION(u UUID, s STRING)", "JSON"}
"""Types that not every old release takes from a literal."""

SHAPE = (
    "CREATE NODE TABLE N(id INT64, s STRING, PRIMARY KEY(id))",
    "CREATE NODE TABLE M(k STRING, PRIMARY KEY(k))",
    "CREATE NODE TABLE Counted(i SERIAL, v INT64, n INT128, PRIMARY KEY(i))",
    "CREATE REL TABLE GROUP G(FROM N TO N, FROM N TO M, w INT64)",
    "CREATE REL TABLE GROUP Bare(FROM N TO N, FROM N TO M)",
    "CREATE REL TABLE One(FROM N TO M, since DATE, MANY_ONE)",
    "CREATE REL TABLE Plain(FROM M TO N)",
    "CREATE SEQUENCE numbers START 5 INCREMENT 3",
    "CREATE MACRO add_up(x, y := 2) AS x + y",
    "COMMENT ON TABLE N IS 'it is old'",
    "CREATE (:N {id: 0, s: 'zero'})",
    "CREATE (:N {id: 1})",
    "CREATE (:M {k: 'x'})",
    "CREATE (:Counted {v: 10})",
    "CREATE (:Counted {v: 20})",
    "MATCH (n:N), (m:M) CREATE (n)-[:G_N_M {w: 1}]->(m)",
    "MATCH (n:N {id: 0}), (m:M) CREATE (n)-[:G_N_M {w: 1}]->(m)",
    "MATCH (n:N) CREATE (n)-[:G_N_N {w: -3}]->(n)",
    "MATCH (n:N {id: 1}), (m:M) CREATE (n)-[:Bare_N_M]->(m)",
    "MATCH (n:N), (m:M) CREATE (n)-[:One {since: date('2020-01-01')}]->(m)",
    "MATCH (n:N {id: 0}), (m:M) CREATE (m)-[:Plain]->(n)",
    "RETURN nextval('numbers')",
    "RETURN nextval('numbers')",
)

QUESTIONS = (
    "MATCH (n:N) RETURN n.id, n.s ORDER BY n.id",
    "MATCH (c:Counted) RETURN c.i, c.v ORDER BY c.i",
    "MATCH (a:N)-[g:G]->(b:M) RETURN a.id, b.k, g.w ORDER BY a.id",
    "MATCH (a:N)-[g:G]->(b:N) RETURN a.id, b.id, g.w ORDER BY a.id",
    "MATCH (a:N)-[g:Bare]->(b:M) RETURN a.id, b.k",
    "MATCH (a:N)-[o:One]->(b:M) RETURN a.id, b.k, o.since ORDER BY a.id",
    "MATCH (a:M)-[o:Plain]->(b:N) RETURN a.k, b.id",
    "RETURN currval('numbers'), add_up(1), add_up(1, 5)",
)

READER = """\
import importlib, pickle, sys
engine = importlib.import_module(sys.argv[1])
database = engine.Database(sys.argv[2], read_only=True, buffer_pool_size=1 << 28)
connection = engine.Connection(database)
answers = []
for question in pickle.load(sys.stdin.buffer):
    result = connection.execute(question)
    rows = []
    while result.has_next():
        rows.append(result.get_next())
    result.close()
    answers.append(repr(rows))
connection.close()
database.close()
pickle.dump(answers, sys.stdout.buffer)
"""


def answers(database: Path, engine: Engine, questions: list[str]) -> list[str]:
    """What the engine's own Python interface says, in a process without kuzuvcs."""
    done = subprocess.run(
        [str(environment_of(engine).python), "-I", "-c", READER, engine.name, str(database)],
        input=pickle.dumps(questions),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    found: list[str] = pickle.loads(done.stdout)
    # Kuzu 0.6 writes a DECIMAL below 1 without its zero.
    return [re.sub(r"'(-?)\.", r"'\g<1>0.", text) for text in found]


def values(database: Path, engine: Engine) -> list[str]:
    """Nodes and edges with every literal that the release takes; the questions that ask for them."""
    questions = []
    with Worker() as worker:
        worker.open(database, read_only=False)
        for number, (type_text, literal, _) in enumerate(LITERALS):
            if _took(worker, number, type_text, literal):
                value = _as_asked(type_text)
                questions.append(f"MATCH (x:T{number}) RETURN x.id, {value} ORDER BY x.id")
                questions.append(f"MATCH (:N)-[x:R{number}]->(:N) RETURN x.id, {value} ORDER BY x.id")
            else:
                assert type_text in LATER, f"{engine} does not take {type_text}"
    return questions


def _took(worker: Worker, number: int, type_text: str, literal: str) -> bool:
    try:
        worker.execute(f"CREATE NODE TABLE T{number}(id INT64, p {type_text}, PRIMARY KEY(id))")
    except EngineError:
        return False
    worker.execute(f"CREATE REL TABLE R{number}(FROM N TO N, id INT64, p {type_text})")
    for row in range(4):
        properties = f"{{id: {row}, p: {literal}}}" if row % 2 else f"{{id: {row}}}"
        try:
            worker.execute(f"CREATE (:T{number} {properties})")
        except EngineError:
            worker.execute(f"DROP TABLE R{number}")
            worker.execute(f"DROP TABLE T{number}")
            return False
        worker.execute(f"MATCH (n:N {{id: 0}}) CREATE (n)-[:R{number} {properties}]->(n)")
    return True


def _as_asked(type_text: str) -> str:
    """The interface cannot give these whole; their texts it can (ENGINE.md)."""
    if type_text.startswith("DECIMAL"):
        return "CASE WHEN x.p < 0 THEN '-' + CAST(-x.p AS STRING) ELSE CAST(x.p AS STRING) END"
    if type_text in ("INTERVAL", "TIMESTAMP_NS"):
        return "CAST(x.p AS STRING)"
    return "x.p"


@pytest.mark.parametrize("release", RELEASES)
def test_every_value_reaches_ladybug_and_kuzu(release: str, tmp_path: Path) -> None:
    old = Engine(name="kuzu", release=release)
    database = tmp_path / "old"
    run(database, *SHAPE, engine=old)
    questions = [*QUESTIONS, *values(database, old)]
    assert len(questions) > 2 * (len(LITERALS) - len(LATER))
    before = {path: path.read_bytes() for path in database.rglob("*") if path.is_file()}
    expected = answers(database, old, questions)

    for name in ("ladybug", "kuzu"):
        engine = Engine(name="ladybug" if name == "ladybug" else "kuzu")
        done = upgrading.upgrade(database, tmp_path / name, engine)
        assert done.before == old
        assert done.left_out == ()
        found = answers(tmp_path / name, engine, questions)
        differ = [one for one in zip(questions, expected, found, strict=True) if one[1] != one[2]]
        assert differ == []
    assert content(tmp_path / "ladybug") == content(tmp_path / "kuzu")
    assert {path: path.read_bytes() for path in database.rglob("*") if path.is_file()} == before
    told = run(tmp_path / "ladybug", "CALL show_tables() RETURN name, comment")
    assert ["N", "it is old"] in told


@pytest.mark.parametrize("release", RELEASES)
def test_a_project_on_an_old_database_is_captured_and_checked_out(
    release: str, repository: Repository
) -> None:
    old = Engine(name="kuzu", release=release)
    run(repository.project.database, *SHAPE, engine=old)
    repository.snapshot()
    assert not repository.snapshot().changed
    assert repository.status(data=True).version == "v1"
    assert repository.show().manifest.engine_release == release
    target = repository.project.root / "new.lbug"
    repository.checkout("v1", to=target, engine=Engine(name="ladybug"))
    assert not of(repository, target).snapshot().changed
    if old.order >= (0, 8):
        again = repository.project.root / "again.kuzu"
        repository.checkout("v1", to=again, engine=old)
        assert answers(again, old, list(QUESTIONS)) == answers(
            repository.project.database, old, list(QUESTIONS)
        )
    [one] = [table for table in repository.show().schema.rel_tables if table.name == "One"]
    assert one.multiplicity == "MANY_ONE"


@pytest.mark.parametrize("release", RELEASES)
def test_what_stands_in_the_log_alone_is_read(release: str, tmp_path: Path) -> None:
    old = Engine(name="kuzu", release=release)
    database = tmp_path / "folder" / "old"
    database.parent.mkdir()
    run(database, "CREATE NODE TABLE A(id INT64, PRIMARY KEY(id))", engine=old)
    with Worker() as worker:
        worker.open(database, read_only=False)
        worker.execute("CREATE (:A {id: 7})")
        worker.kill()
    assert (database / ".wal").stat().st_size
    upgrading.upgrade(database, tmp_path / "folder" / "new", Engine(name="ladybug"))
    assert run(tmp_path / "folder" / "new", "MATCH (a:A) RETURN a.id") == [[7]]


@pytest.mark.parametrize("release", RELEASES[1:])
def test_defaults_come_along(release: str, repository: Repository) -> None:
    run(
        repository.project.database,
        "CREATE NODE TABLE A(id INT64, n INT64 DEFAULT -2, d DOUBLE DEFAULT (1 + 2) * 3.5, PRIMARY KEY(id))",
        engine=Engine(name="kuzu", release=release),
    )
    repository.snapshot()
    table = repository.show().schema.table("A")
    assert isinstance(table, NodeTable)
    defaults: dict[str, Any] = {column.name: column.default for column in table.columns}
    assert (defaults["n"].json, defaults["d"].json) == ('"-2"', '"10.5"')


@pytest.mark.parametrize("release", RELEASES)
def test_odd_names(release: str, tmp_path: Path) -> None:
    """Up to 0.9 the engine's own export does not quote them, and fails."""
    (tmp_path / "folder").mkdir()
    database = tmp_path / "folder" / "old"
    run(
        database,
        "CREATE NODE TABLE `With space`(id INT64, `first name` STRING, PRIMARY KEY(id))",
        "CREATE NODE TABLE `order`(id INT64, PRIMARY KEY(id))",
        "CREATE REL TABLE `goes to`(FROM `With space` TO `order`, `how much` DOUBLE, MANY_ONE)",
        "CREATE MACRO m(x) AS x + 1",
        "CREATE (:`With space` {id: 1, `first name`: 'Ann'})",
        "CREATE (:`order` {id: 2})",
        "MATCH (a:`With space`), (b:`order`) CREATE (a)-[:`goes to` {`how much`: 1.5}]->(b)",
        engine=Engine(name="kuzu", release=release),
    )
    new = tmp_path / "new.kuzu"
    upgrading.upgrade(database, new, Engine(name="kuzu"))
    asked = (
        "MATCH (a:`With space`)-[g:`goes to`]->(b:`order`) RETURN a.`first name`, g.`how much`, b.id, m(1)"
    )
    assert run(new, asked) == [["Ann", 1.5, 2, 2]]
    with pytest.raises(EngineError, match="violates the rel multiplicity constraint"):
        run(new, "MATCH (a:`With space`), (b:`order`) CREATE (a)-[:`goes to`]->(b)")


@pytest.mark.parametrize("release", RELEASES)
def test_values_over_which_the_engines_own_export_fails(release: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    database, new = tmp_path / "folder" / "old", tmp_path / "new.kuzu"
    run(
        database,
        "CREATE NODE TABLE A(id INT64, list BLOB[], PRIMARY KEY(id))",
        "CREATE REL TABLE R(FROM A TO A, MANY_ONE)",
        "CREATE (:A {id: 1, list: [BLOB('\\\\x00a'), NULL]})",
        "MATCH (a:A) CREATE (a)-[:R]->(a)",
        engine=Engine(name="kuzu", release=release),
    )
    before = run(database, "MATCH (a:A)-[:R]->(b:A) RETURN a.id, size(a.list), b.id")
    upgrading.upgrade(database, new, Engine(name="kuzu"))
    assert before == [[1, 2, 1]]
    asked = "MATCH (a:A)-[:R]->(b:A) RETURN a.id, octet_length(a.list[1]), (a.list[2]) IS NULL"
    assert run(new, asked) == [[1, 2, True]]


def test_what_0_6_does_not_tell_is_said(repository: Repository) -> None:
    run(repository.project.database, *SHAPE, engine=Engine(name="kuzu", release="0.6.1"))
    warnings = repository.snapshot().warnings
    assert any(text.startswith("the multiplicity of G is taken for MANY_MANY") for text in warnings)
    assert any(text.startswith("defaults are not in this version") for text in warnings)


@pytest.mark.parametrize("release", RELEASES[2:])
def test_a_new_database_of_an_old_release(release: str, repository: Repository) -> None:
    run(
        repository.project.database,
        "CREATE NODE TABLE N(id INT64 PRIMARY KEY, s STRING DEFAULT 'none')",
        "CREATE NODE TABLE M(k STRING PRIMARY KEY)",
        "CREATE NODE TABLE Counted(i SERIAL PRIMARY KEY, v INT64)",
        "CREATE REL TABLE G(FROM N TO N, FROM N TO M, w INT64, MANY_ONE)",
        "CREATE SEQUENCE numbers START 5 INCREMENT 3",
        "CREATE MACRO add_up(x, y := 2) AS x + y",
        "COMMENT ON TABLE N IS 'it gets old'",
        "CREATE (:N {id: 0})-[:G {w: 1}]->(:M {k: 'x'})",
        "CREATE (:Counted {v: 10})",
        "RETURN nextval('numbers')",
    )
    with Worker() as worker:
        worker.open(repository.project.database, read_only=False)
        for number, (type_text, literal, _) in enumerate(LITERALS):
            if type_text not in LATER:
                assert _took(worker, number, type_text, literal)
    repository.snapshot()
    old = Engine(name="kuzu", release=release)
    target = repository.project.root / "old"
    assert repository.checkout("v1", to=target, engine=old).left_out == ()
    assert target.is_dir()
    again = of(repository, target).snapshot()
    assert (again.changed, again.version) == (False, "v1")


def test_a_database_of_kuzu_0_7_is_only_read(repository: Repository) -> None:
    run(repository.project.database, "CREATE NODE TABLE N(id INT64 PRIMARY KEY)")
    repository.snapshot()
    with pytest.raises(UsageError, match=r"no database is made with kuzu==0\.7\.1"):
        repository.checkout(
            "v1", to=repository.project.root / "old", engine=Engine(name="kuzu", release="0.7.1")
        )


@pytest.mark.parametrize("release", ["0.15.3", "0.16.1", "0.20.4"])
def test_older_ladybugs(release: str, tmp_path: Path) -> None:
    old = Engine(name="ladybug", release=release)
    database = tmp_path / "old.lbug"
    run(database, *SHAPE[:3], "CREATE REL TABLE R(FROM N TO N, FROM N TO M, w INT64, MANY_ONE)", engine=old)
    run(database, "CREATE (:N {id: 1})-[:R {w: 2}]->(:M {k: 'x'})")
    assert read_header(database).storage < 49
    upgrading.upgrade(database, tmp_path / "new.kuzu", Engine(name="kuzu"))
    assert run(tmp_path / "new.kuzu", "MATCH (a:N)-[r:R]->(b:M) RETURN a.id, r.w, b.k") == [[1, 2, "x"]]
    assert content(database) == content(tmp_path / "new.kuzu")
