"""Why DOWN copies and does not SET, and names what it joins by (docs/decisions/0007)."""

from __future__ import annotations

import pytest

from tests.engine.conftest import Run

ROWS = 2_000
LISTS = {
    "STRING[][]": "[[CAST(i AS STRING), 'x'], [], NULL]",
    "MAP(STRING, INT64)": "map([CAST(i AS STRING)], [i])",
    "STRUCT(a INT64)[]": "[{a: i}, {a: 2}]",
}


@pytest.mark.parametrize("type_", LISTS)
@pytest.mark.parametrize(("how", "kept"), [("SET", False), ("COPY", True)])
def test_a_nested_list_that_is_set_is_lost_at_the_checkpoint(
    run: Run, type_: str, how: str, *, kept: bool
) -> None:
    outcome = run(f"""
        g = Graph()
        g("CREATE NODE TABLE H(id INT64 PRIMARY KEY, v {type_})")
        g("COPY H FROM (UNWIND range(1, {ROWS}) AS i RETURN i, {LISTS[type_]} AS v)")
        if {how!r} == "SET":
            g("CREATE NODE TABLE T(id INT64 PRIMARY KEY)")
            g("COPY T FROM (UNWIND range(1, {ROWS}) AS i RETURN i)")
            g("ALTER TABLE T ADD v {type_}", "MATCH (h:H), (t:T) WHERE h.id = t.id SET t.v = h.v")
        else:
            g("CREATE NODE TABLE S(id INT64 PRIMARY KEY)")
            g("COPY S FROM (UNWIND range(1, {ROWS}) AS i RETURN i)")
            g("CREATE NODE TABLE T(id INT64 PRIMARY KEY, v {type_})")
            g("COPY T FROM (MATCH (s:S) OPTIONAL MATCH (h:H) WHERE h.id = s.id RETURN s.id, h.v)")
        same = "MATCH (h:H), (t:T) WHERE h.id = t.id AND hash(h.v) = hash(t.v) RETURN count(*)"
        before = g.value(same)
        g("CHECKPOINT")
        report([before, g.value(same)])
    """)
    before, after = outcome.result
    assert before == ROWS
    assert (after == ROWS) is kept


JOINS = {
    "a column": ("MATCH (a:A) OPTIONAL MATCH (b:B) WHERE b.k = a.k", True),
    "a variable": (
        "MATCH (a:A) WITH a, CAST(a.id AS INT64) AS key OPTIONAL MATCH (b:B) WHERE b.k = key",
        True,
    ),
    "an expression": ("MATCH (a:A), (b:B) WHERE b.k = offset(id(a))", False),
    "a SERIAL and an INT64": ("MATCH (a:A), (b:B) WHERE b.k = a.id", False),
}


@pytest.mark.parametrize("by", JOINS)
def test_a_join_is_by_hash_on_columns_and_variables_only(run: Run, by: str) -> None:
    query, by_hash = JOINS[by]
    outcome = run(f"""
        g = Graph()
        for table in "AB":
            g(f"CREATE NODE TABLE {{table}}(id SERIAL PRIMARY KEY, k INT64)")
            g(f"COPY {{table}}(k) FROM (UNWIND range(0, 999) AS i RETURN i)")
        plan = str(g("EXPLAIN {query} RETURN count(*)"))
        report(["HASH_JOIN" in plan, g.value("{query} RETURN count(*)")])
    """)
    assert outcome.result == [by_hash, 1000]


def test_a_hash_takes_null_and_nan_for_values(run: Run) -> None:
    outcome = run("""
        g = Graph()
        nan = "CAST('nan' AS DOUBLE)"
        null = "CAST(NULL AS STRING)"
        report([g.value(f"RETURN hash({one}) = hash({one})") for one in (nan, null)])
    """)
    assert outcome.result == [True, True]
