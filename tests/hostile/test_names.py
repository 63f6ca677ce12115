"""Names that the engine takes and that paths, Cypher texts, options and file systems trip over."""

from __future__ import annotations

from pathlib import Path

import pytest

from kuzuvcs.core.quoting import quote_name, string_literal
from kuzuvcs.engines.client import Worker
from kuzuvcs.errors import SchemaError
from kuzuvcs.repository import Repository
from tests.tasks.building import of, run

NAMES = (
    "with space",
    " lead and trail ",
    "it's",
    'double "quote"',
    "back\\slash",
    "new\nline",
    "tab\t",
    "a/b",
    "../../x",
    ".",
    "..",
    "a.b",
    "[x]",
    "{y}",
    "~",
    "a~b",
    "%2F",
    "a;b",
    "//c",
    "-flag",
    "--exec=x",
    "@live",
    "HEAD",
    "v1",
    "$data",
    "100",
    "order",
    "Match",
    "CON",
    "x" * 250,
    "日本" * 60,
    "e\u0301",
    "\u00e9",
    "\u202ertl",
    "😀",
)
UNESCAPED = {"it's", "it's/..", "back\\slash"}
"""The engine writes these into statements of its own without escaping them: IMPORT DATABASE stops at them."""


def build(database: Path, name: str) -> None:
    """The name as that of a table, its key, a property, a rel table, a sequence, a macro and an index."""
    q, text = quote_name, string_literal
    run(
        database,
        f"CREATE NODE TABLE {q(name)}({q(name)} STRING PRIMARY KEY, v INT64 DEFAULT -3)",
        f"CREATE NODE TABLE X(id INT64 PRIMARY KEY, {q(name)} STRING DEFAULT {text(name)}, body STRING)",
        f"CREATE REL TABLE {q('R' + name)}(FROM {q(name)} TO X, FROM X TO {q(name)}, {q(name)} STRING,"
        " MANY_ONE) WITH (storage_direction='fwd')",
        f"CREATE REL TABLE {q('B' + name)}(FROM {q(name)} TO X, ONE_ONE)",
        f"CREATE SEQUENCE {q('s' + name)} START 4",
        f"CREATE MACRO {q('m' + name)}(x) AS x + 1",
        f"COMMENT ON TABLE {q(name)} IS {text(name)}",
        f"CREATE (:{q(name)} {{{q(name)}: {text(name)}}})",
        "CREATE (:X {id: 1})",
        f"MATCH (a:{q(name)}), (b:X) CREATE (a)-[:{q('R' + name)} {{{q(name)}: 'e'}}]->(b)",
        f"RETURN nextval({text('s' + name)})",
        # The engine writes the index's name into statements of its own, without escaping it.
        f"CALL CREATE_FTS_INDEX('X', {text('i' + name if name not in UNESCAPED else 'i')}, ['body'])",
    )


def round_trip(repository: Repository) -> None:
    """snapshot, diff, verify, checkout and snapshot again, export."""
    assert repository.snapshot("one").warnings == ()
    assert repository.diff("v1").changes == ()
    assert repository.verify("v1", database=True).ok
    target = repository.project.root / "restored.kuzu"
    repository.checkout("v1", to=target)
    assert not of(repository, target).snapshot("again").changed
    repository.export("v1", repository.project.root / "plain")


@pytest.mark.parametrize("name", ["it's/..", "order", "x" * 250])
def test_some_hostile_names(repository: Repository, name: str) -> None:
    build(repository.project.database, name)
    round_trip(repository)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_hostile_name(repository: Repository, name: str) -> None:
    build(repository.project.database, name)
    round_trip(repository)
    plain = repository.project.root / "plain"
    if name not in UNESCAPED:
        imported = repository.project.root / "imported.kuzu"
        run(imported, f"IMPORT DATABASE '{plain}'")
        assert run(
            imported, f"MATCH (:{quote_name(name)})-[r:{quote_name('R' + name)}]->(:X) RETURN count(r)"
        ) == [[1]]


def test_all_hostile_tables_beside_each_other(repository: Repository) -> None:
    """Their paths in the store stay apart, and inside it."""
    tables = [*NAMES, "R_X_Y", "X", "Y", "R_X", "É", "a%2Fb", "x" * 249 + "y"]
    run(
        repository.project.database,
        *[f"CREATE NODE TABLE {quote_name(name)}(id INT64 PRIMARY KEY)" for name in tables],
        "CREATE REL TABLE R(FROM X TO Y)",
        *[
            f"CREATE (:{quote_name(name)} {{id: {number}}})"
            for number, name in enumerate(tables)
            if name not in ("X", "Y")
        ],
        "CREATE (:X {id: 1})-[:R]->(:Y {id: 2})",
    )
    round_trip(repository)
    restored = repository.project.root / "restored.kuzu"
    with Worker() as worker:
        worker.open(restored, read_only=True)
        for number, name in enumerate(NAMES):
            assert worker.execute(f"MATCH (n:{quote_name(name)}) RETURN n.id") == [[number]]


def test_properties_named_as_this_program_names_things(repository: Repository) -> None:
    names = ["offset", "id", "rank", "source", "target", "c0", "v0", "from_", "to_", "count", "n", "a", "r"]
    columns = ", ".join(f"{quote_name(name)} INT64" for name in names)
    values = ", ".join(f"{quote_name(name)}: {number}" for number, name in enumerate(names))
    run(
        repository.project.database,
        f"CREATE NODE TABLE A(k STRING PRIMARY KEY, `from` INT64, `to` INT64, {columns})",
        f"CREATE REL TABLE R(FROM A TO A, {columns})",
        f"CREATE (a:A {{k: 'x', `from`: -1, `to`: -2, {values}}})-[:R {{{values}}}]->(a)",
    )
    round_trip(repository)


def test_edge_properties_called_from_and_to(repository: Repository) -> None:
    run(
        repository.project.database,
        "CREATE NODE TABLE A(k STRING PRIMARY KEY)",
        "CREATE REL TABLE R(FROM A TO A, `from` INT64, `TO` STRING, from_ INT64)",
        "CREATE (a:A {k: 'x'})-[:R {`from`: 1, `TO`: '2', from_: 3}]->(a)",
    )
    repository.snapshot()
    target = repository.project.root / "restored.kuzu"
    repository.checkout("v1", to=target)
    assert run(target, "MATCH ()-[r:R]->() RETURN r.`from`, r.`TO`, r.from_") == [[1, "2", 3]]
    assert not of(repository, target).snapshot().changed


@pytest.mark.parametrize("name", ["", "back`tick", "nul\0"])
def test_a_name_that_the_engine_cannot_make_is_never_written(name: str) -> None:
    with pytest.raises(SchemaError):
        quote_name(name)
