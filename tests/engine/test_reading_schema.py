"""What the engine tells of a schema, and what it does not."""

from __future__ import annotations

import pytest

from tests.engine.conftest import Run


def test_catalog_calls_and_their_columns(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE NODE TABLE A(id SERIAL PRIMARY KEY, n INT64 DEFAULT 7)", "COMMENT ON TABLE A IS 'a remark'")
        g("CREATE NODE TABLE B(key STRING PRIMARY KEY)")
        g("CREATE REL TABLE R(FROM A TO B, FROM B TO A, w INT64)")
        report({
            "tables": sorted(row[1:3] + row[4:] for row in g("CALL show_tables() RETURN *")),
            "A": g("CALL table_info('A') RETURN *"),
            "R": g("CALL table_info('R') RETURN *"),
            "connections": g("CALL show_connection('R') RETURN *"),
            "sequences": g("CALL show_sequences() RETURN *"),
            "version": g.value("CALL db_version() RETURN *"),
            "extensions": g.column("CALL show_loaded_extensions() RETURN *"),
        })
    """)
    assert outcome.result == {
        "tables": [["A", "NODE", "a remark"], ["B", "NODE", ""], ["R", "REL", ""]],
        "A": [[0, "id", "SERIAL", "", True], [1, "n", "INT64", "7", False]],
        "R": [[1, "w", "INT64", "NULL", "both"]],
        "connections": [["A", "B", "id", "key"], ["B", "A", "key", "id"]],
        "sequences": [["A_id_serial", "local(kuzu)", 0, 1, 0, 2**63 - 1, False]],
        "version": "0.11.3",
        "extensions": ["ALGO", "FTS", "JSON", "VECTOR"],
    }


def test_indexes_are_shown_with_the_call_that_made_them(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE NODE TABLE T(id INT64 PRIMARY KEY, s STRING)", "CALL CREATE_FTS_INDEX('T', 'words', ['s'])")
        report(g("CALL show_indexes() RETURN *"))
    """)
    call = "CALL CREATE_FTS_INDEX('T', 'words', ['s'], stemmer := 'english', stopWords := 'default');"
    assert outcome.result == [["T", "words", "FTS", ["s"], True, call]]


def test_multiplicity_and_macros_stand_only_in_the_exported_schema(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE NODE TABLE A(id INT64 PRIMARY KEY)", "CREATE REL TABLE R(FROM A TO A, w INT64, MANY_ONE)")
        g("CREATE MACRO f(x) AS x + 1", "EXPORT DATABASE 'out' (schema_only=true)")
        calls = ("show_tables()", "table_info('R')", "show_connection('R')")
        catalog = [g(f"CALL {call} RETURN *") for call in calls]
        report(str(catalog), g.error("CALL show_macros() RETURN *"), text("out/schema.cypher"))
    """)
    catalog, macros, schema = outcome.result
    assert "MANY_ONE" not in catalog
    assert "show_macros does not exist" in macros
    assert "MANY_ONE" in schema
    assert "CREATE MACRO `F` (x) AS x + 1;" in schema


def test_ids_survive_rename_and_are_not_used_again(run: Run) -> None:
    outcome = run("""
        g = Graph()
        def properties(table):
            return [row[:2] for row in g(f"CALL table_info('{table}') RETURN *")]
        g("CREATE NODE TABLE T(id INT64 PRIMARY KEY, a INT64)")
        g("ALTER TABLE T RENAME a TO b")
        report(properties("T"))
        g("ALTER TABLE T DROP b", "ALTER TABLE T ADD b INT64")
        report(properties("T"))
        g("ALTER TABLE T RENAME TO U")
        report(g("CALL show_tables() RETURN id, name"))
        g("DROP TABLE U")
        g.reopen()
        g("CREATE NODE TABLE U(id INT64 PRIMARY KEY)")
        report(g("CALL show_tables() RETURN id, name"))
    """)
    assert outcome.reports == ([[0, "id"], [1, "b"]], [[0, "id"], [2, "b"]], [[0, "U"]], [[1, "U"]])


def test_ids_of_a_database_built_anew_start_at_0(run: Run) -> None:
    outcome = run("""
        for name in ("User", "Account"):
            g = Graph(f"{name}.db")
            g(f"CREATE NODE TABLE {name}(id INT64 PRIMARY KEY)")
            report(g("CALL show_tables() RETURN id, name"))
    """)
    assert outcome.reports == ([[0, "User"]], [[0, "Account"]])


def test_defaults_lose_parentheses_and_signs_as_text_but_not_as_values(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE NODE TABLE T(id INT64 PRIMARY KEY, a INT64 DEFAULT (1 + 2) * 3, b INT64 DEFAULT -2)")
        printed = [row[3] for row in g("CALL table_info('T') RETURN *")]
        g("BEGIN TRANSACTION", "CREATE (:T {id: 1})")
        values = g("MATCH (t:T) RETURN t.a, t.b")
        g("ROLLBACK")
        report(printed, values, g.value("MATCH (t:T) RETURN count(*)"))
    """)
    assert outcome.result == [["NULL", "1 + 2 * 3", "2"], [[9, -2]], 0]


def test_macros_lose_parentheses(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE MACRO f(x) AS (x + 1) * 2", "EXPORT DATABASE 'out' (schema_only=true)")
        report(g.value("RETURN f(1)"), text("out/schema.cypher").strip())
    """)
    assert outcome.result == [4, "CREATE MACRO `F` (x) AS x + 1 * 2;"]


def test_user_types_are_resolved_at_once(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE TYPE Money AS DECIMAL(18, 2)", "CREATE NODE TABLE T(id INT64 PRIMARY KEY, m Money)")
        report(g("CALL table_info('T') RETURN type"))
    """)
    assert outcome.result == [["INT64"], ["DECIMAL(18, 2)"]]


@pytest.mark.parametrize(("direction", "shown"), [("fwd", ["fwd"]), ("both", ["bwd", "fwd"])])
def test_storage_direction_without_properties_shows_once_there_are_edges(
    run: Run, direction: str, shown: list[str]
) -> None:
    outcome = run(f"""
        g = Graph()
        g("CREATE NODE TABLE A(id INT64 PRIMARY KEY)")
        g("CREATE REL TABLE R(FROM A TO A) WITH (storage_direction='{direction}')")
        def directions():
            return sorted({{row[0][:3] for row in g("CALL storage_info('R') RETURN column_name")}})
        report(g("CALL table_info('R') RETURN *"), directions())
        g("CREATE (:A {{id: 1}})", "MATCH (a:A) CREATE (a)-[:R]->(a)", "CHECKPOINT")
        report(directions())
    """)
    assert outcome.reports == ([[], []], shown)


def test_currval_has_no_side_effect_and_errors_while_unused(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE SEQUENCE s START 5")
        unused = g.error("RETURN currval('s')")
        g("RETURN nextval('s')")
        report(unused, [g.value("RETURN currval('s')") for _ in range(2)], g.value("RETURN nextval('s')"))
    """)
    unused, current, following = outcome.result
    assert "not yet defined" in unused
    assert current == [5, 5]
    assert following == 6


def test_import_consumes_a_value_of_an_unused_sequence(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE SEQUENCE s START 5", "EXPORT DATABASE 'out' (format='parquet')")
        restored = Graph("restored.db")
        restored("IMPORT DATABASE 'out'")
        report([graph.value("RETURN nextval('s')") for graph in (g, restored)])
    """)
    assert outcome.result == [5, 6]


def test_pages_named_by_storage_info_change_with_the_content(run: Run) -> None:
    outcome = run("""
        import hashlib
        g = Graph()
        def digest():
            file = Path("g.db").read_bytes()
            pages = sorted(g("CALL storage_info('T') RETURN column_name, start_page_idx, num_pages"))
            chunks = [file[start * 4096 : (start + count) * 4096] for _, start, count in pages]
            return hashlib.sha256(b"".join(chunks)).hexdigest()
        g("CREATE NODE TABLE T(id INT64 PRIMARY KEY, n INT64)")
        g("CREATE NODE TABLE Other(id INT64 PRIMARY KEY)")
        g("UNWIND range(1, 5000) AS i CREATE (:T {id: i, n: (i * 7919) % 5003})", "CHECKPOINT")
        first = digest()
        g("CREATE (:Other {id: 1})", "CHECKPOINT")
        other = digest()
        g("MATCH (t:T {id: 77}) SET t.n = 0", "CHECKPOINT")
        report(other == first, digest() == first)
    """)
    assert outcome.result == [True, False]


def test_file_header_holds_magic_and_storage_version(run: Run) -> None:
    outcome = run("""
        Graph().close()
        header = Path("g.db").read_bytes()[:12]
        report(header[:4].decode(), int.from_bytes(header[4:12], "little"))
    """)
    assert outcome.result == ["KUZU", 39]
