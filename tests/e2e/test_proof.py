"""What a proof is made on, what it costs, and what becomes of a script that fails it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kuzuvcs.core.planning import operations
from kuzuvcs.core.planning.kept_data import KeptFile
from kuzuvcs.core.planning.operations import Operation
from kuzuvcs.core.planning.plan import Plan
from kuzuvcs.core.planning.plan import plan as planned
from kuzuvcs.core.planning.step import Step
from kuzuvcs.core.progress import Silent
from kuzuvcs.core.schema import Column, NodeTable
from kuzuvcs.errors import OpenQuestion, ProjectError, ProofFailed, UsageError
from kuzuvcs.repository import Repository
from kuzuvcs.store import Store
from kuzuvcs.tasks.proving.prove import Replay
from kuzuvcs.tasks.reading.inspect import Declarations
from kuzuvcs.tasks.versions import read_version
from tests.cli.terminal import on_a_terminal
from tests.e2e.conftest import Application, run_cypher

BASE = (
    "CREATE NODE TABLE A(id INT64 PRIMARY KEY, x STRING)",
    "CREATE NODE TABLE B(id INT64 PRIMARY KEY, words STRING, near FLOAT[3], n SERIAL)",
    "CREATE REL TABLE R(FROM A TO A)",
    "CREATE REL TABLE S(FROM B TO B, w DECIMAL(9, 2))",
    "UNWIND range(1, 20) AS i CREATE (:A {id: i, x: CAST(i AS STRING)})",
    "UNWIND range(1, 30) AS i CREATE (:B {id: i, words: 'text', near: [1.0, 2.0, CAST(i AS FLOAT)]})",
    "MATCH (a:A), (b:A) WHERE a.id + 1 = b.id CREATE (a)-[:R]->(b)",
    "MATCH (a:B), (b:B) WHERE a.id + 1 = b.id CREATE (a)-[:S {w: CAST(1.5 AS DECIMAL(9, 2))}]->(b)",
    "CALL CREATE_FTS_INDEX('B', 'words', ['words'])",
    "CALL CREATE_VECTOR_INDEX('B', 'near', 'near')",
)


def changed(application: Application, *statements: str) -> None:
    application.run(*BASE)
    application.repository.snapshot()
    application.run(*statements)
    application.repository.snapshot()


def replay(application: Application, folder: Path, with_data: frozenset[str]) -> Replay:
    store = Store.open(application.root / "snapshots")
    stored = read_version(store, store.resolve("v1"))
    return Replay(store, stored, folder, Silent(), Declarations(defaults={}, macros={}), with_data=with_data)


def limit(application: Application, size: str) -> Repository:
    with (application.root / "kuzuvcs.toml").open("a") as file:
        file.write(f'proof_limit = "{size}"\n')
    return Repository.open(application.root)


def scripts(application: Application) -> list[Path]:
    return sorted((application.root / "migrations").glob("*.cypher"))


def head(application: Application) -> str:
    (script,) = scripts(application)
    lines = script.read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.startswith("// proof: "))


def test_the_copy_has_the_rows_of_some_tables_and_the_shape_of_all(
    application: Application, tmp_path: Path
) -> None:
    application.run(*BASE)
    application.repository.snapshot()
    replay(application, tmp_path, frozenset({"A", "R"}))
    copy = tmp_path / "replay.kuzu"
    assert run_cypher(copy, "MATCH (a:A)-[:R]->() RETURN count(*)") == [[19]]
    assert run_cypher(copy, "MATCH (b:B) RETURN count(*)") == [[0]]
    assert run_cypher(copy, "MATCH ()-[s:S]->() RETURN count(*)") == [[0]]


def test_rows_that_come_into_a_table_without_data_are_seen(application: Application, tmp_path: Path) -> None:
    application.run(*BASE)
    application.repository.snapshot()
    schema = application.repository.show("v1").schema
    copy = replay(application, tmp_path, frozenset({"A", "R"}))
    copy.run("UP", ("CREATE (:B {id: 1})",), schema)
    with pytest.raises(ProofFailed, match="business") as failed:
        copy.require_kept("UP", schema, [KeptFile(old=("B", "", ""), new=("B", "", ""), columns=())])
    assert failed.value.cause == "B had 0 rows and has 1"


def test_the_script_says_how_many_rows_it_was_proven_with(application: Application) -> None:
    changed(application, "ALTER TABLE A ADD y INT64")
    script = application.repository.generate()
    assert script.proof is not None
    assert script.proof.data
    assert head(application) == (
        "// proof: up and down, replayed on v1 with 39 of its 98 rows: those of the tables that it touches"
    )


@pytest.mark.parametrize(
    "statements",
    [("DROP TABLE R",), ("ALTER TABLE R RENAME TO T", "ALTER TABLE A DROP x", "CHECKPOINT")],
    ids=["dropped", "renamed and dropped"],
)
def test_what_is_brought_back_is_proven_beside_empty_tables(
    application: Application, statements: tuple[str, ...]
) -> None:
    changed(application, *statements)
    script = application.repository.generate(no_renames=True)
    assert script.lost
    assert " 39 of its 98 rows" in head(application)


def test_a_proof_above_the_limit_is_a_question(application: Application) -> None:
    changed(application, "ALTER TABLE A ADD y INT64")
    repository = limit(application, "1 kB")
    with pytest.raises(OpenQuestion) as asked:
        repository.generate()
    assert "39 rows of 2 tables" in asked.value.cause
    assert "proof_limit is 1.0 kB" in asked.value.cause
    assert asked.value.hint == "answer with --proof data or --proof schema, or raise proof_limit"
    refused = application.json("generate", code=2)["error"]
    assert refused["kind"] == "open_question"
    assert scripts(application) == []


def test_the_options_answer_it(application: Application) -> None:
    changed(application, "ALTER TABLE A ADD y INT64")
    limit(application, "1 kB")
    assert application.json("generate", "--proof", "data")["proof"] == {
        "up": True, "down": True, "data": True,
    }  # fmt: skip
    scripts(application)[0].unlink()
    application.repository.repair()
    assert "on a copy without rows" in application.cli("generate", "--proof", "schema")
    assert head(application) == "// proof: up and down, replayed on v1 without its data"


@pytest.mark.parametrize(("answer", "words"), [("y\n", "with 39 of its"), ("n\n", "without its data")])
def test_on_a_terminal_it_is_asked(application: Application, answer: str, words: str) -> None:
    """And then, whether the script that the live database has seen is recorded as run."""
    changed(application, "ALTER TABLE A ADD y INT64")
    limit(application, "1 kB")
    code, shown = on_a_terminal(["-m", "kuzuvcs", "-C", str(application.root), "generate"], typed=2 * answer)
    assert code == 0, shown
    assert "prove the script with its data?" in shown
    assert words in head(application)
    assert "as run?" in shown
    assert len(application.repository.history()) == (answer == "y\n")


@pytest.mark.parametrize("size", ["5", "5 gb", "-1 GB", "1 GB more", ""])
def test_a_limit_that_is_no_size_is_refused(application: Application, size: str) -> None:
    with pytest.raises(ProjectError, match="proof_limit"):
        limit(application, size)


def test_without_rows_what_was_dropped_comes_back_by_shape(application: Application) -> None:
    changed(application, "DROP TABLE R", "ALTER TABLE A DROP x", "CHECKPOINT")
    script = application.repository.generate(proof="schema")
    assert script.lost
    assert script.proof is not None
    assert not script.proof.data


def test_values_that_have_to_be_looked_at_need_data(application: Application) -> None:
    application.run("CREATE NODE TABLE A(id INT64 PRIMARY KEY, x STRING)", "CREATE (:A {id: 1, x: '7'})")
    application.repository.snapshot()
    application.database.unlink()
    application.run("CREATE NODE TABLE A(id INT64 PRIMARY KEY, x INT64)")
    application.repository.snapshot()
    repository = limit(application, "1 B")
    with pytest.raises(UsageError, match="cannot be proven without data") as refused:
        repository.generate(renames=("A.x:x",), proof="schema")
    assert refused.value.cause == "values of A have to be looked at"
    assert refused.value.hint == "use --proof data"
    with pytest.raises(OpenQuestion, match="more than the project allows") as asked:
        repository.generate(renames=("A.x:x",))
    assert asked.value.hint == "answer with --proof data, or raise proof_limit"
    assert scripts(application) == []


WITH_Y = NodeTable(
    name="A",
    columns=(
        Column(name="id", type="INT64"),
        Column(name="x", type="STRING"),
        Column(name="y", type="INT64"),
    ),
    primary_key="id",
)
FAULTS: dict[str, tuple[str, tuple[Operation, ...], str, str]] = {
    "refused": (
        "up",
        (operations.DropTable(table="nothing"),),
        "the UP section fails on a restored copy of v1",
        "DROP TABLE `nothing`\nBinder exception: Table nothing does not exist.",
    ),
    "another schema": (
        "down",
        (),
        "the DOWN section does not lead to its schema",
        "still to do after it: drop column y of table A",
    ),
    "rows lost": (
        "up",
        (operations.DropTable(table="A"), operations.CreateNodeTable(table=WITH_Y)),
        "UP alters data that it has no business with",
        "A had 20 rows and has 0",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_script_that_fails_its_proof_is_not_written(
    application: Application, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    section, wrong, message, cause = FAULTS[fault]
    application.run("CREATE NODE TABLE A(id INT64 PRIMARY KEY, x STRING)")
    application.run("UNWIND range(1, 20) AS i CREATE (:A {id: i})")
    application.repository.snapshot()
    application.run("ALTER TABLE A ADD y INT64")
    application.repository.snapshot()
    step = Step(changes=(), operations=wrong, comment="a fault of the planner")

    def faulty(*arguments: Any, **options: Any) -> Plan:
        right = planned(*arguments, **options)
        return replace(right, up=(step,)) if section == "up" else replace(right, down=(step,))

    monkeypatch.setattr("kuzuvcs.tasks.proving.planning.plan", faulty)
    with pytest.raises(ProofFailed, match=message) as failed:
        application.repository.generate()
    assert cause in failed.value.cause
    assert scripts(application) == []
