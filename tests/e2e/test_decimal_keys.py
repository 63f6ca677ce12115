"""COPY refuses a table whose key is a DECIMAL; a version of one is restored all the same."""

from __future__ import annotations

from tests.e2e.conftest import Application


def test_a_decimal_key_is_restored_with_its_edges(application: Application) -> None:
    application.run(
        "CREATE NODE TABLE Price(amount DECIMAL(9, 2) PRIMARY KEY, code UUID, big INT128, wait INTERVAL, "
        "tags STRING[], place STRUCT(x INT64, y STRING))",
        "CREATE REL TABLE Next(FROM Price TO Price, note STRING)",
        "CREATE (:Price {amount: CAST('-0.01' AS DECIMAL(9, 2)), "
        "code: uuid('00000000-0000-0000-0000-000000000005'), "
        "big: CAST('-170141183460469231731687303715884105727' AS INT128), "
        "wait: to_months(-5), tags: ['', NULL], place: {x: 1, y: ''}})",
        "CREATE (:Price {amount: CAST('7.25' AS DECIMAL(9, 2))})",
        "MATCH (a:Price), (b:Price) WHERE a.amount < b.amount "
        "CREATE (a)-[:Next {note: 'x'}]->(b), (a)-[:Next]->(b)",
    )
    first = application.repository.snapshot()
    application.repository.checkout("v1")
    assert not application.repository.snapshot().changed
    assert {table.name: table.rows for table in first.tables} == {"Price": 2, "Next": 2}
