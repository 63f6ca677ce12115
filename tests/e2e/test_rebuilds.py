"""Changes that need a table to be rebuilt, with data: generated, proven, run up and down, compared by value."""

from __future__ import annotations

import pytest

from kuzuvcs.errors import CastRefused, UnsupportedChange, UsageError
from tests.e2e.conftest import Application

BASE = (
    "CREATE NODE TABLE A(id INT64 PRIMARY KEY, x STRING, y INT32 DEFAULT 7, d DOUBLE)",
    "CREATE NODE TABLE B(id INT64 PRIMARY KEY, u INT64)",
    "CREATE REL TABLE R(FROM A TO B, FROM B TO B, FROM A TO A, w INT32)",
    "CREATE REL TABLE S(FROM B TO A, MANY_ONE)",
)
ROWS = (
    "UNWIND range(1, 20) AS i CREATE (:A {id: i, x: CAST(3 * i AS STRING), d: i / 3.0})",
    "MATCH (a:A) WHERE a.id % 5 = 0 SET a.x = NULL, a.y = NULL, a.d = NULL",
    "UNWIND range(1, 20) AS i CREATE (:B {id: i, u: 3 * i})",
    "MATCH (a:A), (b:B) WHERE a.id = b.id CREATE (a)-[:R {w: 1}]->(b), (a)-[:R {w: 1}]->(b)",
    "MATCH (a:B), (b:B) WHERE a.id + 1 = b.id CREATE (a)-[:R]->(b), (a)-[:R {w: 5}]->(b)",
    "MATCH (a:A) WHERE a.id < 9 CREATE (a)-[:R {w: 2}]->(a)",
    "MATCH (b:B), (a:A) WHERE a.id = 4 CREATE (b)-[:S]->(a)",
)
INDEX = ("CALL CREATE_FTS_INDEX('A', 'words', ['x'], stemmer := 'porter')",)

A = "id INT64 PRIMARY KEY, x STRING, y INT32 DEFAULT 7, d DOUBLE"
B = "id INT64 PRIMARY KEY, u INT64"
R = "FROM A TO B, FROM B TO B, FROM A TO A, w INT32"
S = "FROM B TO A, MANY_ONE"

DECLARED = {"A": A, "B": B, "R": R, "S": S}

KINDS: dict[str, dict[str, str]] = {
    "wider type": {"A": "id INT64 PRIMARY KEY, x STRING, y INT64 DEFAULT 7, d DOUBLE"},
    "text to number": {"A": "id INT64 PRIMARY KEY, x INT16, y INT32 DEFAULT 7, d DOUBLE"},
    "number to text": {"A": "id INT64 PRIMARY KEY, x STRING, y STRING DEFAULT '7', d DOUBLE"},
    "scalar to list": {"A": "id INT64 PRIMARY KEY, x STRING[], y INT32 DEFAULT 7, d DOUBLE"},
    "default": {"A": "id INT64 PRIMARY KEY, x STRING, y INT32 DEFAULT 8, d DOUBLE"},
    "no default": {"A": "id INT64 PRIMARY KEY, x STRING, y INT32, d DOUBLE"},
    "type of the key": {"A": "id STRING PRIMARY KEY, x STRING, y INT32 DEFAULT 7, d DOUBLE"},
    "types of both keys": {
        "A": "id STRING PRIMARY KEY, x STRING, y INT32 DEFAULT 7, d DOUBLE",
        "B": "id INT32 PRIMARY KEY, u INT64",
    },
    "another key": {"B": "id INT64, u INT64 PRIMARY KEY"},
    "type of an edge's property": {"R": "FROM A TO B, FROM B TO B, FROM A TO A, w INT64"},
    "multiplicity": {"S": "FROM B TO A"},
    "stricter multiplicity": {"S": "FROM B TO A, MANY_ONE", "R": R},
    "storage direction": {"R": R + ") WITH (storage_direction='fwd'"},
    "key becomes SERIAL": {"B": "id SERIAL PRIMARY KEY, u INT64"},
    "SERIAL column": {"B": "id INT64 PRIMARY KEY, u INT64, n SERIAL"},
    "all at once": {
        "A": "id STRING PRIMARY KEY, x INT64, y INT64 DEFAULT 9, d DOUBLE, more BOOL DEFAULT true",
        "B": "id INT64, u INT64 PRIMARY KEY",
        "R": "FROM A TO B, FROM B TO B, FROM A TO A, w INT64, ONE_MANY) WITH (storage_direction='fwd'",
        "S": "FROM B TO A",
    },
}
del KINDS["stricter multiplicity"]
KINDS["all at once"]["R"] = "FROM A TO B, FROM B TO B, FROM A TO A, w INT64) WITH (storage_direction='fwd'"

KEEP = ["A.x:x", "A.y:y", "A.id:id", "A.d:d", "B.id:id", "B.u:u", "R.w:w"]


def declare(changed: dict[str, str]) -> tuple[str, ...]:
    tables = {**DECLARED, **changed}
    return tuple(
        f"CREATE {'NODE' if name in 'AB' else 'REL'} TABLE {name}({text})" for name, text in tables.items()
    )


@pytest.mark.parametrize("content", ["empty", "rows", "rows and an index"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_rebuild_is_proven_and_leads_back_with_its_data(
    application: Application, kind: str, content: str
) -> None:
    indexed = INDEX if content == "rows and an index" and "x INT" not in str(KINDS[kind]) else ()
    if "STRING[]" in str(KINDS[kind]):
        indexed = ()
    repository = application.repository
    application.run(*BASE, *(ROWS if content != "empty" else ()), *indexed)
    repository.snapshot()
    application.database.unlink()
    application.run(*declare(KINDS[kind]), *indexed)
    repository.snapshot()
    script = repository.generate("v1", "v2", no_renames=True)
    assert script.proof is not None
    repository.checkout("v1", discard=True)
    application.run(*script.up)
    assert repository.snapshot("up").schema_digest == repository.show("v2").summary.schema_digest
    application.run(*script.down)
    after = repository.snapshot("down")
    assert after.schema_digest == repository.show("v1").summary.schema_digest
    changed = [row for row in repository.diff("v1", after.version).rows if row.data]
    assert not changed
