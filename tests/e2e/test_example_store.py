"""The format's fixture: a store that an earlier release wrote is read, verified and restored."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from kuzuvcs.core.manifest import manifest_from_json
from kuzuvcs.repository import Repository
from kuzuvcs.store import Store
from tests.e2e.conftest import run_cypher

BUNDLE = Path(__file__).parents[2] / "snapshots" / "example.bundle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What was written down of a version on the day that it was made."""

    schema: str
    content: str
    data: str
    rows: dict[str, int]


RECORDED = {
    "v1": Recorded(
        schema="d5724210a12f498c6555a42328508271ba0abae107bd4c0bf3d502e553291962",
        content="9580745b2dbf72da954ab9d9eced7f8cd7bbf80a6d60c5299c5b51d1ed9b9f7d",
        data="6b7bc53f1d0b691c13da82fd8a401afd55e78e0d",
        rows={
            "City.parquet": 3,
            "Knows/Person/Person.parquet": 3,
            "LivesIn/Person/City.parquet": 1,
            "Person.parquet": 4,
        },
    ),
    "v2": Recorded(
        schema="0a232946c32c858e3a7564181f1ae38cc36ac6b45e2a2102424aaf8f2fa17894",
        content="e6831e0f64640456e356810f2ce407a86f454e588182dec23f84e2bd65fb45c3",
        data="e604de63e02e697426c68d631e8831bd720b484b",
        rows={
            "City.parquet": 3,
            "Knows/Person/Person.parquet": 3,
            "LivesIn/Person/City.parquet": 1,
            "Measure.parquet": 2,
            "Person.parquet": 4,
        },
    ),
    "v3": Recorded(
        schema="6d55eaa55dfe5f2d726f8ad89877dd44d44ce188172bf2f29ed2396543dd9739",
        content="7d68f3b56acbb628b04262cfbf35afbf5d2b996ebf9e351096a4d33d939f28fa",
        data="1b541c7ae1392b92f0d0111e839ef1e35fb45f93",
        rows={
            "City.parquet": 3,
            "Contact.parquet": 4,
            "Knows/Contact/City.parquet": 1,
            "Knows/Contact/Contact.parquet": 3,
            "LivesIn/Contact/City.parquet": 1,
            "Measure.parquet": 2,
        },
    ),
}


@pytest.fixture
def example(tmp_path: Path) -> Repository:
    """A project whose store is a clone of the bundle, and whose database is not there yet."""
    clone = ["git", "clone", "--quiet", "--bare", str(BUNDLE), str(tmp_path / "snapshots")]
    subprocess.run(clone, check=True)
    (tmp_path / "kuzuvcs.toml").write_text('database = "example.kuzu"\n', encoding="utf-8")
    return Repository.open(tmp_path)


def test_every_version_is_what_was_recorded_of_it(example: Repository) -> None:
    store = Store.open(example.project.store)
    found = {}
    for version in store.versions():
        manifest = manifest_from_json(store.read(version.commit, "manifest.json").decode())
        assert manifest.warnings == ()
        found[version.name] = Recorded(
            schema=manifest.schema_digest,
            content=manifest.content_digest,
            data=store.tree(version.commit, "data") or "",
            rows={file.path.removeprefix("data/"): file.rows for file in manifest.files},
        )
    assert found == RECORDED
    store.verify_objects()


@pytest.mark.parametrize("version", RECORDED)
def test_every_version_verifies(example: Repository, version: str) -> None:
    verified = example.verify(version)
    assert verified.ok, verified.tables
    assert len(verified.tables) == len(RECORDED[version].rows)


@pytest.mark.parametrize("version", RECORDED)
def test_every_version_restores_to_the_same_version(example: Repository, version: str) -> None:
    example.checkout(version)
    again = example.snapshot("captured again")
    assert again.changed is (version != "v3")  # v3 is the head
    assert example.show(again.version).manifest.content_digest == RECORDED[version].content


def test_the_values_are_those_that_the_application_stored(example: Repository) -> None:
    example.checkout("v3")
    database = example.project.database
    assert run_cypher(database, "MATCH (c:Contact) RETURN c.id, c.name, c.born, c.tags ORDER BY c.id") == [
        [0, "Ada", date(1815, 12, 10), ["maths", "", "engines"]],
        [1, "Grace", date(1906, 12, 9), []],
        [3, None, date(1, 1, 1), ["it's"]],
        [4, "Emmy 🌍", date(1882, 3, 23), ["algebra"]],
    ]
    assert run_cypher(
        database,
        "MATCH (m:Measure) WHERE m.exact IS NOT NULL "
        "RETURN m.exact = CAST('-0.005' AS DECIMAL(18, 3)), "
        "m.large, m.wait, m.place, m.vector, m.parts, m.raw",
    ) == [
        [
            True,  # the engine's Python API cannot give a decimal between -0.1 and 0
            2**127 - 1,
            timedelta(days=33, microseconds=5),  # how the engine's Python API gives one month and three days
            {"x": -0.5, "label": "left"},
            [1.0, -2.5, 0.0],
            {"a": 1, "b": None},
            b"\x00\xff",
        ]
    ]
    edges = "MATCH (a:Contact)-[k:Knows]->(b:Contact) RETURN a.id, b.id, k.note"
    assert sorted(run_cypher(database, edges), key=str) == [[0, 1, "again"], [0, 1, None], [4, 4, "herself"]]
    assert run_cypher(database, "RETURN nextval('ticket')") == [[110]]
    assert run_cypher(database, "CREATE (c:Contact {name: 'next'}) RETURN c.id") == [[5]]


def test_stock_git_and_tar_give_a_parquet_file(example: Repository, tmp_path: Path) -> None:
    command = 'git -C snapshots archive v3:data/City.parquet | tar -xO > "$0"'
    file = tmp_path / "City.parquet"
    subprocess.run(["sh", "-euc", command, str(file)], cwd=example.project.root, check=True)
    rows = duckdb.read_parquet(str(file)).order("name").fetchall()
    assert duckdb.read_parquet(str(file)).columns == ["name", "country", "inhabitants"]
    assert rows == [("Ulm", "Germany", 128928), ("Ys", None, 0), ("Zürich", "Switzerland", 447082)]
