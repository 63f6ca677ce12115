"""kuzu → ladybug → kuzu: the same schema and the same content, and what each holds is there for it to use."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from kuzuvcs.columns.arrow import arrow_type
from kuzuvcs.core.engine import Engine
from kuzuvcs.core.quoting import quote_name, string_literal
from kuzuvcs.engines.client import Worker, read_header
from kuzuvcs.repository import Repository
from tests.fidelity.cases import Case, families
from tests.fidelity.engine import BOTH, Columns
from tests.hostile.test_names import NAMES
from tests.tasks.building import of, run
from tests.tasks.zoo import DATA, SCHEMA

KUZU, LADYBUG = Engine(name="kuzu"), Engine(name="ladybug")
_LONG = {"long", "depth", "depth of the odd", "depth of the cast"}
OTHER = {"kuzu": LADYBUG, "ladybug": KUZU}


def there_and_back(repository: Repository) -> Path:
    """Check v1 out to the other engine and back: each is v1 again.  The database of the other engine."""
    root, own = repository.project.root, read_header(repository.project.database).engine
    there, back = root / "there", root / "back"
    repository.checkout("v1", to=there, engine=OTHER[own])
    assert read_header(there).engine == OTHER[own].name
    again = of(repository, there).snapshot("there")
    assert (again.version, again.changed, again.warnings) == ("v1", False, ())
    repository.checkout("v1", to=back, engine=Engine(name=own))
    assert read_header(back).engine == own
    assert not of(repository, back).snapshot("back").changed
    return there


@pytest.mark.parametrize("engine", BOTH)
def test_everything_but_indexes(engine: Engine, repository: Repository) -> None:
    run(repository.project.database, *SCHEMA, *DATA, engine=engine)
    assert repository.snapshot("the zoo").warnings == ()
    there = there_and_back(repository)
    sequences = ("used", "down", "wheel", "back_wheel", "unused", "numbers")
    asked = [
        "CREATE (p:Person {name: 'new', bio: 'new'}) RETURN p.id",
        "CREATE (c:City {name: 'Bern'}) RETURN c.n, c.d, c.s, c.l, c.dt, c.iv, c.u, c.seq, c.i128",
        "RETURN plus_one(41), scaled(21), scaled(7, f := 6), hello()",
        "MATCH (a:Person)-[k:Knows]->(b:Person) RETURN a.id, k.w, b.id ORDER BY a.id, k.w, b.id",
        *[f"RETURN nextval('{name}')" for name in sequences],
    ]
    for statement in asked:
        assert run(there, statement) == run(repository.project.database, statement), statement


@pytest.mark.parametrize("engine", BOTH)
def test_rel_tables_of_several_connections_keep_their_multiplicity(
    engine: Engine, repository: Repository
) -> None:
    run(
        repository.project.database,
        "CREATE NODE TABLE A(id INT64 PRIMARY KEY)",
        "CREATE NODE TABLE B(id INT64 PRIMARY KEY)",
        "CREATE REL TABLE R(FROM A TO B, FROM A TO A, FROM B TO A, w INT64, MANY_ONE)",
        "CREATE REL TABLE S(FROM B TO A, FROM A TO A, ONE_MANY) WITH (storage_direction='fwd')",
        "CREATE (:A {id: 1})-[:R {w: 2}]->(:B {id: 3})",
        engine=engine,
    )
    repository.snapshot()
    [one, other] = repository.show("v1").schema.rel_tables
    assert (one.multiplicity, other.multiplicity) == ("MANY_ONE", "ONE_MANY")
    there_and_back(repository)


@pytest.mark.parametrize("engine", BOTH)
@pytest.mark.parametrize(
    "names",
    [("it's", 'double "quote"', "back\\slash", "new\nline"), pytest.param(NAMES, marks=pytest.mark.slow)],
    ids=["some", "all"],
)
def test_hostile_names(names: tuple[str, ...], engine: Engine, repository: Repository) -> None:
    statements = []
    for number, name in enumerate(names):
        if "." in name:
            continue  # ladybug takes what stands before the dot for another graph's name
        q, text = quote_name, string_literal(name)
        statements += [
            f"CREATE NODE TABLE {q(name)}({q(name)} STRING PRIMARY KEY, v INT64 DEFAULT -{number})",
            f"CREATE REL TABLE {q('R' + name)}(FROM {q(name)} TO {q(name)}, {q(name)} STRING, ONE_ONE)",
            f"CREATE SEQUENCE {q('s' + name)} START {number + 1}",
            f"CREATE MACRO {q('m' + name)}(x) AS x + {number}",
            f"COMMENT ON TABLE {q(name)} IS {text}",
            f"CREATE (a:{q(name)} {{{q(name)}: {text}}})-[:{q('R' + name)} {{{q(name)}: {text}}}]->(a)",
        ]
    run(repository.project.database, *statements, engine=engine)
    assert repository.snapshot().warnings == ()
    there_and_back(repository)


@pytest.mark.parametrize(
    "family",
    [pytest.param(name, marks=pytest.mark.slow if name in _LONG else ()) for name in families()],
)
@pytest.mark.parametrize("kind", ["node", pytest.param("edge", marks=pytest.mark.slow)])
def test_every_type(family: str, kind: str, repository: Repository, tmp_path: Path) -> None:
    cases = [case for case in families()[family] if _fits_both(case)]
    rows = max(len(case.values) for case in cases)
    types = [case.type for case in cases]
    with Worker() as worker:
        worker.open(repository.project.database, read_only=False)
        table = Columns(worker, tmp_path, "node" if kind == "node" else "edge", types)
        table.load([pa.array(case.rows(rows), arrow_type(case.type)) for case in cases])
    repository.snapshot()
    there_and_back(repository)


def _fits_both(case: Case) -> bool:
    """Of 300,000 characters in each of some thousand rows there is enough in other tests."""
    return len(str(case.values)) < 100_000
