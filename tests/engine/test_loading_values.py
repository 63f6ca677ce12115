"""Which ways of loading values are right, and which are not."""

from __future__ import annotations

import pytest

from tests.engine.conftest import Run


def test_copy_with_casts_loads_parquet_into_nodes_and_rels(run: Run) -> None:
    outcome = run("""
        import pyarrow
        import pyarrow.parquet
        g = Graph()
        g("CREATE NODE TABLE A(id INT64 PRIMARY KEY, v DECIMAL(18, 3))")
        g("CREATE NODE TABLE B(id INT64 PRIMARY KEY)", "CREATE (:B {id: 7})")
        g("CREATE REL TABLE R(FROM A TO B, FROM B TO A, n INT64)")
        pyarrow.parquet.write_table(pyarrow.table({"id": [1, 2], "v": ["-0.001", None]}), "a.parquet")
        pyarrow.parquet.write_table(pyarrow.table({"f": [1, 2], "t": [7, 7], "n": [5, None]}), "r.parquet")
        g("COPY A FROM (LOAD FROM 'a.parquet' RETURN id, CAST(v AS DECIMAL(18, 3)))")
        g("COPY R FROM (LOAD FROM 'r.parquet' RETURN f, t, n) (from='A', to='B')")
        text_ = "CASE WHEN a.v < 0 THEN '-' + CAST(-a.v AS STRING) ELSE CAST(a.v AS STRING) END"
        report(g(f"MATCH (a:A)-[r:R]->(b:B) RETURN a.id, {text_}, b.id, r.n ORDER BY a.id"))
    """)
    assert outcome.result == [[1, "-0.001", 7, 5], [2, None, 7, None]]


def test_casting_a_list_of_strings_to_decimals_kills_the_process(run: Run) -> None:
    outcome = run("""
        g = Graph()
        report(g.value("RETURN CAST('[1.50,2.50]' AS DECIMAL(18, 2)[])"))
        g("RETURN CAST(['1.50', '2.50'] AS DECIMAL(18, 2)[])")
        report("alive")
    """)
    assert outcome.reports == (["1.50", "2.50"],)
    assert outcome.killed


def test_case_over_structs_shifts_values(run: Run) -> None:
    outcome = run("""
        import pyarrow
        import pyarrow.parquet
        absent = [i % 2 == 0 for i in range(10)]
        table = pyarrow.table({"id": range(10), "z": absent, "a": range(10)})
        pyarrow.parquet.write_table(table, "t.parquet")
        g = Graph()
        rows = g("LOAD FROM 't.parquet' RETURN id, CASE WHEN z THEN NULL ELSE {a: a} END ORDER BY id")
        report([value for id_, value in rows])
    """)
    right = [None if i % 2 == 0 else {"a": i} for i in range(10)]
    assert len(outcome.result) == len(right)
    assert outcome.result != right


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("STRUCT(a INT64, b STRING)", "{a: 1, b: 'x'}"),
        ("UNION(n INT64, s STRING)", "union_value(s := 'x')"),
        ("MAP(STRING, STRUCT(a INT64))", "map(['k', 'l'], [NULL, {a: 1}])"),
        ("DECIMAL(18, 3)", "CAST(-1.5 AS DECIMAL(18, 3))"),
        ("INTERVAL", "INTERVAL('1 day') - INTERVAL('1 month 1 microsecond')"),
    ],
)
def test_copy_from_match_rebuilds_a_table_without_loss(run: Run, type_: str, value: str) -> None:
    outcome = run(f"""
        g = Graph()
        for name in ("Old", "New"):
            g(f"CREATE NODE TABLE {{name}}(id INT64 PRIMARY KEY, v {type_})")
        for i, value in enumerate(["NULL", {value!r}, "NULL", {value!r}]):
            g(f"CREATE (:Old {{{{id: {{i}}, v: {{value}}}}}})")
        g("COPY New FROM (MATCH (n:Old) RETURN n.id, n.v)", "CHECKPOINT")
        report(*[g.column(f"MATCH (t:{{name}}) RETURN t.v ORDER BY t.id") for name in ("Old", "New")])
    """)
    old, new = outcome.result
    assert new == old
    assert old[1] is not None


def test_copy_keeps_serial_ids_without_advancing_the_counter(run: Run) -> None:
    outcome = run("""
        import pyarrow
        import pyarrow.parquet
        g = Graph()
        g("CREATE NODE TABLE T(id SERIAL PRIMARY KEY, n INT64)")
        pyarrow.parquet.write_table(pyarrow.table({"id": [0, 5], "n": [1, 2]}), "t.parquet")
        g("COPY T(id, n) FROM (LOAD FROM 't.parquet' RETURN id, n)")
        report(g.column("MATCH (t:T) RETURN t.id ORDER BY t.id"), g.error("CREATE (:T {n: 3})"))
        g("DROP SEQUENCE T_id_serial", "CREATE SEQUENCE T_id_serial START 6 MINVALUE 0")
        g("CREATE (:T {n: 3})")
        g.reopen()
        g("CREATE (:T {n: 4})")
        report(g.column("MATCH (t:T) RETURN t.id ORDER BY t.id"))
    """)
    (before, collision), after = outcome.reports
    assert before == [0, 5]
    assert "primary key" in collision
    assert after == [0, 5, 6, 7]


def test_parallel_false_is_refused_for_parquet(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE NODE TABLE T(id INT64 PRIMARY KEY)", "CREATE (:T {id: 1})")
        g("COPY (MATCH (t:T) RETURN t.id AS id) TO 't.parquet'", "MATCH (t:T) DELETE t")
        report(g.error("COPY T FROM 't.parquet' (parallel=false)"))
    """)
    assert "cannot have options other than IGNORE_ERRORS" in outcome.result


def test_delta_binary_packed_int64_is_misread_near_the_ends_of_the_range(run: Run) -> None:
    outcome = run("""
        import pyarrow
        import pyarrow.parquet
        ends = [2**63 - 1 - i for i in range(1000)] + [-(2**63) + 2 + i for i in range(1000)]
        values = [ends[(i * 7919) % 2000] for i in range(2000)]
        g = Graph()
        for encoding in ("PLAIN", "DELTA_BINARY_PACKED"):
            options = {"use_dictionary": False, "column_encoding": {"v": encoding}}
            pyarrow.parquet.write_table(pyarrow.table({"v": values}), "t.parquet", **options)
            read = g.column("LOAD FROM 't.parquet' RETURN v")
            report([row["v"] for row in parquet_rows("t.parquet")] == values, read == values)
    """)
    assert outcome.reports == ([True, True], [True, False])


@pytest.mark.parametrize(
    ("type_", "encoding"),
    [
        ("float64", "BYTE_STREAM_SPLIT"),
        ("string", "DELTA_BYTE_ARRAY"),
        ("string", "DELTA_LENGTH_BYTE_ARRAY"),
    ],
)
def test_encodings_that_cannot_be_read(run: Run, type_: str, encoding: str) -> None:
    outcome = run(f"""
        import pyarrow
        import pyarrow.parquet
        column = pyarrow.array(["1", "2"]).cast(pyarrow.{type_}())
        options = {{"use_dictionary": False, "column_encoding": {{"v": "{encoding}"}}}}
        pyarrow.parquet.write_table(pyarrow.table({{"v": column}}), "t.parquet", **options)
        report(Graph().error("LOAD FROM 't.parquet' RETURN v"))
    """)
    assert outcome.result is not None


@pytest.mark.parametrize("type_", ["int8", "int16", "int32", "uint8", "uint16", "uint32", "uint64"])
def test_plain_integers_are_read_over_their_range(run: Run, type_: str) -> None:
    bits = int(type_.lstrip("uint"))
    ends = [0, 2**bits - 1] if type_.startswith("u") else [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1]
    outcome = run(f"""
        import pyarrow
        import pyarrow.parquet
        column = pyarrow.array([None, *{ends}, 5], pyarrow.{type_}())
        pyarrow.parquet.write_table(pyarrow.table({{"v": column}}), "t.parquet", use_dictionary=False)
        report(Graph().column("LOAD FROM 't.parquet' RETURN v"))
    """)
    assert outcome.result == [None, *ends, 5]


ARROW_TABLE = """
import pyarrow
n = 5000
table = pyarrow.table({
    "id": list(range(n)),
    "s": [None if i % 3 == 0 else {"a": i, "b": f"text number {i}"} for i in range(n)],
    "l": [None if i % 5 == 0 else [f"element {i}", None, ""] for i in range(n)],
    "m": pyarrow.array([[("k", i)] for i in range(n)], pyarrow.map_(pyarrow.string(), pyarrow.int64())),
    "o": [[{"a": i}, None] for i in range(n)],
})
g = Graph()
nested = "s STRUCT(a INT64, b STRING), l STRING[], m MAP(STRING, INT64), o STRUCT(a INT64)[]"
g(f"CREATE NODE TABLE T(id INT64 PRIMARY KEY, {nested})")
"""


@pytest.mark.parametrize("source", ["$tab", "(LOAD FROM $tab RETURN id, s, l, m, o)"])
def test_copy_from_an_arrow_table_is_right_for_nested_values(run: Run, source: str) -> None:
    outcome = run(f"""{ARROW_TABLE}
g("COPY T FROM {source}", tab=table)
expected = [list(row.values()) for row in table.to_pylist(maps_as_pydicts="strict")]
stored = g("MATCH (t:T) RETURN t.id, t.s, t.l, t.m, t.o ORDER BY t.id")
report([sum(a[i] != b[i] for a, b in zip(expected, stored, strict=True)) for i in range(5)])
""")
    assert outcome.result == [0, 0, 0, 0, 0]


def test_arrow_parameters_need_importlib_util_imported_before(run: Run) -> None:
    outcome = run("""
        import importlib
        import pyarrow
        g = Graph()
        g("CREATE NODE TABLE T(id INT64 PRIMARY KEY)")
        del importlib.util
        try:
            g("COPY T FROM $tab", tab=pyarrow.table({"id": [1]}))
        except AttributeError as error:
            report(str(error))
    """)
    assert outcome.result == "module 'importlib' has no attribute 'util'"


def test_a_path_is_a_pattern_in_which_brackets_take_one_character_for_itself(run: Run) -> None:
    outcome = run(r"""
        import os
        import pyarrow
        import pyarrow.parquet
        odd = "a[x]*? \\ 'b'"
        os.mkdir(odd)
        pyarrow.parquet.write_table(pyarrow.table({"id": [1, 2]}), f"{odd}/a.parquet")
        g = Graph()
        path = f"{odd}/a.parquet".replace("\\", "\\\\").replace("'", "\\'")
        report(g.error(f"LOAD FROM '{path}' RETURN count(*)"))
        path = path.replace("[", "[[]").replace("*", "[*]").replace("?", "[?]")
        report(g.value(f"LOAD FROM '{path}' RETURN count(*)"))
    """)
    refused, rows = outcome.reports
    assert "No file found that matches the pattern" in refused
    assert rows == 2
