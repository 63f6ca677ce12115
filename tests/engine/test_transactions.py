"""What a transaction holds together, what ends it, and what ends the process or the database."""

from __future__ import annotations

import pytest

from tests.engine.conftest import Run


def test_schema_changes_and_copy_roll_back(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE NODE TABLE A(id INT64 PRIMARY KEY)", "CREATE (:A {id: 1})")
        g("BEGIN TRANSACTION", "CREATE NODE TABLE B(id INT64 PRIMARY KEY)")
        g("COPY B FROM (MATCH (a:A) RETURN a.id)")
        inside = g.value("MATCH (b:B) RETURN count(*)")
        g("ROLLBACK")
        report(inside, g.column("CALL show_tables() RETURN name"))
    """)
    assert outcome.result == [1, ["A"]]


@pytest.mark.parametrize(
    "statement",
    [
        "RETURN nothing",
        "BEGIN TRANSACTION",
        "CHECKPOINT",
        "CALL CREATE_FTS_INDEX('A', 'more', ['s'])",
        "CALL DROP_FTS_INDEX('A', 'words')",
    ],
)
def test_an_error_ends_the_transaction_and_what_follows_commits_by_itself(run: Run, statement: str) -> None:
    outcome = run(f"""
        g = Graph()
        g("CREATE NODE TABLE A(id INT64 PRIMARY KEY, s STRING)", "CALL CREATE_FTS_INDEX('A', 'words', ['s'])")
        g("BEGIN TRANSACTION", "CREATE (:A {{id: 1}})")
        error = g.error({statement!r})
        g("CREATE (:A {{id: 2}})")
        rollback = g.error("ROLLBACK")
        g.reopen()
        report(error, rollback, g.column("MATCH (a:A) RETURN a.id"))
    """)
    error, rollback, ids = outcome.result
    assert error is not None
    assert rollback == "No active transaction for ROLLBACK."
    assert ids == [2]


def test_a_second_write_transaction_is_refused(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE NODE TABLE A(id INT64 PRIMARY KEY)", "BEGIN TRANSACTION", "CREATE (:A {id: 1})")
        other = kuzu.Connection(g.database)
        try:
            other.execute("BEGIN TRANSACTION").close()
        except RuntimeError as error:
            report(str(error))
    """)
    assert "Only one write transaction at a time" in outcome.result


def test_a_read_only_transaction_beside_a_writer_sees_one_state(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE NODE TABLE A(id INT64 PRIMARY KEY)", "CREATE NODE TABLE B(id INT64 PRIMARY KEY)")
        g("BEGIN TRANSACTION", "CREATE (:A {id: 1})")
        reader = kuzu.Connection(g.database)
        def count(table):
            result = reader.execute(f"MATCH (n:{table}) RETURN count(*)")
            rows = result.get_all()
            result.close()
            return rows[0][0]
        reader.execute("BEGIN TRANSACTION READ ONLY").close()
        before = [count("A"), count("B")]
        g("CREATE (:B {id: 1})", "COMMIT")
        after = [count("A"), count("B")]
        reader.execute("COMMIT").close()
        report(before, after, [count("A"), count("B")])
    """)
    assert outcome.result == [[0, 0], [0, 0], [1, 1]]


@pytest.mark.parametrize(
    "body",
    [
        "x > 1",
        "x = 1",
        "x <> 1",
        "NOT x",
        "x IS NULL",
        "x IS NOT NULL",
        "x AND true",
        "x OR true",
        "x XOR true",
        "list_transform(x, y -> y + 1)",
    ],
)
def test_a_macro_that_makes_the_database_impossible_to_open_again(run: Run, body: str) -> None:
    outcome = run(f"""
        g = Graph()
        g("CREATE MACRO f(x) AS {body}")
        g.close()
        report(opening_error())
    """)
    assert "KU_UNREACHABLE" in outcome.result


def test_a_default_that_makes_the_database_impossible_to_open_again(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE NODE TABLE T(id INT64 PRIMARY KEY, b BOOL DEFAULT 1 > 2)")
        g.close()
        report(opening_error())
    """)
    assert "KU_UNREACHABLE" in outcome.result


@pytest.mark.parametrize(
    "body", ["x + 1", "CASE WHEN x THEN 1 ELSE 2 END", "x IN [1]", "x STARTS WITH 'a'", "x =~ 'a.*'"]
)
def test_a_macro_that_lets_the_database_be_opened_again(run: Run, body: str) -> None:
    outcome = run(f"""
        g = Graph()
        g("CREATE MACRO f(x) AS {body}")
        g.close()
        report(opening_error())
    """)
    assert outcome.result is None


DROP = "ALTER TABLE A DROP c"
SET = "MATCH (a:A) SET a.d = 5"


@pytest.mark.parametrize(
    ("statements", "survives"),
    [((DROP, SET), False), ((SET, DROP), False), ((DROP, "CHECKPOINT", SET), True)],
)
def test_drop_and_set_on_stored_rows_kill_the_process_unless_checkpointed_between(
    run: Run, statements: tuple[str, ...], *, survives: bool
) -> None:
    outcome = run(f"""
        g = Graph()
        g("CREATE NODE TABLE A(id INT64 PRIMARY KEY, c INT64, d INT64)", "CREATE (:A {{id: 1, c: 1, d: 1}})")
        g("CHECKPOINT", *{statements!r}, "CHECKPOINT")
        report(g.column("MATCH (a:A) RETURN a.d"))
    """)
    assert outcome.killed is not survives
    assert outcome.reports == (([5],) if survives else ())


def test_a_pattern_that_matches_no_declared_connection_kills_the_process(run: Run) -> None:
    outcome = run("""
        g = Graph()
        for name in ("A", "B", "C"):
            g(f"CREATE NODE TABLE {name}(id INT64 PRIMARY KEY)")
        g("CREATE REL TABLE R(FROM A TO B)", "CREATE REL TABLE Q(FROM A TO C)")
        g("MATCH (a:A)-[:R]->(c:C) CREATE (a)-[:Q]->(c)")
        report("alive")
    """)
    assert outcome.killed


def test_a_result_cannot_be_read_after_its_database_is_closed(run: Run) -> None:
    outcome = run("""
        g = Graph()
        result = g.connection.execute("UNWIND range(1, 100) AS x RETURN x")
        g.database.close()
        try:
            result.get_all()
        except RuntimeError as error:
            report(str(error))
    """)
    assert "parent database is closed" in outcome.result
