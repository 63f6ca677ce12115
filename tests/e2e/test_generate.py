"""Scripts for real pairs of versions: what is made, what is refused by name, and what the proof is worth."""

from __future__ import annotations

import pytest

from kuzuvcs.errors import UsageError
from tests.e2e.conftest import Application

BASE = (
    "CREATE NODE TABLE A(id INT64 PRIMARY KEY, x STRING, y INT64 DEFAULT 7)",
    "CREATE NODE TABLE B(id INT64 PRIMARY KEY, u INT64)",
    "CREATE REL TABLE R(FROM A TO B, FROM B TO B, w DOUBLE)",
    "UNWIND range(1, 20) AS i CREATE (:A {id: i, x: 'text ' + CAST(i AS STRING)})",
    "UNWIND range(1, 20) AS i CREATE (:B {id: i, u: 3 * i})",
    "MATCH (a:A), (b:B) WHERE a.id = b.id CREATE (a)-[:R {w: 1.5}]->(b)",
    "MATCH (a:B), (b:B) WHERE a.id + 1 = b.id CREATE (a)-[:R]->(b), (a)-[:R]->(b)",
)

MADE = {
    "node table": ("CREATE NODE TABLE C(id STRING PRIMARY KEY, v DECIMAL(9, 2) DEFAULT -0.01)",),
    "rel table": ("CREATE REL TABLE S(FROM A TO A, since DATE, MANY_ONE)",),
    "columns": ("ALTER TABLE A ADD z INT64[] DEFAULT [1, -2]", "ALTER TABLE R ADD note STRING"),
    "dropped column": ("ALTER TABLE A DROP x", "CHECKPOINT"),
    "dropped connection": ("ALTER TABLE R DROP FROM B TO B",),
    "added connection": ("ALTER TABLE R ADD FROM B TO A",),
    "dropped rel table": ("DROP TABLE R",),
    "dropped web": ("DROP TABLE R", "DROP TABLE B"),
    "renames": (
        "ALTER TABLE A RENAME TO Alpha",
        "ALTER TABLE Alpha RENAME x TO text",
        "ALTER TABLE R RENAME w TO weight",
    ),
    "swapped tables": (
        "ALTER TABLE A RENAME TO T",
        "ALTER TABLE B RENAME TO A",
        "ALTER TABLE T RENAME TO B",
    ),
    "sequence": ("CREATE SEQUENCE s START 3", "ALTER TABLE A ADD n INT64 DEFAULT nextval('s')"),
    "comment": ("COMMENT ON TABLE R IS 'the \\'relation\\'\n// of two'",),
    "full-text index": ("CALL CREATE_FTS_INDEX('A', 'words', ['x'], stemmer := 'porter')",),
    "table with a vector index": (
        "CREATE NODE TABLE C(id INT64 PRIMARY KEY, v FLOAT[3])",
        "CALL CREATE_VECTOR_INDEX('C', 'near', 'v', metric := 'l2')",
    ),
    "all at once": (
        "ALTER TABLE A DROP y",
        "CHECKPOINT",
        "ALTER TABLE A RENAME x TO y",
        "ALTER TABLE A ADD x BOOL DEFAULT true",
        "CREATE NODE TABLE C(id INT64 PRIMARY KEY)",
        "ALTER TABLE R ADD FROM C TO A",
        "ALTER TABLE R DROP FROM A TO B",
        "COMMENT ON TABLE A IS 'changed'",
    ),
}


@pytest.mark.parametrize("name", MADE)
def test_a_change_is_made_and_proven(application: Application, name: str) -> None:
    application.run(*BASE)
    repository = application.repository
    repository.snapshot()
    application.run(*MADE[name])
    repository.snapshot()
    script = repository.generate("v1", "v2")
    assert script.path is not None
    assert script.proof is not None
    repository.checkout("v1")
    application.run(*script.up)
    assert repository.snapshot("up").schema_digest == repository.show("v2").summary.schema_digest
    application.undo(script, "v1")
    assert repository.snapshot("down").schema_digest == repository.show("v1").summary.schema_digest


def test_what_is_dropped_is_counted_in_the_script(application: Application) -> None:
    application.run(*BASE)
    application.repository.snapshot()
    application.run("ALTER TABLE R DROP FROM B TO B", "ALTER TABLE A DROP x", "CHECKPOINT")
    application.repository.snapshot()
    script = application.repository.generate("v1", "v2", message="less")
    assert script.path is not None
    text = script.path.read_text()
    assert "drops 38 edges of R from B to B" in text
    assert "drops 20 values of A.x" in text
    assert script.hazards


def test_the_range_goes_on_from_the_last_script(application: Application) -> None:
    application.run("CREATE NODE TABLE A(id INT64 PRIMARY KEY)")
    application.repository.snapshot()
    with pytest.raises(UsageError, match="no version before v1"):
        application.repository.generate()
    application.run("ALTER TABLE A ADD b INT64")
    application.repository.snapshot()
    first = application.repository.generate(message="b")
    application.run("CREATE (:A {id: 1})")
    application.repository.snapshot("only data")
    application.run("ALTER TABLE A ADD c INT64")
    application.repository.snapshot()
    second = application.repository.generate(message="c")
    assert (first.before, first.after) == ("v1", "v2")
    assert second.after == "v4"
    assert [statement for statement in second.up if "ADD" in statement] == ["ALTER TABLE `A` ADD `c` INT64"]
    assert first.path is not None
    assert second.path is not None
    assert first.path.name < second.path.name
