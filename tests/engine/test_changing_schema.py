"""What ALTER can do, what it cannot, and how names and literals are written."""

from __future__ import annotations

import pytest

from tests.engine.conftest import Run


def test_alterations_that_work(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE NODE TABLE A(id INT64 PRIMARY KEY)", "CREATE NODE TABLE B(id INT64 PRIMARY KEY)")
        g("CREATE REL TABLE R(FROM A TO B)", "CREATE SEQUENCE s", "CREATE (:A {id: 1})")
        for statement in (
            "ALTER TABLE A ADD c INT64 DEFAULT 5",
            "ALTER TABLE A ADD IF NOT EXISTS c INT64",
            "ALTER TABLE A RENAME c TO d",
            "ALTER TABLE A RENAME id TO key",
            "ALTER TABLE B ADD x INT64",
            "ALTER TABLE B DROP x",
            "ALTER TABLE B DROP IF EXISTS x",
            "ALTER TABLE B RENAME TO C",
            "ALTER TABLE R ADD FROM C TO A",
            "ALTER TABLE R DROP FROM A TO C",
            "COMMENT ON TABLE A IS 'a remark'",
            "DROP SEQUENCE s",
        ):
            g(statement)
        g.reopen()
        report(g("MATCH (a:A) RETURN a.key, a.d"), g("CALL show_connection('R') RETURN *"))
    """)
    assert outcome.result == [[[1, 5]], [["C", "A", "id", "key"]]]


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE A ADD COLUMN x INT64",
        "ALTER TABLE A ALTER n TYPE STRING",
        "ALTER TABLE A DROP id",
        "DROP TABLE A",
        "CREATE NODE TABLE K(a INT64, b INT64, PRIMARY KEY(a, b))",
        "DROP MACRO f",
        "DROP TYPE Money",
        "CREATE NODE TABLE a(id INT64 PRIMARY KEY)",
        "CREATE NODE TABLE ``(id INT64 PRIMARY KEY)",
        "RETURN 'it''s'",
    ],
)
def test_statements_that_are_refused(run: Run, statement: str) -> None:
    outcome = run(f"""
        g = Graph()
        g("CREATE NODE TABLE A(id INT64 PRIMARY KEY, n INT64)", "CREATE REL TABLE R(FROM A TO A)")
        g("CREATE MACRO f(x) AS x + 1", "CREATE TYPE Money AS DECIMAL(18, 2)")
        report(g.error({statement!r}))
    """)
    assert outcome.result is not None


def test_dropping_a_connection_deletes_its_edges(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE NODE TABLE A(id INT64 PRIMARY KEY)", "CREATE NODE TABLE B(id INT64 PRIMARY KEY)")
        g("CREATE REL TABLE R(FROM A TO B, FROM B TO A)", "CREATE (:A {id: 1}), (:B {id: 1})")
        g("MATCH (a:A), (b:B) CREATE (a)-[:R]->(b), (b)-[:R]->(a)")
        g("ALTER TABLE R DROP FROM A TO B", "ALTER TABLE R ADD FROM A TO B")
        report(g("MATCH (x)-[r:R]->(y) RETURN label(x), label(y)"))
    """)
    assert outcome.result == [["B", "A"]]


def test_an_index_keeps_its_column_and_table_from_being_dropped(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE NODE TABLE T(id INT64 PRIMARY KEY, s STRING)", "CALL CREATE_FTS_INDEX('T', 'words', ['s'])")
        report(g.error("ALTER TABLE T DROP s"), g.error("DROP TABLE T"))
    """)
    column, table = outcome.result
    assert "used in one or more indexes" in column
    assert "referenced by index" in table


@pytest.mark.parametrize(
    ("expression", "value"),
    [("'it\\'s'", "it's"), ("5--3", 8), ("5 // remark", 5), ("5 /* remark */", 5), ("'a\\\\b'", "a\\b")],
)
def test_literals_and_comments(run: Run, expression: str, value: object) -> None:
    outcome = run(f"""
        report(Graph().value("RETURN " + {expression!r}))
    """)
    assert outcome.result == value


def test_a_doubled_backtick_is_no_escape(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE NODE TABLE `a``b`(id INT64 PRIMARY KEY)")
        report(g.column("CALL show_tables() RETURN name"))
    """)
    assert outcome.result == ["a``b"]


def test_names_are_case_insensitive(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE NODE TABLE Person(id INT64 PRIMARY KEY)", "CREATE (:PERSON {ID: 1})")
        report(g("MATCH (p:person) RETURN p.Id"))
    """)
    assert outcome.result == [[1]]


def test_table_info_takes_a_dot_for_a_database_name_and_show_connection_does_not(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE NODE TABLE A(id INT64 PRIMARY KEY)", "CREATE REL TABLE `r.s`(FROM A TO A)")
        report(g.error("CALL table_info('r.s') RETURN *"), g("CALL show_connection('r.s') RETURN *"))
    """)
    assert outcome.result == ["Runtime exception: No database named r.", [["A", "A", "id", "id"]]]


def test_an_oddly_named_key_of_an_endpoint_fails_export_of_the_schema(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE NODE TABLE A(`the key` INT64 PRIMARY KEY)", "EXPORT DATABASE 'alone' (schema_only=true)")
        g("CREATE REL TABLE R(FROM A TO A)")
        report(g.error("EXPORT DATABASE 'out' (schema_only=true)"))
    """)
    assert "Parser exception" in outcome.result


def test_after_a_column_before_the_key_is_dropped_another_is_taken_for_the_key(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE NODE TABLE T(x INT64, k INT64, y INT64, PRIMARY KEY(k))", "ALTER TABLE T DROP x")
        g.reopen()
        g("CREATE (:T {k: 2, y: 200})", "CREATE (:T {k: 2, y: 201})")
        report(g.error("CREATE (:T {k: 3, y: 200})"), g("MATCH (t:T {k: 2}) RETURN t.y"))
    """)
    refused, found = outcome.result
    assert "duplicated primary key value 200" in refused
    assert found == []


def test_after_a_column_before_an_indexed_one_is_dropped_new_text_is_not_found(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE NODE TABLE T(k INT64 PRIMARY KEY, x STRING, name STRING, z STRING)")
        g("CALL CREATE_FTS_INDEX('T', 'i', ['name'])", "ALTER TABLE T DROP x")
        g.reopen()
        g("CREATE (:T {k: 2, name: 'bob'})")
        report(g("CALL QUERY_FTS_INDEX('T', 'i', 'bob') RETURN node.k"))
    """)
    assert outcome.result == []


def test_after_a_column_before_a_vector_is_dropped_opening_ends_the_process(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE NODE TABLE T(k INT64 PRIMARY KEY, x STRING, v FLOAT[2])")
        g("CREATE (:T {k: 1, x: 'x', v: [1.0, 2.0]})", "CALL CREATE_VECTOR_INDEX('T', 'i', 'v')")
        g("ALTER TABLE T DROP x")
        g.reopen()
        g("CREATE (:T {k: 2, v: [5.0, 5.0]})")
    """)
    assert outcome.killed
