"""Refactorings on the real engine: each proven, run up and down, and compared by plain queries."""

from __future__ import annotations

from collections import Counter

import pytest

from kuzuvcs.core.refactor.declared import Declared
from kuzuvcs.core.refactor.edge_to_node import EdgeToNode
from kuzuvcs.core.refactor.fold import Fold
from kuzuvcs.core.refactor.invert import Invert
from kuzuvcs.core.refactor.merge import Merge
from kuzuvcs.core.refactor.move_endpoint import End, MoveEndpoint
from kuzuvcs.core.refactor.node_to_edge import NodeToEdge
from kuzuvcs.core.refactor.normalise import Normalise
from kuzuvcs.core.refactor.split import Split
from kuzuvcs.errors import OpenQuestion, UnsupportedChange, UsageError
from kuzuvcs.results import Generated
from tests.e2e.conftest import Application
from tests.e2e.graph import Graph, read_graph

PEOPLE = (
    "CREATE NODE TABLE Person(id INT64 PRIMARY KEY, kind STRING, city STRING, born DATE)",
    "CREATE NODE TABLE Book(isbn STRING PRIMARY KEY, pages INT32)",
    "CREATE REL TABLE Knows(FROM Person TO Person, FROM Person TO Book, since INT64, note STRING)",
    "CREATE REL TABLE Wrote(FROM Person TO Book, ONE_MANY)",
)
ROWS = (
    "UNWIND range(1, 12) AS i CREATE (:Person {id: i, kind: 'k' + CAST(i % 2 AS STRING), "
    "city: 'city ' + CAST(i % 5 AS STRING), born: CAST('2000-01-01' AS DATE)})",
    "MATCH (p:Person) WHERE p.id IN [3, 7] SET p.city = NULL, p.born = NULL",
    "UNWIND range(1, 4) AS i CREATE (:Book {isbn: CAST(i AS STRING), pages: 10 * i})",
    # parallel edges, equal and not; a self loop; NULLs
    "MATCH (a:Person), (b:Person) WHERE a.id + 1 = b.id "
    "CREATE (a)-[:Knows {since: a.id}]->(b), (a)-[:Knows {since: a.id}]->(b), (a)-[:Knows {note: 'x'}]->(b)",
    "MATCH (a:Person {id: 5}) CREATE (a)-[:Knows {since: 9, note: 'self'}]->(a), (a)-[:Knows]->(a)",
    "MATCH (a:Person), (b:Book) WHERE a.id > 9 CREATE (a)-[:Knows {since: 1}]->(b)",
    "MATCH (a:Person), (b:Book) WHERE CAST(a.id AS STRING) = b.isbn CREATE (a)-[:Wrote]->(b)",
)


def refactored(
    application: Application, declared: Declared, *statements: str, accept_loss: bool = False
) -> Generated:
    """The script of a refactoring of a database that these statements make."""
    application.run(*statements)
    application.repository.snapshot()
    return application.repository.refactor(declared, accept_loss=accept_loss)


def run_up_and_down(application: Application, script: Generated) -> tuple[Graph, Graph]:
    """The rows before and after UP; DOWN has to bring back the former, schema and all."""
    repository = application.repository
    before = read_graph(application.database)
    application.run(*script.up)
    after = read_graph(application.database)
    assert script.path is not None
    assert f"// to-digest: {repository.snapshot('up').schema_digest}\n" in script.path.read_text()
    assert repository.generate().path is None, "generate goes on from the script, and finds nothing to do"
    application.run(*script.down)
    assert read_graph(application.database) == before
    assert not repository.diff("v1").changes
    return before, after


def turned(edges: Counter[str]) -> Counter[str]:
    """The edges read from their other end."""
    found: Counter[str] = Counter()
    for text, times in edges.items():
        source, target, start, end, *rest = text.split(" ")
        found[" ".join([target, source, end, start, *rest])] += times
    return found


@pytest.mark.parametrize("rows", [ROWS, ()])
@pytest.mark.parametrize("name", ["Knows", "Wrote"])
def test_invert(application: Application, rows: tuple[str, ...], name: str) -> None:
    script = refactored(application, Invert(table=name), *PEOPLE, *rows)
    before, after = run_up_and_down(application, script)
    assert after[name] == turned(before[name])
    assert {other: after[other] for other in after if other != name} == {
        other: before[other] for other in before if other != name
    }


def test_invert_turns_the_multiplicity_round(application: Application) -> None:
    script = refactored(application, Invert(table="wrote"), *PEOPLE, *ROWS)
    assert any("FROM `Book` TO `Person`, MANY_ONE" in statement for statement in script.up)


INDEXED = (
    "COMMENT ON TABLE Person IS 'it\\'s commented'",
    "CALL CREATE_FTS_INDEX('Person', 'words', ['kind'], stemmer := 'porter')",
)


@pytest.mark.parametrize("rows", [(*ROWS, *INDEXED), ()])
def test_normalise(application: Application, rows: tuple[str, ...]) -> None:
    declared = Normalise(property="Person.city", into="City", edge="LIVES_IN")
    script = refactored(application, declared, *PEOPLE, *rows)
    cities = application.run("MATCH (p:Person) WHERE p.city IS NOT NULL RETURN p.id, p.city")
    _, after = run_up_and_down(application, script)
    assert after["City"] == Counter({repr(city) for _, city in cities})
    assert after["LIVES_IN"] == Counter(f"Person City {key} {city!r}" for key, city in cities)


@pytest.mark.parametrize("rows", [(*ROWS, *INDEXED), ()])
@pytest.mark.parametrize("connection", ["FROM Person TO City", "FROM City TO Person"])
def test_fold(application: Application, rows: tuple[str, ...], connection: str) -> None:
    ends = "(p)-[:InCity]->(c)" if connection.startswith("FROM Person") else "(c)-[:InCity]->(p)"
    cities = (
        "CREATE NODE TABLE City(name STRING PRIMARY KEY, mayor STRING)",
        f"CREATE REL TABLE InCity({connection}, since INT64)",
        *rows,
        *(("UNWIND range(0, 4) AS i CREATE (:City {name: 'city ' + CAST(i AS STRING)})",) if rows else ()),
        f"MATCH (p:Person), (c:City) WHERE p.city = c.name CREATE {ends}",
    )
    declared = Fold(property="Person.town", table="City", edge="InCity")
    script = refactored(application, declared, *PEOPLE, *cities)
    application.run(*script.up)
    towns = application.run("MATCH (p:Person) WHERE p.town = p.city RETURN count(*)")
    assert towns == application.run("MATCH (p:Person) WHERE p.city IS NOT NULL RETURN count(*)")
    application.run(*script.down)
    run_up_and_down(application, script)


def test_what_fold_loses_is_counted_and_has_to_be_accepted(application: Application) -> None:
    lost = (
        "CREATE NODE TABLE City(name STRING PRIMARY KEY, mayor STRING)",
        "CREATE REL TABLE InCity(FROM Person TO City, since INT64)",
        "CREATE (:City {name: 'nowhere'}), (:City {name: 'city 1', mayor: 'Ann'})",
        "MATCH (p:Person), (c:City {name: 'city 1'}) WHERE p.id < 3 CREATE (p)-[:InCity {since: p.id}]->(c)",
    )
    declared = Fold(property="Person.town", table="City", edge="InCity")
    with pytest.raises(OpenQuestion) as refused:
        refactored(application, declared, *PEOPLE, *ROWS, *lost)
    assert refused.value.cause.splitlines() == [
        "drops 1 row of City that no edge of InCity is at",
        "drops 1 value of City.mayor",
        "drops 2 values of InCity.since",
    ]
    assert "--accept-loss" in refused.value.hint
    repository = application.repository
    script = repository.refactor(declared, accept_loss=True)
    assert "drops 1 value of City.mayor" in [hazard.text for hazard in script.hazards]
    assert script.path is not None
    assert "down without what is lost" in script.path.read_text()
    application.run(*script.up, *script.down)
    assert repository.snapshot().schema_digest == repository.show("v1").summary.schema_digest
    assert application.run("MATCH (c:City) RETURN c.name, c.mayor") == [["city 1", None]]
    application.run("MATCH (p:Person {id: 1}), (c:City) CREATE (p)-[:InCity]->(c)")
    script.path.unlink()
    repository.repair()
    repository.snapshot()
    with pytest.raises(UnsupportedChange) as crowded:
        repository.refactor(declared, accept_loss=True)
    assert crowded.value.cause == "1 row of Person with more than one edge of InCity, first: '1' (2 times)"


@pytest.mark.parametrize("rows", [ROWS, ()])
@pytest.mark.parametrize("into", ["Friendship", "Knows"])
def test_edge_to_node(application: Application, rows: tuple[str, ...], into: str) -> None:
    declared = EdgeToNode(table="Knows", into=into, edges=("HAS", "WITH"))
    script = refactored(application, declared, *PEOPLE, *rows)
    before, after = run_up_and_down(application, script)
    application.run(*script.up)
    found = Counter(
        f"{start} {end} {row}"
        for start, end in (("Person", "Person"), ("Person", "Book"))
        for row in joined(application, f"(a:{start})-[:HAS]->(n:{into})-[:`WITH`]->(b:{end})")
    )
    assert found == before["Knows"]
    assert len(after[into]) == before["Knows"].total() == after["HAS"].total() == after["WITH"].total()


def joined(application: Application, pattern: str) -> list[str]:
    key = "isbn" if "Book" in pattern else "id"
    rows = application.run(f"MATCH {pattern} RETURN a.id, b.{key}, n.since, n.note")
    return [" ".join(map(repr, row)) for row in rows]


MEETINGS = (
    *PEOPLE,
    "CREATE NODE TABLE Meeting(code STRING PRIMARY KEY, at TIMESTAMP, tags STRING[])",
    "CREATE REL TABLE Calls(FROM Person TO Meeting, n INT64)",
    "CREATE REL TABLE About(FROM Meeting TO Book)",
)
MET = (
    *ROWS,
    "UNWIND range(1, 6) AS i CREATE (:Meeting {code: 'm' + CAST(i AS STRING), tags: ['a', 'b']})",
    "MATCH (p:Person {id: 2}), (m:Meeting), (b:Book {isbn: '1'}) CREATE (p)-[:Calls]->(m), (m)-[:About]->(b)",
    "CALL CREATE_FTS_INDEX('Meeting', 'codes', ['code'], stemmer := 'porter')",
)


@pytest.mark.parametrize("rows", [MET, ()])
def test_node_to_edge(application: Application, rows: tuple[str, ...]) -> None:
    declared = NodeToEdge(table="Meeting", into="Called", edges=("Calls", "About"))
    script = refactored(application, declared, *MEETINGS, *rows)
    before, after = run_up_and_down(application, script)
    assert after["Called"] == Counter({f"Person Book 2 '1' {row}": 1 for row in before["Meeting"]})


def test_nodes_without_both_edges_and_with_more_are_counted(application: Application) -> None:
    lost = (
        "MATCH (:Person)-[c:Calls]->(m:Meeting {code: 'm1'}) DELETE c",
        "MATCH (m:Meeting {code: 'm2'})-[a:About]->(:Book) DELETE a",
        "CREATE (:Meeting {code: 'm7'})",
        "MATCH (:Person)-[c:Calls]->(m:Meeting) WHERE m.code > 'm4' SET c.n = 4",
    )
    declared = NodeToEdge(table="Meeting", into="Called", edges=("Calls", "About"))
    with pytest.raises(OpenQuestion) as refused:
        refactored(application, declared, *MEETINGS, *MET, *lost)
    assert refused.value.cause.splitlines() == [
        "drops 3 rows of Meeting without both edges",
        "drops 2 values of Calls.n",
    ]
    repository = application.repository
    script = repository.refactor(declared, accept_loss=True)
    application.run(*script.up)
    assert application.run("MATCH (:Person)-[c:Called]->(:Book) RETURN count(*)") == [[4]]
    application.run(*script.down)
    assert repository.snapshot().schema_digest == repository.show("v1").summary.schema_digest
    assert application.run("MATCH (m:Meeting) RETURN count(*)") == [[4]]
    application.run("MATCH (m:Meeting {code: 'm3'}), (b:Book) CREATE (m)-[:About]->(b)")
    repository.snapshot()
    assert script.path is not None
    script.path.unlink()
    repository.repair()
    with pytest.raises(UnsupportedChange) as crowded:
        repository.refactor(declared, accept_loss=True)
    assert "1 row of Meeting with more than one edge of About, first: 'm3' (5 times)" in crowded.value.cause
    with pytest.raises(UsageError, match="About and Calls do not fit"):
        repository.refactor(NodeToEdge(table="Meeting", into="Called", edges=("About", "Calls")))
    with pytest.raises(UsageError, match="rel table Knows does not fit"):
        repository.refactor(NodeToEdge(table="Meeting", into="Called", edges=("Knows", "About")))


WORDS = (
    "COMMENT ON TABLE Person IS 'it\\'s commented'",
    "CALL CREATE_FTS_INDEX('Person', 'words', ['city'], stemmer := 'porter')",
)
SPLIT = Split(property="Person.kind", into=(("k0", "Even"), ("k1", "Odd")))


@pytest.mark.parametrize("rows", [(*ROWS, *WORDS), ()])
def test_split(application: Application, rows: tuple[str, ...]) -> None:
    script = refactored(application, SPLIT, *PEOPLE, *rows)
    before, after = run_up_and_down(application, script)
    assert after["Odd"] == without_kind(before["Person"], "'k1'")
    assert after["Even"] == without_kind(before["Person"], "'k0'")
    assert as_persons(after["Knows"]) == before["Knows"]
    assert as_persons(after["Wrote"]) == before["Wrote"]


def without_kind(rows: Counter[str], kind: str) -> Counter[str]:
    return Counter(text.replace(f" {kind}", "", 1) for text in rows if kind in text)


def as_persons(edges: Counter[str]) -> Counter[str]:
    """The edges, with the tables that a row's number calls for named Person again."""
    found: Counter[str] = Counter()
    for text, times in edges.items():
        source, target, start, end, *rest = text.split(" ")
        for table, key in ((source, start), (target, end)):
            assert table == "Book" or (table == "Odd") == bool(int(key) % 2)
        ends = ("Person", "Person" if target != "Book" else target)
        found[" ".join([*ends, start, end, *rest])] += times
    return found


def test_split_by_a_number_into_a_table_of_the_old_name_and_one_for_null(application: Application) -> None:
    numbered = (
        "CREATE NODE TABLE N(id STRING PRIMARY KEY, v INT8, l INT64[])",
        "CREATE REL TABLE R(FROM N TO N)",
        "UNWIND range(1, 9) AS i CREATE (:N {id: CAST(i AS STRING), v: i % 2 - 1, l: [i]})",
        "CREATE (:N {id: 'none'})",
        "MATCH (a:N), (b:N) CREATE (a)-[:R]->(b)",
    )
    declared = Split(property="N.v", into=(("-1", "n"), ("0", "Zero")), null="Null")
    script = refactored(application, declared, *numbered)
    _, after = run_up_and_down(application, script)
    assert {name: rows.total() for name, rows in after.items()} == {"n": 4, "Zero": 5, "Null": 1, "R": 100}


def test_rows_that_no_table_is_named_for_are_refused(application: Application) -> None:
    more = "MATCH (p:Person) WHERE p.id > 9 SET p.kind = CASE WHEN p.id = 12 THEN NULL ELSE 'it\\'s' END"
    with pytest.raises(UnsupportedChange) as refused:
        refactored(application, SPLIT, *PEOPLE, *ROWS, more)
    assert refused.value.cause == (
        '2 rows of Person with a kind that no table is named for, first: "it\'s" (2 times); '
        "1 row of Person without a kind"
    )
    assert refused.value.hint == (
        "give --into VALUE=TABLE for each value, or give --null TABLE for rows without a value"
    )
    repository = application.repository
    done = Split(property="Person.kind", into=(*SPLIT.into, ("it's", "It's `")), null="None")
    with pytest.raises(UsageError, match="a name cannot be used"):
        repository.refactor(done)
    hostile = Split(property="Person.kind", into=(*SPLIT.into, ("it's", "It's; -- \n x")), null="select")
    script = repository.refactor(hostile)
    run_up_and_down(application, script)


APART = (
    "CREATE NODE TABLE Student(id INT64 PRIMARY KEY, name STRING, points DOUBLE)",
    "CREATE NODE TABLE Teacher(ID INT64 PRIMARY KEY, Name STRING, room STRUCT(a INT64, b STRING) )",
    "CREATE NODE TABLE Place(id INT64 PRIMARY KEY)",
    "CREATE REL TABLE Knows(FROM Student TO Teacher, FROM Teacher TO Teacher, FROM Place TO Student, w INT8)",
    "CREATE REL TABLE At(FROM Student TO Place, MANY_ONE)",
)
APART_ROWS = (
    "UNWIND range(1, 5) AS i CREATE (:Student {id: i, name: 's' + CAST(i AS STRING), points: i / 2.0})",
    "UNWIND range(6, 9) AS i CREATE (:Teacher {ID: i, room: {a: i, b: 'x, y'}}), (:Place {id: i})",
    "MATCH (a:Student), (b:Teacher) CREATE (a)-[:Knows {w: a.id}]->(b), (a)-[:Knows {w: a.id}]->(b)",
    "MATCH (a:Teacher) CREATE (a)-[:Knows]->(a)",
    "MATCH (a:Place {id: 7}), (b:Student) CREATE (a)-[:Knows]->(b), (b)-[:At]->(a)",
    "CALL CREATE_FTS_INDEX('Student', 'words', ['name'], stemmer := 'porter')",
)
MERGE = Merge(tables=("Student", "teacher"), into="Person", column="kind", values=(("student", "Student"),))


@pytest.mark.parametrize("rows", [APART_ROWS, ()])
def test_merge(application: Application, rows: tuple[str, ...]) -> None:
    script = refactored(application, MERGE, *APART, *rows)
    before, after = run_up_and_down(application, script)
    assert len(after["Person"]) == len(before["Student"]) + len(before["Teacher"])
    assert {text.split(" ")[-1] for text in after["Person"]} == (
        {"'student'", "'Teacher'"} if rows else set()
    )
    for name in ("Knows", "At"):
        expected: Counter[str] = Counter()
        for text, times in before[name].items():
            expected[text.replace("Student", "Person").replace("Teacher", "Person")] += times
        assert after[name] == expected


def test_merge_without_a_column_has_to_be_accepted(application: Application) -> None:
    declared = Merge(tables=("Student", "Teacher"), into="Student")
    with pytest.raises(OpenQuestion) as refused:
        refactored(application, declared, *APART, *APART_ROWS)
    assert refused.value.cause == (
        "does not tell 4 rows of Teacher from those of Student, where DOWN puts them"
    )
    script = application.repository.refactor(declared, accept_loss=True)
    application.run(*script.up, *script.down)
    assert application.run("MATCH (s:Student) RETURN count(*)") == [[9]]
    assert application.repository.snapshot().schema_digest == (
        application.repository.show("v1").summary.schema_digest
    )


def test_keys_in_both_tables_are_refused_with_examples(application: Application) -> None:
    with pytest.raises(UnsupportedChange) as refused:
        refactored(application, MERGE, *APART, *APART_ROWS, "CREATE (:Teacher {ID: 2}), (:Teacher {ID: 5})")
    assert refused.value.cause == (
        "2 keys both in Student and in Teacher, first: '2' (2 times), '5' (2 times)"
    )


def linked(connection: str) -> tuple[str, ...]:
    """People at firms: Knows of a person can become one of the firm."""
    return (
        *PEOPLE,
        "CREATE NODE TABLE Firm(name STRING PRIMARY KEY)",
        f"CREATE REL TABLE At({connection})",
    )


def linking(connection: str, *, share: int) -> tuple[str, ...]:
    """Each firm has that many people."""
    edge = "(p)-[:At]->(f)" if connection.startswith("FROM Person") else "(f)-[:At]->(p)"
    return (
        *ROWS,
        "UNWIND range(0, 12) AS i CREATE (:Firm {name: 'firm' + CAST(i AS STRING)})",
        f"MATCH (p:Person), (f:Firm) WHERE f.name = 'firm' + CAST(p.id / {share} AS STRING) CREATE {edge}",
    )


@pytest.mark.parametrize(
    ("connection", "end", "keep"),
    [
        ("FROM Person TO Firm, ONE_ONE", "target", None),
        ("FROM Firm TO Person, MANY_ONE", "source", None),
        ("FROM Person TO Firm", "source", "person"),
        ("FROM Firm TO Person, ONE_MANY", "target", "person"),
    ],
)
@pytest.mark.parametrize("filled", [True, False])
def test_move_endpoint(
    application: Application, connection: str, end: End, keep: str | None, filled: bool
) -> None:
    share = 3 if keep else 1
    rows = linking(connection, share=share) if filled else ()
    declared = MoveEndpoint(table="Knows", source="Person", target="Firm", by="At", end=end, keep=keep)
    script = refactored(application, declared, *linked(connection), *rows)
    before, after = run_up_and_down(application, script)
    expected: Counter[str] = Counter()
    for text, times in before["Knows"].items():
        source, target, start, stop, *rest = text.split(" ")
        old = start if end == "source" else stop
        kept = [old if (source if end == "source" else target) == "Person" else "None"] if keep else []
        if end == "source":
            source, start = "Firm", f"'firm{int(start) // share}'"
        elif target == "Person":
            target, stop = "Firm", f"'firm{int(stop) // share}'"
        expected[" ".join([source, target, start, stop, *rest, *kept])] += times
    assert after["Knows"] == expected


def test_what_moving_an_endpoint_loses(application: Application) -> None:
    connection = "FROM Person TO Firm"
    alone = "MATCH (p:Person {id: 5})-[a:At]->(:Firm) DELETE a"
    declared = MoveEndpoint(table="Knows", source="Person", target="Firm", by="At", end="source")
    with pytest.raises(OpenQuestion) as refused:
        refactored(application, declared, *linked(connection), *linking(connection, share=3), alone)
    assert refused.value.cause.splitlines() == [
        "drops 5 edges of Knows whose source no At links to Firm",
        "forgets the old end of 35 edges of Knows from Person to Person, which DOWN leaves out",
        "forgets the old end of 12 edges of Knows from Person to Book, which DOWN leaves out",
    ]
    repository = application.repository
    script = repository.refactor(declared, accept_loss=True)
    application.run(*script.up)
    assert application.run("MATCH (:Firm)-[k:Knows]->() RETURN count(*)") == [[42]]
    application.run(*script.down)
    assert application.run("MATCH ()-[k:Knows]->() RETURN count(*)") == [[0]]
    application.run("MATCH (p:Person {id: 1}), (f:Firm) CREATE (p)-[:At]->(f)")
    assert script.path is not None
    script.path.unlink()
    repository.repair()
    assert repository.snapshot().schema_digest == repository.show("v1").summary.schema_digest
    with pytest.raises(UnsupportedChange, match="cannot move the source of Knows") as several:
        repository.refactor(declared, accept_loss=True)
    assert several.value.cause == "1 row of Person with more than one edge of At, first: '1' (14 times)"


def test_an_endpoint_that_cannot_move_is_refused(application: Application) -> None:
    def move(**changed: str) -> MoveEndpoint:
        named = {"table": "Knows", "source": "Person", "target": "Firm", "by": "At", "end": "source"}
        return MoveEndpoint(**{**named, **changed})  # type: ignore[arg-type]

    more = "CREATE REL TABLE Owns(FROM Person TO Book, FROM Firm TO Book)"
    only = "CREATE REL TABLE One(FROM Person TO Book, MANY_ONE)"
    with pytest.raises(UsageError, match="not plain which end of Knows") as both:
        refactored(application, move(end=""), *linked("FROM Person TO Firm"), more, only)
    assert "--end source" in both.value.hint
    refused = {
        "the rel tables are one": move(table="At"),
        "the endpoints are one": move(target="Person"),
        "rel table Wrote does not fit": move(by="Wrote"),
        "no edge of Wrote has Person as its target": move(table="Wrote", end="target"),
        "there is no node table Nowhere": move(target="Nowhere"),
    }
    for message, declared in refused.items():
        with pytest.raises(UsageError, match=message):
            application.repository.refactor(declared)
    with pytest.raises(UnsupportedChange, match="cannot move the source of Owns to Firm"):
        application.repository.refactor(move(table="Owns"))
    with pytest.raises(UnsupportedChange, match="cannot move the source of One to Firm") as one:
        application.repository.refactor(move(table="One"))
    assert "MANY_ONE" in one.value.cause


def test_a_table_that_cannot_be_moved_is_refused_by_name(application: Application) -> None:
    counted = "CREATE REL TABLE R(FROM Book TO Book, n SERIAL)"
    with pytest.raises(UnsupportedChange, match="cannot refactor table R"):
        refactored(application, Invert(table="R"), *PEOPLE, counted)
    with pytest.raises(UsageError, match="there is no rel table Nobody"):
        application.repository.refactor(Invert(table="Nobody"))
    with pytest.raises(UsageError, match="Person is no rel table"):
        application.repository.refactor(Invert(table="Person"))


def test_a_second_script_waits_for_the_first(application: Application) -> None:
    script = refactored(application, Invert(table="Wrote"), *PEOPLE, *ROWS)
    with pytest.raises(UsageError, match="already leads on from v1"):
        application.repository.refactor(Invert(table="Knows"))
    application.run(*script.up)
    application.repository.snapshot()
    assert application.repository.refactor(Invert(table="Knows")).before == "v2"


HOSTILE = (
    'CREATE NODE TABLE `it\'s "A"`(`the key` INT64 PRIMARY KEY, `a.b` STRING, `select` DATE)',
    "CREATE NODE TABLE `日本; -- x`(`from` STRING PRIMARY KEY)",
    'CREATE REL TABLE `R\\s`(FROM `it\'s "A"` TO `it\'s "A"`, FROM `it\'s "A"` TO `日本; -- x`, `to` STRING)',
    'CREATE REL TABLE `by //`(FROM `it\'s "A"` TO `日本; -- x`, ONE_ONE)',
    "UNWIND range(1, 4) AS i CREATE (:`it's \"A\"` {`the key`: i, `a.b`: 'it\\'s; 1'})",
    "MATCH (a:`it's \"A\"`) WHERE a.`the key` > 2 SET a.`a.b` = 'it\\'s; 0'",
    "UNWIND range(1, 4) AS i CREATE (:`日本; -- x` {`from`: CAST(i AS STRING)})",
    "MATCH (a:`it's \"A\"`), (b:`it's \"A\"`) CREATE (a)-[:`R\\s` {`to`: 'x'}]->(b), (a)-[:`R\\s`]->(b)",
    'MATCH (a:`it\'s "A"`), (b:`日本; -- x`) WHERE CAST(a.`the key` AS STRING) = b.`from` '
    "CREATE (a)-[:`R\\s`]->(b), (a)-[:`by //`]->(b)",
)
A, B, R, BY = 'it\'s "A"', "日本; -- x", "R\\s", "by //"
HOSTILE_KINDS: dict[str, Declared] = {
    "split": Split(property=f"{A}.a.b", into=(("it's; 0", "a\nb"), ("it's; 1", "UNION")), null=A),
    "normalise": Normalise(property=f"{A}.a.b", into="City's", edge="to"),
    "edge to node": EdgeToNode(table=R, into="node ' 1", edges=("MATCH", "//"), key="it's id"),
    "invert": Invert(table=R),
    "move endpoint": MoveEndpoint(table=R, source=A, target=B, by=BY, end="source", keep="old 'key'"),
}


@pytest.mark.parametrize("kind", HOSTILE_KINDS)
def test_names_that_are_hard_to_write(application: Application, kind: str) -> None:
    script = refactored(application, HOSTILE_KINDS[kind], *HOSTILE)
    run_up_and_down(application, script)


NEAR = (
    "CREATE NODE TABLE Doc(id INT64 PRIMARY KEY, kind STRING, v FLOAT[2])",
    "CREATE REL TABLE Cites(FROM Doc TO Doc)",
    "UNWIND range(1, 6) AS i CREATE (:Doc {id: i, kind: CAST(i % 2 AS STRING), v: CAST([i, 1] AS FLOAT[2])})",
    "MATCH (a:Doc), (b:Doc) CREATE (a)-[:Cites]->(b)",
    "CALL CREATE_VECTOR_INDEX('Doc', 'near', 'v', metric := 'l2')",
)


@pytest.mark.parametrize(
    ("declared", "table"),
    [
        (Split(property="Doc.kind", into=(("0", "Zero"), ("1", "One"))), "One"),
        (Normalise(property="Doc.kind", into="Kind", edge="IsA"), "Doc"),
    ],
)
def test_a_vector_index_goes_along(application: Application, declared: Declared, table: str) -> None:
    script = refactored(application, declared, *NEAR)
    near = "CALL QUERY_VECTOR_INDEX('{}', 'near', [3.0, 1.0], 1) RETURN node.id"
    assert application.run(*script.up, near.format(table)) == [[3]]
    application.run(f"CREATE (:{table} {{id: 77, v: [30.0, 1.0]}})", f"MATCH (d:{table} {{id: 77}}) DELETE d")
    assert application.run(*script.down, near.format("Doc")) == [[3]]


@pytest.mark.parametrize(
    ("declared", "connection"),
    [
        (Invert(table="L"), "FROM P TO Q"),
        (EdgeToNode(table="L", into="N", edges=("I", "O")), "FROM P TO Q"),
        (Fold(property="P.q", table="Q", edge="L"), "FROM P TO Q"),
        (Fold(property="P.q", table="Q", edge="L"), "FROM Q TO P"),
        (MoveEndpoint(table="K", source="P", target="Q", by="L", end="target", keep="p"), "FROM P TO Q"),
        (MoveEndpoint(table="K", source="P", target="Q", by="L", end="source", keep="p"), "FROM Q TO P"),
    ],
)
def test_rel_tables_that_are_stored_forwards_only(
    application: Application, declared: Declared, connection: str
) -> None:
    forwards = "WITH (storage_direction = 'fwd')"
    statements = (
        "CREATE NODE TABLE P(id INT64 PRIMARY KEY)",
        "CREATE NODE TABLE Q(id STRING PRIMARY KEY)",
        f"CREATE REL TABLE L({connection}) {forwards}",
        f"CREATE REL TABLE K(FROM P TO P, w INT64) {forwards}",
        "UNWIND range(1, 3) AS i CREATE (:P {id: i}), (:Q {id: CAST(i AS STRING)})",
        f"MATCH (p:P), (q:Q) WHERE CAST(p.id AS STRING) = q.id CREATE "
        f"{'(p)-[:L]->(q)' if connection == 'FROM P TO Q' else '(q)-[:L]->(p)'}",
        "MATCH (a:P), (b:P) CREATE (a)-[:K {w: a.id}]->(b)",
    )
    run_up_and_down(application, refactored(application, declared, *statements))


KEYS = {
    "STRING": ["'a'", "'A'", "''", "'é'"],
    "INT128": ["CAST('170141183460469231731687303715884105727' AS INT128)", "CAST(-1 AS INT128)"],
    "UINT8": ["255", "0"],
    "DATE": ["CAST('0001-01-01' AS DATE)", "CAST('9999-12-31' AS DATE)"],
    "TIMESTAMP_NS": ["CAST('2000-01-01 00:00:00.123456789' AS TIMESTAMP_NS)"],
    "TIMESTAMP_TZ": ["CAST('2000-01-01 00:00:00+02' AS TIMESTAMP_TZ)"],
    "UUID": ["UUID('A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11')"],
    "BLOB": ["BLOB('\\\\x00\\\\xFF')", "BLOB('')"],
}


@pytest.mark.parametrize("type", KEYS)
def test_every_type_of_key_is_normalised(application: Application, type: str) -> None:
    rows = [*KEYS[type], *KEYS[type], f"CAST(NULL AS {type})"]
    declared = Normalise(property="T.v", into="V", edge="HAS")
    script = refactored(
        application,
        declared,
        f"CREATE NODE TABLE T(id INT64 PRIMARY KEY, v {type})",
        *(f"CREATE (:T {{id: {number}, v: CAST({value} AS {type})}})" for number, value in enumerate(rows)),
    )
    _, after = run_up_and_down(application, script)
    assert (len(after["V"]), after["HAS"].total()) == (len(KEYS[type]), len(rows) - 1)


def test_the_command(application: Application) -> None:
    application.run(*PEOPLE, *ROWS)
    application.repository.snapshot()
    split = ("refactor", "split", "Person.kind", "--into", "k0=Even")
    failed = application.json(*split, code=1)["error"]
    assert failed["message"] == "cannot split Person by kind"
    assert "first: 'k1' (6 times)" in failed["cause"]
    unread = application.json(*split, "--into", "Odd", code=2)["error"]
    assert unread["message"] == "cannot read --into Odd"
    done = application.json(*split, "--into", "k1=Odd", "-m", "apart")
    assert (done["from"], done["to"]) == ("v1", "v1 refactored")
    assert done["path"].endswith("_apart.cypher")
    assert done["proof"] == {"up": True, "down": True, "data": True}
    application.run(*done["up"])
    assert application.run("MATCH (o:Odd) RETURN count(*)") == [[6]]
    application.cli("snapshot")
    assert "UP proved, DOWN proved" in application.cli("refactor", "invert", "Wrote")
