"""STRUCT and UNION fields of any name: restored as they were, or refused when they are captured."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from kuzuvcs.core.engine import DEFAULT_ENGINE, Engine
from kuzuvcs.errors import SchemaError
from kuzuvcs.repository import Repository
from tests.tasks.building import of, run

LADYBUG = Engine(name="ladybug")
NAMES = ("end", "when", "order", "a-b", "1st", "index", "it's", "a;b", "p(EUR)", "plain")


def project(folder: Path, engine: Engine) -> Repository:
    made = Repository.init(folder / "project", "app.db")
    return Repository(dataclasses.replace(made.project, engine=engine))


def test_names_that_ladybug_quotes_come_back(tmp_path: Path) -> None:
    repository = project(tmp_path, LADYBUG)
    fields = ", ".join(f"`{name}` INT64" for name in NAMES)
    value = "{" + ", ".join(f"`{name}`: {number}" for number, name in enumerate(NAMES)) + "}"
    run(
        repository.project.database,
        f"CREATE NODE TABLE T(id INT64 PRIMARY KEY, s STRUCT({fields}), l STRUCT({fields})[],"
        f" m MAP(STRING, STRUCT({fields})), u UNION(`end` INT64, `a-b` STRING), n STRUCT(`order` UUID))",
        f"CREATE REL TABLE R(FROM T TO T, s STRUCT({fields}))",
        f"CREATE (:T {{id: 1, s: {value}, l: [{value}], m: map(['k'], [{value}]),"
        " u: union_value(`a-b` := 'x'), n: {`order`: UUID('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11')}})",
        "CREATE (:T {id: 2})",
        f"MATCH (a:T {{id: 1}}), (b:T {{id: 2}}) CREATE (a)-[:R {{s: {value}}}]->(b)",
        engine=LADYBUG,
    )
    repository.snapshot()
    target = tmp_path / "restored.db"
    repository.checkout("v1", to=target)
    assert run(
        target, "MATCH (t:T {id: 1}) RETURN t.s.`end`, t.s.`plain`, struct_extract(t.l[1], 'a-b')"
    ) == [[0, 9, 3]]
    assert not of(repository, target).snapshot().changed
    assert repository.verify("v1").ok
    run(repository.project.database, f"ALTER TABLE T ADD later STRUCT({fields})", engine=LADYBUG)
    repository.snapshot()
    [statement] = repository.generate("v1", "v2").up
    assert "`end` INT64" in statement
    assert "plain INT64" in statement


@pytest.mark.parametrize(
    ("engine", "type", "why"),
    [
        (DEFAULT_ENGINE, "{`end`: 1}", "'end'"),
        (DEFAULT_ENGINE, "{`a-b`: 1}", "'a-b'"),
        (DEFAULT_ENGINE, "{`a b`: 1}", "STRUCT(a b INT64)"),
        (DEFAULT_ENGINE, "{`x)`: 1}", "STRUCT(x) INT64)"),
        (LADYBUG, "{`a b`: 1}", "STRUCT(a b INT64)"),
        (LADYBUG, "{`x)`: 1}", "STRUCT(x) INT64)"),
        (LADYBUG, "{`c,d`: 1}", "STRUCT(c,d INT64)"),
    ],
    ids=str,
)
def test_what_cannot_be_restored_is_not_captured(tmp_path: Path, engine: Engine, type: str, why: str) -> None:
    """Fields made by an expression, which no statement that declares a type can make."""
    repository = project(tmp_path, engine)
    run(
        repository.project.database,
        f"CREATE NODE TABLE Made AS RETURN 1 AS id, {type} AS shape",
        engine=engine,
    )
    with pytest.raises(SchemaError) as error:
        repository.snapshot()
    assert "'shape'" in str(error.value)
    assert "'Made'" in str(error.value)
    assert why in str(error.value)
    assert repository.log() == ()
