"""The engine's own IMPORT DATABASE loads what ``export`` writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from kuzuvcs.core.engine import Engine, EngineName
from kuzuvcs.repository import Repository
from tests.tasks.building import content, run

NODES = ("CREATE NODE TABLE User(id INT64 PRIMARY KEY, `from` STRING, `To` STRING)",)
ROWS = (
    "CREATE (:User {id: 1, `from`: 'Rome', `To`: 'Oslo'}), (:User {id: 2}), (:User {id: 3})",
    "MATCH (a:User {id: 1}), (b:User {id: 2}) CREATE (a)-[:Knows {EDGE}]->(b)",
    "MATCH (a:User {id: 3}), (b:User {id: 1}) CREATE (a)-[:Knows]->(b)",
)


@pytest.mark.parametrize("engine", ["kuzu", "ladybug"])
@pytest.mark.parametrize(
    ("properties", "edge"),
    [
        ("`from` STRING DEFAULT 'here', since INT64", "`from`: 'there', since: 5"),
        (
            "`To` INT64, kuzuvcs_property INT64, `FROM` DOUBLE[]",
            "`To`: 4, kuzuvcs_property: 5, `FROM`: [1.5]",
        ),
        ("since INT64, from_ INT64, `t o` INT64", "since: 4, from_: 7, `t o`: 8"),
    ],
)
def test_import_loads_every_name(tmp_path: Path, engine: EngineName, properties: str, edge: str) -> None:
    database, root = tmp_path / "app.kuzu", tmp_path
    rel = f"CREATE REL TABLE Knows(FROM User TO User, {properties})"
    run(database, *NODES, rel, *(row.replace("EDGE", edge) for row in ROWS), engine=Engine(name=engine))
    repository = Repository.init(root, "app.kuzu")
    repository.snapshot()
    exported = repository.export("v1", root / "plain")
    assert exported.warnings == ()
    imported = root / "imported.kuzu"
    run(imported, f"IMPORT DATABASE '{root / 'plain'}'", engine=Engine(name=engine))
    assert content(imported) == content(database)
    repository.checkout("v1", to=root / "again.kuzu")
    assert content(root / "again.kuzu") == content(database)
    imported.replace(database)
    again = repository.snapshot()
    assert (again.version, again.changed) == ("v1", False)


def test_a_type_that_import_cannot_read_is_left_out_under_its_own_name(tmp_path: Path) -> None:
    database = tmp_path / "app.kuzu"
    run(
        database,
        "CREATE NODE TABLE User(id INT64 PRIMARY KEY)",
        "CREATE REL TABLE Knows(FROM User TO User, `from` INTERVAL, `to` INT64)",
        "CREATE (:User {id: 1})-[:Knows {`from`: interval('1 day'), `to`: 6}]->(:User {id: 2})",
    )
    repository = Repository.init(tmp_path, "app.kuzu")
    repository.snapshot()
    [warning] = repository.export("v1", tmp_path / "plain").warnings
    assert ".from is left out" in warning
    imported = tmp_path / "imported.kuzu"
    run(imported, f"IMPORT DATABASE '{tmp_path / 'plain'}'")
    assert run(imported, "MATCH ()-[k:Knows]->() RETURN k.`from` IS NULL, k.`to`") == [[True, 6]]
