"""Values that a CHECKPOINT changes or cannot store; without compression most of them survive."""

from __future__ import annotations

import pytest

from tests.engine.conftest import Run

MINIMA = {"INT8": -(2**7), "INT16": -(2**15), "INT32": -(2**31), "INT64": -(2**63)}


@pytest.mark.parametrize("type_", list(MINIMA))
@pytest.mark.parametrize(("compression", "kept"), [(True, False), (False, True)])
def test_the_minimum_beside_small_values_becomes_0(
    run: Run, type_: str, *, compression: bool, kept: bool
) -> None:
    minimum = MINIMA[type_]
    outcome = run(f"""
        g = Graph(compression={compression})
        g("CREATE NODE TABLE T(id INT64 PRIMARY KEY, v {type_}, l {type_}[])")
        g("CREATE (:T {{id: 1, v: {minimum}, l: [{minimum}, 7]}}), (:T {{id: 2, v: 5, l: [6]}})")
        g("CHECKPOINT")
        report(g("MATCH (t:T) RETURN t.v, t.l ORDER BY t.id"))
    """)
    read = minimum if kept else 0
    assert outcome.result == [[read, [read, 7]], [5, [6]]]


def test_the_minimum_becomes_0_in_keys_and_on_edges(run: Run) -> None:
    outcome = run(f"""
        g = Graph()
        g("CREATE NODE TABLE T(id INT64 PRIMARY KEY)", "CREATE REL TABLE R(FROM T TO T, v INT64)")
        g("CREATE (a:T {{id: {MINIMA["INT64"]}}}), (b:T {{id: 1}})")
        g("MATCH (a:T {{id: 1}}) CREATE (a)-[:R {{v: {MINIMA["INT64"]}}}]->(a), (a)-[:R {{v: 5}}]->(a)")
        g("CHECKPOINT")
        report(sorted(g.column("MATCH (t:T) RETURN t.id")), sorted(g.column("MATCH ()-[r:R]->() RETURN r.v")))
    """)
    assert outcome.result == [[0, 1], [0, 5]]


@pytest.mark.parametrize("values", ["-9223372036854775808", "-9223372036854775808, 9223372036854775807"])
def test_the_minimum_alone_or_beside_the_maximum_is_kept(run: Run, values: str) -> None:
    outcome = run(f"""
        g = Graph()
        g("CREATE NODE TABLE T(id SERIAL PRIMARY KEY, v INT64)")
        g("UNWIND [{values}] AS v CREATE (:T {{v: v}})", "CHECKPOINT")
        report(g.column("MATCH (t:T) RETURN t.v"))
    """)
    assert outcome.result == [int(value) for value in values.split(", ")]


@pytest.mark.parametrize(
    ("type_", "extreme", "other"),
    [
        ("UUID", "00000000-0000-0000-0000-000000000000", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        ("INT128", "-170141183460469231731687303715884105728", "5"),
    ],
)
@pytest.mark.parametrize("compression", [True, False])
def test_what_cannot_be_compressed_fails_checkpoint_and_stays_in_the_wal(
    run: Run, type_: str, extreme: str, other: str, *, compression: bool
) -> None:
    outcome = run(f"""
        g = Graph(compression={compression})
        g("CREATE NODE TABLE T(id INT64 PRIMARY KEY, v {type_})")
        for id_, value in enumerate(["{extreme}", "{other}"]):
            g("CREATE (:T {{id: $id, v: CAST($v AS {type_})}})", id=id_, v=value)
        error = g.error("CHECKPOINT")
        g.reopen()
        report(error, Path("g.db.wal").exists(), g.column("MATCH (t:T) RETURN t.v"))
    """)
    error, wal, values = outcome.result
    assert (error, wal) == (
        ("INT128 is out of range: cannot negate INT128_MIN", True) if compression else (None, False)
    )
    assert values == [extreme, other]


@pytest.mark.parametrize("compression", [True, False])
def test_nan_on_the_first_edge_makes_the_whole_column_nan(run: Run, *, compression: bool) -> None:
    outcome = run(f"""
        import math
        g = Graph(compression={compression})
        g("CREATE NODE TABLE T(id INT64 PRIMARY KEY, v DOUBLE)", "CREATE REL TABLE R(FROM T TO T, v DOUBLE)")
        for id_, value in enumerate([math.nan, 1.5, 2.5]):
            g("CREATE (t:T {{id: $id, v: $v}}) CREATE (t)-[:R {{v: $v}}]->(t)", id=id_, v=value)
        g("CHECKPOINT")
        report([
            [math.isnan(value) for value in g.column(query)]
            for query in ("MATCH (t:T) RETURN t.v", "MATCH ()-[r:R]->() RETURN r.v")
        ])
    """)
    assert outcome.result == [[True, False, False], [True, True, True]]
