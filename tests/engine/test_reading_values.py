"""Which ways of reading values out are right, and which are not."""

from __future__ import annotations

import math

import pytest

from tests.engine.conftest import Run


def test_copy_drops_the_second_of_two_equal_expressions(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE NODE TABLE T(id INT64 PRIMARY KEY)", "CREATE (:T {id: 1})")
        g("COPY (MATCH (t:T) RETURN t.id AS a, t.id AS b) TO 't.parquet'")
        report(list(parquet_rows("t.parquet")[0]))
    """)
    assert len(outcome.result) == 1


def test_ordered_copy_writes_the_same_bytes_with_any_number_of_threads(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE NODE TABLE T(id INT64 PRIMARY KEY, s STRING)")
        g("UNWIND range(1, 20000) AS i CREATE (:T {id: (i * 7919) % 20011, s: CAST(i AS STRING)})")
        files = []
        for threads in (1, 2, 4):
            g.connection.set_max_threads_for_exec(threads)
            g(f"COPY (MATCH (t:T) RETURN t.id AS id, t.s AS s ORDER BY id) TO '{threads}.parquet'")
            files.append(Path(f"{threads}.parquet").read_bytes())
        report(len(set(files)))
    """)
    assert outcome.result == 1


def test_arrow_is_wrong_for_negative_decimals(run: Run) -> None:
    outcome = run("""
        g = Graph()
        report(g.arrow("RETURN CAST(-1.5 AS DECIMAL(18, 3)) AS v")[0]["v"])
    """)
    assert outcome.result != "-1.500"


def test_arrow_is_wrong_for_structs_with_null(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE NODE TABLE T(id INT64 PRIMARY KEY, v STRUCT(a INT64, b STRING))")
        g("CREATE (:T {id: 1, v: NULL}), (:T {id: 2, v: {a: 1, b: 'x'}}), (:T {id: 3, v: {a: 2, b: 'y'}})")
        report(g.column("MATCH (t:T) RETURN t.v ORDER BY t.id"))
        report([row["v"] for row in g.arrow("MATCH (t:T) RETURN t.v AS v ORDER BY t.id")])
    """)
    right = [None, {"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
    assert outcome.reports[0] == right
    assert outcome.reports[1:] != (right,)


def test_arrow_turns_months_into_days(run: Run) -> None:
    outcome = run("""
        g = Graph()
        report(g.arrow("RETURN INTERVAL('1 month') AS v")[0]["v"])
    """)
    assert outcome.result == "30 days, 0:00:00"


@pytest.mark.parametrize(
    ("value", "type_", "expected"),
    [
        ("'-170141183460469231731687303715884105727'", "INT128", "-170141183460469231731687303715884105727"),
        ("'1 year 2 months 3 days 00:00:00.000001'", "INTERVAL", "1 year 2 months 3 days 00:00:00.000001"),
        ("'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "UUID", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    ],
)
def test_cast_as_string_keeps(run: Run, value: str, type_: str, expected: str) -> None:
    outcome = run(f"""
        g = Graph()
        cast = "CAST({value} AS {type_})"
        printed = "CAST(" + cast + " AS STRING)"
        report(g("RETURN " + printed + ", CAST(" + printed + " AS {type_}) = " + cast))
    """)
    assert outcome.result == [[expected, True]]


def test_negative_intervals_are_printed_but_not_parsed(run: Run) -> None:
    outcome = run("""
        g = Graph()
        interval = "INTERVAL('0 days') - INTERVAL('2 months 3 days 1 microsecond')"
        text_ = g.value(f"RETURN CAST({interval} AS STRING)")
        report(text_, g.error(f"RETURN CAST('{text_}' AS INTERVAL)"))
    """)
    printed, error = outcome.result
    assert printed == "-2 months -3 days -00:00:00.000001"
    assert "parsing interval" in error


def test_only_arrow_keeps_nanoseconds(run: Run) -> None:
    outcome = run("""
        import pyarrow
        import pyarrow.parquet
        g = Graph()
        g("CREATE NODE TABLE T(id INT64 PRIMARY KEY, v TIMESTAMP_NS)")
        nanoseconds = pyarrow.array([1_709_168_523_123_456_789], pyarrow.timestamp("ns"))
        g("COPY T FROM $tab", tab=pyarrow.table({"id": [1], "v": nanoseconds}))
        result = g.connection.execute("MATCH (t:T) RETURN t.v AS v")
        kept = result.get_as_arrow(10)["v"].cast(pyarrow.int64()).to_pylist()
        result.close()
        g("COPY (MATCH (t:T) RETURN t.v AS v) TO 't.parquet'")
        report(
            kept,
            g("MATCH (t:T) RETURN t.v, CAST(t.v AS STRING), CAST(CAST(t.v AS STRING) AS TIMESTAMP_NS) = t.v"),
            str(pyarrow.parquet.read_schema("t.parquet").field("v").type),
        )
    """)
    cut = "2024-02-29 01:02:03.123456"
    assert outcome.result == [[1_709_168_523_123_456_789], [[cut, cut, False]], "timestamp[us]"]


def test_cast_as_string_keeps_six_digits_of_a_double(run: Run) -> None:
    outcome = run("""
        report(Graph().value("RETURN CAST(0.1234567890123 AS STRING)"))
    """)
    assert outcome.result == "0.123457"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("[NULL, 'a']", "['', 'a']"),
        ("['a,b']", "['a', 'b']"),
        ("{a: 'x, b: y', b: 'z'}", "{a: 'x', b: 'y, b: z'}"),
        (
            "CAST(union_value(n := 1) AS UNION(n INT64, m INT64))",
            "CAST(union_value(m := 1) AS UNION(n INT64, m INT64))",
        ),
    ],
)
def test_cast_as_string_makes_different_values_alike(run: Run, one: str, other: str) -> None:
    outcome = run(f"""
        g = Graph()
        report(g("RETURN CAST({one} AS STRING) AS one, CAST({other} AS STRING) AS other"))
    """)
    one_text, other_text = outcome.result[0]
    assert one_text == other_text


@pytest.mark.parametrize(
    ("value", "wrong"), [("-0.001 AS DECIMAL(18, 3)", "0.0-1"), ("-0.05 AS DECIMAL(18, 2)", "0.-5")]
)
def test_small_negative_decimals_are_printed_wrongly_and_raise_in_python(
    run: Run, value: str, wrong: str
) -> None:
    outcome = run(f"""
        import decimal
        g = Graph()
        value = "CAST({value})"
        case = "CASE WHEN v < 0 THEN '-' + CAST(-v AS STRING) ELSE CAST(v AS STRING) END"
        try:
            g("RETURN " + value)
            raised = False
        except decimal.InvalidOperation:
            raised = True
        printed = g.value("RETURN CAST(" + value + " AS STRING)")
        report(printed, g.value("WITH " + value + " AS v RETURN " + case), raised)
    """)
    assert outcome.result == [wrong, value.partition(" ")[0], True]


def test_union_by_value_loses_its_member_and_union_tag_tells(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE NODE TABLE T(id INT64 PRIMARY KEY, v UNION(n INT64, m INT64))")
        g("CREATE (:T {id: 1, v: union_value(n := 1)}), (:T {id: 2, v: union_value(m := 1)})")
        report(g("MATCH (t:T) RETURN t.v, union_tag(t.v) ORDER BY t.id"))
    """)
    assert outcome.result == [[1, "n"], [1, "m"]]


@pytest.mark.parametrize(
    ("type_", "value", "expected"),
    [
        ("STRUCT(a INT64, b STRING[])", "{a: 1, b: ['', 'x,y']}", {"a": 1, "b": ["", "x,y"]}),
        ("MAP(STRING, INT64)", "map(['k'], [1])", {"k": 1}),
        ("FLOAT[3]", "[1.0, 2.0, 3.0]", [1.0, 2.0, 3.0]),
        ("STRUCT(a INT64)[]", "[NULL, {a: 1}]", [None, {"a": 1}]),
        ("INT128", "CAST('170141183460469231731687303715884105727' AS INT128)", str(2**127 - 1)),
        ("DECIMAL(18, 3)", "CAST(-1.5 AS DECIMAL(18, 3))", "-1.500"),
    ],
)
def test_python_values_are_right_with_null_before_and_between(
    run: Run, type_: str, value: str, expected: object
) -> None:
    outcome = run(f"""
        g = Graph()
        g("CREATE NODE TABLE T(id INT64 PRIMARY KEY, v {type_})")
        for i, value in enumerate(["NULL", {value!r}, "NULL", {value!r}]):
            g(f"CREATE (:T {{{{id: {{i}}, v: {{value}}}}}})")
        g("CHECKPOINT")
        report(g.column("MATCH (t:T) RETURN t.v ORDER BY t.id"))
    """)
    assert outcome.result == [None, expected, None, expected]


def test_doubles_come_back_from_python_values_bit_for_bit(run: Run) -> None:
    outcome = run("""
        g = Graph()
        g("CREATE NODE TABLE T(id INT64 PRIMARY KEY, v DOUBLE)")
        values = [1.7976931348623157e308, 5e-324, -0.0, 0.1, float("inf"), float("-inf"), float("nan")]
        for i, value in enumerate(values):
            g("CREATE (:T {id: $i, v: $v})", i=i, v=value)
        g("CHECKPOINT")
        report([value.hex() for value in g.column("MATCH (t:T) RETURN t.v ORDER BY t.id")])
    """)
    values = [1.7976931348623157e308, 5e-324, -0.0, 0.1, math.inf, -math.inf, math.nan]
    assert outcome.result == [value.hex() for value in values]


def test_a_result_larger_than_the_buffer_pool_fails(run: Run) -> None:
    outcome = run("""
        g = Graph()
        report(g.error("UNWIND range(1, 2000000) AS i RETURN i, i + 1, i + 2, CAST(i AS STRING)"))
    """)
    assert "buffer" in outcome.result.lower()


def test_order_by_does_not_spill(run: Run) -> None:
    outcome = run("""
        g = Graph()
        rows = "UNWIND range(1, 3000000) AS i RETURN -i AS j, i AS k ORDER BY j"
        report(g.error(f"COPY ({rows}) TO 't.parquet'"))
    """)
    assert "buffer" in outcome.result.lower()
