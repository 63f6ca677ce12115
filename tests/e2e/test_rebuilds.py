"""Changes that need a table to be rebuilt, with data: generated, proven, run up and down, compared."""

from __future__ import annotations

from typing import Any

import pytest

from kuzuvcs.errors import CastRefused, UnsupportedChange, UsageError
from kuzuvcs.results import Generated
from tests.e2e.conftest import Application

ROWS = (
    "UNWIND range(1, 20) AS i CREATE (:A {id: i, x: CAST(3 * i AS STRING), d: i / 3.0})",
    "MATCH (a:A) WHERE a.id % 5 = 0 SET a.x = NULL, a.y = NULL, a.d = NULL",
    "UNWIND range(1, 20) AS i CREATE (:B {id: i, u: 3 * i})",
    "MATCH (a:A), (b:B) WHERE a.id = b.id CREATE (a)-[:R {w: 1}]->(b), (a)-[:R {w: 1}]->(b)",
    "MATCH (a:B), (b:B) WHERE a.id + 1 = b.id CREATE (a)-[:R]->(b), (a)-[:R {w: 5}]->(b)",
    "MATCH (a:A) WHERE a.id < 9 CREATE (a)-[:R {w: 2}]->(a)",
    "MATCH (b:B), (a:A) WHERE a.id = 4 CREATE (b)-[:S]->(a)",
)
INDEX = ("CALL CREATE_FTS_INDEX('A', 'words', ['x'], stemmer := 'porter')",)


DECLARED = {
    "A": "id INT64 PRIMARY KEY, x STRING, y INT32 DEFAULT 7, d DOUBLE",
    "B": "id INT64 PRIMARY KEY, u INT64",
    "R": "FROM A TO B, FROM B TO B, FROM A TO A, w INT32",
    "S": "FROM B TO A, MANY_ONE",
}

KINDS: dict[str, dict[str, str]] = {
    "wider type": {"A": "id INT64 PRIMARY KEY, x STRING, y INT64 DEFAULT 7, d DOUBLE"},
    "text to number": {"A": "id INT64 PRIMARY KEY, x INT16, y INT32 DEFAULT 7, d DOUBLE"},
    "number to text": {"A": "id INT64 PRIMARY KEY, x STRING, y STRING DEFAULT '7', d DOUBLE"},
    "scalar to list": {"A": "id INT64 PRIMARY KEY, x STRING[], y INT32 DEFAULT 7, d DOUBLE"},
    "default": {"A": "id INT64 PRIMARY KEY, x STRING, y INT32 DEFAULT 8, d DOUBLE"},
    "no default": {"A": "id INT64 PRIMARY KEY, x STRING, y INT32, d DOUBLE"},
    "type of the key": {"A": "id STRING PRIMARY KEY, x STRING, y INT32 DEFAULT 7, d DOUBLE"},
    "types of both keys": {
        "A": "id STRING PRIMARY KEY, x STRING, y INT32 DEFAULT 7, d DOUBLE",
        "B": "id INT32 PRIMARY KEY, u INT64",
    },
    "another key": {"B": "id INT64, u INT64 PRIMARY KEY"},
    "type of an edge's property": {"R": "FROM A TO B, FROM B TO B, FROM A TO A, w INT64"},
    "multiplicity": {"S": "FROM B TO A"},
    "storage direction": {"R": DECLARED["R"] + ") WITH (storage_direction='fwd'"},
    "key becomes SERIAL": {"B": "id SERIAL PRIMARY KEY, u INT64"},
    "SERIAL column": {"B": "id INT64 PRIMARY KEY, u INT64, n SERIAL"},
    "all at once": {
        "A": "id STRING PRIMARY KEY, x INT64, y INT64 DEFAULT 9, d DOUBLE, more BOOL DEFAULT true",
        "B": "id INT64, u INT64 PRIMARY KEY",
        "R": "FROM A TO B, FROM B TO B, FROM A TO A, w INT64) WITH (storage_direction='fwd'",
        "S": "FROM B TO A",
    },
}


def declare(changed: dict[str, str]) -> tuple[str, ...]:
    tables = {**DECLARED, **changed}
    return tuple(
        f"CREATE {'NODE' if name in 'AB' else 'REL'} TABLE {name}({text})" for name, text in tables.items()
    )


def generated(
    application: Application, before: tuple[str, ...], after: tuple[str, ...], **said: Any
) -> Generated:
    """The script from one database to another, which is built afresh."""
    repository = application.repository
    application.run(*before)
    repository.snapshot()
    application.database.unlink()
    application.run(*after)
    repository.snapshot()
    return repository.generate("v1", "v2", no_renames=True, **said)


def require_up_and_down(application: Application, script: Generated) -> None:
    """The statements, run as anyone might, lead to the one schema and back to the other, with its data."""
    repository = application.repository
    repository.checkout("v1", discard=True)
    application.run(*script.up)
    assert not repository.diff("v2").changes
    application.undo(script, "v1")
    repository.snapshot("down")
    back = repository.diff("v1", "HEAD")
    assert not back.changes
    assert not [row for row in back.rows if row.data]


@pytest.mark.parametrize("kind", KINDS)
def test_a_rebuild_is_proven_with_its_data(application: Application, kind: str) -> None:
    script = generated(application, (*declare({}), *ROWS), declare(KINDS[kind]))
    assert script.proof is not None
    if kind == "all at once":
        require_up_and_down(application, script)


def test_an_empty_database_is_rebuilt(application: Application) -> None:
    script = generated(application, declare({}), declare(KINDS["all at once"]))
    assert not any("rewrites" in hazard.text for hazard in script.hazards)


def test_indexes_are_made_again(application: Application) -> None:
    words = "CALL CREATE_FTS_INDEX('A', 'words', ['x'], stemmer := 'porter')"
    near = "CALL CREATE_VECTOR_INDEX('B', 'near', 'v', metric := 'l2')"
    base, wider = "id INT64 PRIMARY KEY, u INT64, v FLOAT[2]", "id STRING PRIMARY KEY, u INT64, v FLOAT[2]"
    filled = (*declare({"B": base}), *ROWS, "MATCH (b:B) SET b.v = CAST([b.id, 1] AS FLOAT[2])", words, near)
    script = generated(
        application, filled, (*declare({"A": KINDS["type of the key"]["A"], "B": wider}), words)
    )
    application.repository.checkout("v1", discard=True)
    application.run(*script.up)
    application.run("CREATE (:B {id: 'new', v: [1.0, 2.0]})", "CREATE (:A {id: 'new', x: 'zebra'})")
    assert application.run("CALL QUERY_FTS_INDEX('A', 'words', 'zebra') RETURN node.id") == [["new"]]
    application.run("MATCH (b:B) WHERE b.id = 'new' DELETE b", "MATCH (a:A) WHERE a.id = 'new' DELETE a")
    application.undo(script, "v1")
    found = application.run("CALL QUERY_VECTOR_INDEX('B', 'near', [3.0, 1.0], 1) RETURN node.id")
    assert found == [[3]]


def test_values_that_cannot_be_cast_are_counted_and_answered(application: Application) -> None:
    before = (
        "CREATE NODE TABLE User(id INT64 PRIMARY KEY, age STRING)",
        "UNWIND range(1, 3000) AS i CREATE (:User {id: i, age: CAST(i % 90 AS STRING)})",
        "MATCH (u:User) WHERE u.id IN [1000, 2000, 2001] SET u.age = 'n/a'",
        "MATCH (u:User) WHERE u.id = 1500 SET u.age = 'it\\'s \\\\ old'",
        "MATCH (u:User) WHERE u.id = 5 SET u.age = NULL",
    )
    after = ("CREATE NODE TABLE User(id INT64 PRIMARY KEY, age INT32)",)
    with pytest.raises(CastRefused) as refused:
        generated(application, before, after)
    assert refused.value.message == "4 of 2,999 values of User.age are no INT32, first: 'n/a'"
    assert "--cast 'User.age=null'" in refused.value.hint
    assert not list((application.root / "migrations").glob("*.cypher"))
    repository = application.repository
    script = repository.generate("v1", "v2", no_renames=True, casts=["User.age=null"])
    assert "drops 4 values of User.age that cannot be cast" in [hazard.text for hazard in script.hazards]
    repository.checkout("v1", discard=True)
    application.run(*script.up)
    assert application.run("MATCH (u:User) RETURN count(*), count(u.age), sum(u.age)") == [
        [3000, 2995, sum(i % 90 for i in range(1, 3001) if i not in (5, 1000, 1500, 2000, 2001))]
    ]
    said = "User.age=CAST(CASE WHEN regexp_full_match(age, '[0-9]+') THEN age ELSE '-1' END AS INT32)"
    other = repository.generate("v1", "v2", no_renames=True, casts=[said], again=True)
    assert any("replaces the values of User.age" in hazard.text for hazard in other.hazards)
    repository.checkout("v1", discard=True)
    application.run(*other.up)
    assert application.run("MATCH (u:User) WHERE u.age = -1 RETURN count(*)") == [[4 + 1]]


def test_a_cast_that_narrows_is_a_hazard(application: Application) -> None:
    before = (
        "CREATE NODE TABLE T(id INT64 PRIMARY KEY, x DOUBLE)",
        "UNWIND range(1, 10) AS i CREATE (:T {id: i, x: i / 2.0})",
    )
    script = generated(application, before, ("CREATE NODE TABLE T(id INT64 PRIMARY KEY, x INT64)",))
    assert "casting changes 5 of 10 values of T.x" in [hazard.text for hazard in script.hazards]


def test_values_become_decimals_and_decimals_become_text(application: Application) -> None:
    before = (
        "CREATE NODE TABLE T(id INT64 PRIMARY KEY, a STRING, b DECIMAL(9, 2), c INT64)",
        "CREATE (:T {id: 1, a: '1.50', b: CAST('-0.05' AS DECIMAL(9, 2)), c: -3}), (:T {id: 2})",
    )
    after = ("CREATE NODE TABLE T(id INT64 PRIMARY KEY, a DECIMAL(9, 2), b STRING, c DECIMAL(9, 2))",)
    script = generated(application, before, after)
    assert [hazard for hazard in script.hazards if "rewrites" not in hazard.text] == []
    require_up_and_down(application, script)


def test_the_command_names_the_option(application: Application) -> None:
    before = ("CREATE NODE TABLE T(id INT64 PRIMARY KEY, x STRING)", "CREATE (:T {id: 1, x: 'one'})")
    with pytest.raises(CastRefused):
        generated(application, before, ("CREATE NODE TABLE T(id INT64 PRIMARY KEY, x INT64)",))
    application.cli("generate", "v1", "v2", "--no-renames", code=2)
    application.cli("generate", "v1", "v2", "--no-renames", "--cast", "T.y=null", code=2)
    done = application.json(
        "generate",
        "v1",
        "v2",
        "--no-renames",
        "--cast",
        "T.x=size(x)",
        "--cast-down",
        "T.x='of ' + CAST(x AS STRING)",
    )
    application.repository.checkout("v1", discard=True)
    assert application.run(*done["up"], "MATCH (t:T) RETURN t.x") == [[3]]
    assert application.run(*done["down"], "MATCH (t:T) RETURN t.x") == [["of 3"]]


def test_a_cast_that_the_engine_has_not_is_answered_or_refused(application: Application) -> None:
    before = ("CREATE NODE TABLE T(id INT64 PRIMARY KEY, x INT64)", "CREATE (:T {id: 1, x: 1})")
    with pytest.raises(CastRefused, match="no cast from INT64 to BOOL"):
        generated(application, before, ("CREATE NODE TABLE T(id INT64 PRIMARY KEY, x BOOL)",))
    repository = application.repository
    with pytest.raises(CastRefused, match="no cast from BOOL to INT64") as refused:
        repository.generate("v1", "v2", no_renames=True, casts=["T.x=x = 1"])
    assert "--cast-down 'T.x=null'" in refused.value.hint
    script = repository.generate(
        "v1", "v2", no_renames=True, casts=["T.x=x = 1"], down_casts=["T.x=CASE WHEN x THEN 1 ELSE 0 END"]
    )
    require_up_and_down(application, script)


def test_a_cast_of_nothing_is_wrong_usage(application: Application) -> None:
    before = ("CREATE NODE TABLE T(id INT64 PRIMARY KEY, x INT64)",)
    after = ("CREATE NODE TABLE T(id INT64 PRIMARY KEY, x INT64, y INT64)",)
    with pytest.raises(UsageError, match="not rebuilt"):
        generated(application, before, after, casts=["T.x=null"])


def test_a_key_that_is_not_unique_is_refused_with_examples(application: Application) -> None:
    before = (
        "CREATE NODE TABLE P(id INT64 PRIMARY KEY, name STRING)",
        "UNWIND range(1, 10) AS i CREATE (:P {id: i, name: CAST(i AS STRING)})",
        "MATCH (p:P) WHERE p.id < 4 SET p.name = 'Ann'",
        "MATCH (p:P) WHERE p.id = 9 SET p.name = NULL",
    )
    after = ("CREATE NODE TABLE P(id INT64, name STRING PRIMARY KEY)",)
    with pytest.raises(UnsupportedChange) as refused:
        generated(application, before, after)
    assert refused.value.message == "P.name cannot be the key"
    assert "3 of 10 rows share their value with another, first: 'Ann' (3 times)" in refused.value.cause
    assert "1 of 10 rows have no value" in refused.value.cause
    unique = "P.name=coalesce(name, 'nobody') + ' ' + CAST(id AS STRING)"
    script = application.repository.generate("v1", "v2", no_renames=True, casts=[unique])
    application.repository.checkout("v1", discard=True)
    assert application.run(*script.up, "MATCH (p:P {name: 'Ann 2'}) RETURN p.id") == [[2]]


def test_a_multiplicity_that_does_not_hold_is_refused(application: Application) -> None:
    before = (*declare({}), *ROWS)
    with pytest.raises(UnsupportedChange) as refused:
        generated(application, before, declare({"R": DECLARED["R"] + ", MANY_ONE"}))
    assert refused.value.message == "rel table R cannot be MANY_ONE"
    assert "20 nodes of A have more than one edge, 40 in all" in refused.value.cause


def test_a_key_that_comes_back_without_values_is_refused(application: Application) -> None:
    before = ("CREATE NODE TABLE P(id INT64 PRIMARY KEY, name STRING)", "CREATE (:P {id: 1, name: 'a'})")
    after = ("CREATE NODE TABLE P(name STRING PRIMARY KEY)",)
    with pytest.raises(UnsupportedChange, match="way back") as refused:
        generated(application, before, after)
    assert "--cast-down 'P.id=" in refused.value.hint


COUNTED = (
    "CREATE NODE TABLE N(id SERIAL PRIMARY KEY, x INT64)",
    "CREATE REL TABLE E(FROM N TO N, n SERIAL)",
    "UNWIND range(1, 9) AS i CREATE (:N {x: i})",
    "MATCH (a:N), (b:N) WHERE a.x + 1 = b.x CREATE (a)-[:E]->(b)",
    "MATCH (a:N) WHERE a.x > 7 DETACH DELETE a",
)


@pytest.mark.parametrize(
    ("after", "renames"),
    [
        (
            (
                "CREATE NODE TABLE N(id SERIAL PRIMARY KEY, x STRING)",
                "CREATE REL TABLE E(FROM N TO N, n SERIAL)",
            ),
            (),
        ),
        (
            (
                "CREATE NODE TABLE M(id SERIAL PRIMARY KEY, x INT64)",
                "CREATE REL TABLE E(FROM M TO M, n SERIAL)",
            ),
            ("N:M",),
        ),
        (
            (
                "CREATE NODE TABLE N(key SERIAL PRIMARY KEY, x INT64)",
                "CREATE REL TABLE E(FROM N TO N, n SERIAL)",
            ),
            ("N.id:key",),
        ),
        (
            (
                "CREATE NODE TABLE N(id SERIAL PRIMARY KEY, x INT64)",
                "CREATE REL TABLE E(FROM N TO N, n INT64)",
            ),
            (),
        ),
    ],
)
def test_a_counter_goes_on_where_it_stood(
    application: Application, after: tuple[str, ...], renames: tuple[str, ...]
) -> None:
    repository = application.repository
    application.run(*COUNTED)
    repository.snapshot()
    application.database.unlink()
    application.run(*after)
    repository.snapshot()
    script = repository.generate("v1", "v2", renames=renames, no_renames=True)
    require_up_and_down(application, script)
    assert application.run("CREATE (n:N) RETURN n.id") == [[9]]
    application.run("DROP TABLE E", "DROP TABLE N")
    assert application.run("CALL show_sequences() RETURN *") == []


PERSON = (
    "CREATE NODE TABLE Person(id INT64 PRIMARY KEY, name STRING)",
    "CREATE NODE TABLE City(id INT64 PRIMARY KEY)",
    "CREATE REL TABLE Knows(FROM Person TO Person, since INT64)",
    "CREATE REL TABLE LivesIn(FROM Person TO City, MANY_ONE)",
    "CREATE REL TABLE Likes(FROM Person TO Person, FROM Person TO City, FROM City TO Person, much DOUBLE)",
)
WORDS = "CALL CREATE_FTS_INDEX('Person', 'words', ['name'])"


@pytest.mark.parametrize(
    ("people", "edges"),
    [(40, 3), pytest.param(100_000, 10, marks=[pytest.mark.slow, pytest.mark.timeout(1200)])],
)
def test_a_key_changes_its_type_under_three_rel_tables_and_an_index(
    application: Application, people: int, edges: int
) -> None:
    filled = (
        *PERSON,
        f"COPY Person FROM (UNWIND range(1, {people}) AS i RETURN i, 'name ' + CAST(i % 7 AS STRING))",
        "COPY City FROM (UNWIND range(1, 10) AS i RETURN i)",
        f"COPY Knows FROM (UNWIND range(0, {people * edges // 2 - 1}) AS i "
        f"RETURN i % {people} + 1, (i * 7) % {people} + 1, i % 3)",
        f"COPY LivesIn FROM (UNWIND range(1, {people}) AS i RETURN i, i % 10 + 1)",
        f"COPY Likes FROM (UNWIND range(1, {people * edges // 4}) AS i "
        f"RETURN i % {people} + 1, (i * 3) % {people} + 1, 0.5) (from='Person', to='Person')",
        f"COPY Likes FROM (UNWIND range(1, {people}) AS i RETURN i, i % 10 + 1, i / 3.0) "
        "(from='Person', to='City')",
        f"COPY Likes FROM (UNWIND range(1, {people}) AS i RETURN 1, i % 5 + 1, 0.5) "
        "(from='City', to='Person')",
        WORDS,
    )
    after = (PERSON[0].replace("id INT64", "id STRING"), *PERSON[1:], WORDS)
    script = generated(application, filled, after)
    application.repository.checkout("v1", discard=True)
    pairs = {
        "Knows": ("Person", "Person", "r.since"),
        "LivesIn": ("Person", "City", "0"),
        "Likes": ("City", "Person", "r.much"),
    }

    def edges_of(name: str) -> list[tuple[str, ...]]:
        source, target, value = pairs[name]
        pattern = f"(a:{source})-[r:{name}]->(b:{target})"
        return sorted(
            tuple(map(str, row)) for row in application.run(f"MATCH {pattern} RETURN a.id, b.id, {value}")
        )

    before = {name: edges_of(name) for name in pairs}
    application.run(*script.up)
    assert {name: edges_of(name) for name in pairs} == before
    assert sum(name.startswith("COPY `Knows`") for name in script.up) == 1
    application.undo(script, "v1")
    assert {name: edges_of(name) for name in pairs} == before


def test_properties_called_like_the_ends_of_an_edge(application: Application) -> None:
    edges = "FROM N TO N, `to` STRING, `From` INT64"
    before = (
        "CREATE NODE TABLE N(id INT64 PRIMARY KEY)",
        f"CREATE REL TABLE R({edges})",
        "CREATE (a:N {id: 1})-[:R {`to`: 'x', `From`: 7}]->(b:N {id: 2}), (b)-[:R]->(a)",
    )
    script = generated(application, before, (before[0], f"CREATE REL TABLE R({edges}, MANY_ONE)"))
    require_up_and_down(application, script)


def test_a_column_beside_a_vector_index_is_dropped(application: Application) -> None:
    near = "CALL CREATE_VECTOR_INDEX('D', 'near', 'v', metric := 'l2')"
    before = (
        "CREATE NODE TABLE D(id INT64 PRIMARY KEY, kind STRING, v FLOAT[2])",
        "UNWIND range(1, 6) AS i CREATE (:D {id: i, v: CAST([i, 1] AS FLOAT[2])})",
        near,
    )
    script = generated(application, before, (before[0].replace("kind STRING, ", ""), near))
    require_up_and_down(application, script)


def test_a_rename_and_a_change_of_type_are_one_rebuild(application: Application) -> None:
    repository = application.repository
    application.run(*declare({}), *ROWS)
    repository.snapshot()
    application.run(
        "ALTER TABLE A RENAME TO Alpha", "ALTER TABLE Alpha RENAME x TO text", "ALTER TABLE B RENAME u TO v"
    )
    application.database.unlink()
    application.run(
        "CREATE NODE TABLE Alpha(id INT64 PRIMARY KEY, text INT64, y INT32 DEFAULT 7, d DOUBLE)",
        "CREATE NODE TABLE B(id INT64 PRIMARY KEY, v INT64)",
        "CREATE REL TABLE R(FROM Alpha TO B, FROM B TO B, FROM Alpha TO Alpha, w INT32)",
        "CREATE REL TABLE S(FROM B TO Alpha, MANY_ONE)",
    )
    repository.snapshot()
    script = repository.generate("v1", "v2", renames=["A:Alpha", "A.x:text", "B.u:v"], no_renames=True)
    assert sum(text.startswith("COPY `Alpha`") for text in script.up) == 1
    assert not any("COPY `B`" in text for text in script.up)
    require_up_and_down(application, script)
