"""What ladybug and old kuzu do their own way, each as the file about it says."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from kuzuvcs.core.engine import Engine
from kuzuvcs.engines.client import Worker
from kuzuvcs.engines.dialects import read_catalog
from kuzuvcs.errors import EngineError

LADYBUG = Engine(name="ladybug")


@pytest.fixture
def ladybug(tmp_path: Path) -> Worker:
    """A new database of ladybug, open."""
    worker = Worker()
    worker.open(tmp_path / "g.lbug", read_only=False, engine=LADYBUG)
    return worker


def test_a_table_with_a_dot_in_its_name_cannot_be_asked_in_ladybug(ladybug: Worker) -> None:
    with ladybug as worker:
        worker.execute("CREATE NODE TABLE `a.b`(id INT64 PRIMARY KEY)")
        with pytest.raises(EngineError) as refused:
            worker.execute("MATCH (n:`a.b`) RETURN n.id")
        assert "No database named a" in refused.value.cause


def test_ladybug_tells_no_multiplicity_while_a_rel_table_has_two_connections(
    ladybug: Worker, tmp_path: Path
) -> None:
    """In a transaction of a private copy all but one are dropped, and are there again after it."""
    with ladybug as worker:
        worker.execute("CREATE NODE TABLE A(id INT64 PRIMARY KEY)")
        worker.execute("CREATE REL TABLE R(FROM A TO A, w INT64, MANY_ONE)")
        assert not read_catalog(worker, tmp_path).untold
        worker.execute("CREATE NODE TABLE B(id INT64 PRIMARY KEY)")
        worker.execute("CREATE REL TABLE S(FROM A TO A, FROM A TO B, w INT64, ONE_MANY)")
        worker.execute("CREATE (:A {id: 1})-[:S {w: 2}]->(:B {id: 3})")
        assert read_catalog(worker, tmp_path).untold
        told = read_catalog(worker, tmp_path, private=True)
        assert {one.name: one.multiplicity for one in told.tables if not one.is_node} == {
            "R": "MANY_ONE",
            "S": "ONE_MANY",
        }
        assert worker.execute("MATCH (:A)-[s:S]->(:B) RETURN s.w") == [[2]]
        assert [len(one.connections) for one in told.tables if one.name == "S"] == [2]


def test_ladybug_lists_the_hash_index_of_every_key_and_macros(ladybug: Worker, tmp_path: Path) -> None:
    with ladybug as worker:
        worker.execute("CREATE NODE TABLE A(id INT64 PRIMARY KEY)")
        worker.execute("CREATE MACRO twice(x, y := ';\n') AS x + x")
        assert worker.execute("CALL show_indexes() RETURN index_name, index_type") == [["_PK", "HASH"]]
        catalog = read_catalog(worker, tmp_path)
        assert (catalog.indexes, catalog.indexes_not_loaded) == ((), ())
        [macro] = catalog.macros
        assert (macro.name, macro.parameters) == ("TWICE", (("x", None), ("y", "';\n'")))


def test_uuids_of_ladybug_come_as_their_bytes(ladybug: Worker, tmp_path: Path) -> None:
    """Of an extension type, which the child takes off: in lists, too."""
    with ladybug as worker:
        uuid = "uuid('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11')"
        worker.fetch(f"RETURN {uuid} AS one, [{uuid}, NULL] AS some", tmp_path / "rows.arrow")
    with pa.memory_map(str(tmp_path / "rows.arrow")) as source:
        schema = pa.ipc.open_file(source).schema
    assert schema.field("one").type == pa.binary(16)
    assert schema.field("some").type.value_type == pa.binary(16)


def test_explaining_an_export_makes_its_folder(tmp_path: Path) -> None:
    """So that files of Cypher are never explained whole (``kuzuvcs upgrade --check``)."""
    with Worker() as worker:
        worker.open(tmp_path / "g.kuzu", read_only=False)
        worker.execute(f"EXPLAIN EXPORT DATABASE '{tmp_path / 'plain'}'", outside=True)
    assert (tmp_path / "plain").is_dir()


@pytest.mark.slow
@pytest.mark.parametrize("release", ["0.8.2", "0.10.1"])
def test_a_key_that_is_renamed_is_none_to_table_info_of_old_kuzu(release: str, tmp_path: Path) -> None:
    """Needs the package index."""
    with Worker() as worker:
        worker.open(tmp_path / "old", read_only=False, engine=Engine(name="kuzu", release=release))
        worker.execute("CREATE NODE TABLE A(id INT64, PRIMARY KEY(id))")
        assert worker.execute("CALL table_info('A') RETURN *")[0][-1] is True
        worker.execute("ALTER TABLE A RENAME id TO key")
        assert worker.execute("CALL table_info('A') RETURN *")[0][-1] is False


@pytest.mark.slow
@pytest.mark.parametrize(("release", "enforced"), [("0.6.1", False), ("0.7.1", True)])
def test_the_multiplicity_of_a_group_of_old_kuzu(release: str, enforced: bool, tmp_path: Path) -> None:
    """Needs the package index.  No text of the engine tells it."""
    with Worker() as worker:
        worker.open(tmp_path / "old", read_only=False, engine=Engine(name="kuzu", release=release))
        worker.execute("CREATE NODE TABLE A(id INT64, PRIMARY KEY(id))")
        worker.execute("CREATE NODE TABLE B(id INT64, PRIMARY KEY(id))")
        worker.execute("CREATE REL TABLE GROUP G(FROM A TO A, FROM A TO B, MANY_ONE)")
        worker.execute("CREATE (:A {id: 1})-[:G_A_B]->(:B {id: 1})")
        second = "MATCH (a:A), (b:B) CREATE (a)-[:G_A_B]->(b)"
        if enforced:
            with pytest.raises(EngineError, match="violates the rel multiplicity constraint"):
                worker.execute(second)
        else:
            worker.execute(second)
        worker.execute(f"EXPORT DATABASE '{tmp_path / 'plain'}'", outside=True)
    text = (tmp_path / "plain" / "schema.cypher").read_text(encoding="utf-8")
    assert "CREATE REL TABLE GROUP G" in text
    assert "MANY_ONE" not in text
