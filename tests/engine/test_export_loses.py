"""The engine's own EXPORT is not lossless: why a snapshot never uses it."""

from __future__ import annotations

import pytest

from tests.engine.conftest import Run


@pytest.mark.parametrize(
    ("type_", "values"),
    [
        ("STRUCT(a INT64, b STRING)", ["NULL", "{a: 1, b: 'x'}", "{a: 2, b: 'y'}"]),
        ("UNION(n INT64, s STRING)", ["NULL", "union_value(n := 1)", "union_value(n := 2)"]),
        ("STRUCT(a INT64)[]", ["[NULL, {a: 1}]", "[{a: 2}, NULL, {a: 3}]", "[{a: 4}]"]),
        ("MAP(STRING, STRUCT(a INT64))", ["map(['k', 'l'], [NULL, {a: 1}])", "map(['k'], [{a: 2}])", "NULL"]),
    ],
)
def test_parquet_shifts_nested_values_after_a_null_and_keeps_the_count(
    run: Run, type_: str, values: list[str]
) -> None:
    outcome = run(f"""
        g = Graph()
        g("CREATE NODE TABLE T(id INT64 PRIMARY KEY, v {type_})")
        for i, value in enumerate({values!r}):
            g(f"CREATE (:T {{{{id: {{i}}, v: {{value}}}}}})")
        g("COPY (MATCH (t:T) RETURN t.id AS id, t.v AS v) TO 't.parquet'")
        written = [row["v"] for row in parquet_rows("t.parquet")]
        report(g.column("MATCH (t:T) RETURN t.v ORDER BY t.id"), written)
    """)
    stored, written = outcome.result
    assert len(written) == len(stored)
    assert written != stored


def test_int128_becomes_double(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE NODE TABLE T(id INT64 PRIMARY KEY, v INT128)")
        g("CREATE (:T {id: 1, v: CAST('170141183460469231731687303715884105727' AS INT128)})")
        g("COPY (MATCH (t:T) RETURN t.v AS v) TO 't.parquet'")
        report(repr(parquet_rows("t.parquet")[0]["v"]))
    """)
    assert outcome.result == "1.7014118346046923e+38"


def test_interval_is_cut_to_milliseconds(run: Run) -> None:
    outcome = run("""
        import duckdb
        g = Graph()
        g("COPY (RETURN INTERVAL('1 second 1 microsecond') AS v) TO 't.parquet'")
        report(duckdb.sql("SELECT epoch_us(v) FROM 't.parquet'").fetchall())
    """)
    assert outcome.result == [[1_000_000]]


def test_negative_interval_and_decimal_are_refused_leaving_a_half_written_folder(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE NODE TABLE A(id INT64 PRIMARY KEY)", "CREATE (:A {id: 1})")
        g("CREATE NODE TABLE B(id INT64 PRIMARY KEY, v DECIMAL(18, 3))", "CREATE (:B {id: 1, v: 1.5})")
        report(
            g.error("COPY (RETURN INTERVAL('-1 day') AS v) TO 't.parquet'"),
            g.error("EXPORT DATABASE 'out' (format='parquet')"),
            sorted(path.name for path in Path("out").iterdir()),
        )
    """)
    interval, decimal, left = outcome.result
    assert "INTERVAL" in interval.upper()
    assert "Writing a column with type: DECIMAL to parquet is not supported" in decimal
    assert left


def test_defaults_comments_and_user_types_are_dropped(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE TYPE Money AS DECIMAL(18, 2)")
        g("CREATE NODE TABLE T(id INT64 PRIMARY KEY, n INT64 DEFAULT 7, m Money)")
        g("COMMENT ON TABLE T IS 'a remark'")
        g("EXPORT DATABASE 'out' (schema_only=true)")
        report(text("out/schema.cypher"))
    """)
    assert "CREATE NODE TABLE" in outcome.result
    assert "DEFAULT" not in outcome.result
    assert "remark" not in outcome.result
    assert "Money" not in outcome.result


def test_forward_storage_becomes_both(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE NODE TABLE A(id INT64 PRIMARY KEY)")
        g("CREATE REL TABLE R(FROM A TO A, n INT64) WITH (storage_direction='fwd')")
        g("EXPORT DATABASE 'out' (format='parquet')")
        restored = Graph("restored.db")
        restored("IMPORT DATABASE 'out'")
        direction = "CALL table_info('R') RETURN *"
        report(g(direction), restored(direction))
    """)
    stored, restored = outcome.result
    assert stored[0][-1] == "fwd"
    assert restored[0][-1] == "both"


def test_backward_storage_fails_export(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE NODE TABLE A(id INT64 PRIMARY KEY)")
        g("CREATE REL TABLE R(FROM A TO A) WITH (storage_direction='bwd')")
        report(g.error("EXPORT DATABASE 'out' (format='parquet')"))
    """)
    assert outcome.result is not None


def test_fts_leaks_an_internal_macro_and_two_indexes_stop_import(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE NODE TABLE T(id INT64 PRIMARY KEY, a STRING, b STRING)")
        g("CREATE (:T {id: 1, a: 'x', b: 'y'})")
        g("CALL CREATE_FTS_INDEX('T', 'one', ['a'])", "CALL CREATE_FTS_INDEX('T', 'two', ['b'])")
        g("EXPORT DATABASE 'out' (format='parquet')")
        restored = Graph("restored.db")
        report(text("out/schema.cypher"), restored.error("IMPORT DATABASE 'out'"))
    """)
    schema, error = outcome.result
    assert "TOKENIZE" in schema.upper()
    assert error is not None


def test_node_table_named_like_a_connection_shares_its_file(run: Run) -> None:
    outcome = run("""
        g = Graph()
        for name in ("X", "Y", "R_X_Y"):
            g(f"CREATE NODE TABLE {name}(id INT64 PRIMARY KEY)", f"CREATE (:{name} {{id: 1}})")
        g("CREATE REL TABLE R(FROM X TO Y)", "MATCH (x:X), (y:Y) CREATE (x)-[:R]->(y)")
        report(
            g.error("EXPORT DATABASE 'out' (format='parquet')"),
            sorted(path.name for path in Path("out").glob("*.parquet")),
            Graph("restored.db").error("IMPORT DATABASE 'out'"),
        )
    """)
    export_error, files, import_error = outcome.result
    assert export_error is None
    assert files == ["R_X_Y.parquet", "X.parquet", "Y.parquet"]
    assert import_error is not None


@pytest.mark.parametrize("name", ["a/b", "n" * 248])
def test_names_that_are_no_file_names_fail_export(run: Run, name: str) -> None:
    outcome = run(f"""
        g = Graph()
        g("CREATE NODE TABLE `{name}`(id INT64 PRIMARY KEY)", "CREATE (:`{name}` {{id: 1}})")
        report(g.error("EXPORT DATABASE 'out' (format='parquet')"))
    """)
    assert outcome.result is not None


@pytest.mark.parametrize("name", ['a"b', "a[b]", "a\\b"])
def test_odd_names_fail_import(run: Run, name: str) -> None:
    outcome = run(f"""
        name = {name!r}
        g = Graph()
        g(f"CREATE NODE TABLE `{{name}}`(id INT64 PRIMARY KEY)", f"CREATE (:`{{name}}` {{{{id: 1}}}})")
        report(
            g.error("EXPORT DATABASE 'out' (format='parquet')"),
            Graph("restored.db").error("IMPORT DATABASE 'out'"),
        )
    """)
    export_error, import_error = outcome.result
    assert export_error is None
    assert import_error is not None


def test_import_is_not_atomic_and_commits_an_open_transaction(run: Run) -> None:
    outcome = run("""
        g = Graph()
        for name in ("A", "B"):
            g(f"CREATE NODE TABLE {name}(id INT64 PRIMARY KEY)", f"CREATE (:{name} {{id: 1}})")
        g("EXPORT DATABASE 'out' (format='parquet')")
        Path("out/B.parquet").write_bytes(b"not parquet")
        restored = Graph("restored.db")
        restored("CREATE NODE TABLE Mine(id INT64 PRIMARY KEY)")
        restored("BEGIN TRANSACTION", "CREATE (:Mine {id: 1})")
        error = restored.error("IMPORT DATABASE 'out'")
        restored.reopen()
        tables = sorted(restored.column("CALL show_tables() RETURN name"))
        report(error, tables, restored.value("MATCH (m:Mine) RETURN count(*)"))
    """)
    error, tables, mine = outcome.result
    assert error is not None
    assert "A" in tables
    assert mine == 1


def test_csv_turns_empty_strings_into_null_and_splits_lists_at_commas(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE NODE TABLE T(id INT64 PRIMARY KEY, s STRING, l STRING[])")
        g("CREATE (:T {id: 1, s: '', l: ['a,b']})")
        g("EXPORT DATABASE 'out' (format='csv')")
        restored = Graph("restored.db")
        restored("IMPORT DATABASE 'out'")
        report(restored("MATCH (t:T) RETURN t.s, t.l"))
    """)
    assert outcome.result == [[None, ["a", "b"]]]


def test_serial_parquet_is_unreadable_unless_cast(run: Run) -> None:
    outcome = run("""
        import duckdb
        import pyarrow
        g = Graph()
        g("CREATE NODE TABLE T(id SERIAL PRIMARY KEY, n INT64)", "CREATE (:T {n: 1})")
        g("COPY (MATCH (t:T) RETURN t.id AS id) TO 'serial.parquet'")
        g("COPY (MATCH (t:T) RETURN CAST(t.id AS INT64) AS id) TO 'cast.parquet'")
        failed = []
        try:
            parquet_rows("serial.parquet")
        except (OSError, pyarrow.ArrowException):
            failed.append("pyarrow")
        try:
            duckdb.sql("SELECT * FROM 'serial.parquet'").fetchall()
        except duckdb.Error:
            failed.append("duckdb")
        report(failed, parquet_rows("cast.parquet"), duckdb.sql("SELECT * FROM 'cast.parquet'").fetchall())
    """)
    assert outcome.result == [["pyarrow", "duckdb"], [{"id": 0}], [[0]]]
