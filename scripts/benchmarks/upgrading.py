"""kuzuvcs upgrade beside the engines' own EXPORT and IMPORT, on a database of 36 tables, as LSQB has.

11 node tables with INT64 keys that leave gaps, 25 rel tables between them; most rows are comments, and who
likes, knows and replies to what.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from scripts.benchmarks.comparison import Step
from scripts.benchmarks.measure import folder_bytes, kuzuvcs, measure, stock

_NODES: dict[str, float] = {
    "Continent": 0.000005, "Country": 0.0001, "City": 0.001, "Company": 0.001, "University": 0.004,
    "TagClass": 0.00005, "Tag": 0.012, "Person": 0.012, "Forum": 0.03, "Post": 0.09, "Comment": 0.16,
}  # fmt: skip
"""Node tables, and what part of all rows each has."""

_RELS: tuple[tuple[str, str, str, float], ...] = (
    ("Country_isPartOf", "Country", "Continent", 0.0001),
    ("City_isPartOf", "City", "Country", 0.001),
    ("Company_isLocatedIn", "Company", "Country", 0.001),
    ("University_isLocatedIn", "University", "City", 0.004),
    ("Person_isLocatedIn", "Person", "City", 0.012),
    ("Post_isLocatedIn", "Post", "Country", 0.09),
    ("Comment_isLocatedIn", "Comment", "Country", 0.1),
    ("Tag_hasType", "Tag", "TagClass", 0.012),
    ("TagClass_isSubclassOf", "TagClass", "TagClass", 0.00005),
    ("Person_studyAt", "Person", "University", 0.008),
    ("Person_workAt", "Person", "Company", 0.02),
    ("Person_hasInterest", "Person", "Tag", 0.05),
    ("Person_knows", "Person", "Person", 0.08),
    ("Forum_hasModerator", "Forum", "Person", 0.03),
    ("Forum_hasMember", "Forum", "Person", 0.06),
    ("Forum_hasTag", "Forum", "Tag", 0.04),
    ("Forum_containerOf", "Forum", "Post", 0.05),
    ("Post_hasCreator", "Post", "Person", 0.02),
    ("Post_hasTag", "Post", "Tag", 0.01),
    ("Comment_hasCreator", "Comment", "Person", 0.02),
    ("Comment_hasTag", "Comment", "Tag", 0.02),
    ("Comment_replyOfPost", "Comment", "Post", 0.02),
    ("Comment_replyOfComment", "Comment", "Comment", 0.015),
    ("Person_likesPost", "Person", "Post", 0.012),
    ("Person_likesComment", "Person", "Comment", 0.01),
)
"""Rel tables: name, from, to, and what part of all rows each has."""

TABLES = len(_NODES) + len(_RELS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """Both ways of one run on one database."""

    rows: int
    database: int
    stock: tuple[Step, ...]
    kuzuvcs: Step


def upgrades(rows: int, work: Path) -> Upgrade:
    """Build a database of some ``rows`` below ``work`` and take it to ladybug both ways."""
    database = work / "lsqb.kuzu"
    made = build_tables(rows, database, work)
    folder, imported, target = work / "plain", work / "imported.lbug", work / "upgraded.lbug"
    exporting = measure(stock("plain", str(database), str(folder)))
    exported = Step(name="kuzu EXPORT DATABASE", cost=exporting, size=folder_bytes(folder))
    importing = measure(stock("import", str(imported), str(folder), "ladybug"))
    cost = measure(kuzuvcs("upgrade", str(database), str(target), "--engine", "ladybug", "--json"))
    counted = json.loads(cost.output)["tables"]
    assert (len(counted), sum(table["rows"] for table in counted)) == (TABLES, made)
    return Upgrade(
        rows=made,
        database=folder_bytes(database),
        stock=(
            exported,
            Step(name="ladybug IMPORT DATABASE", cost=importing, size=folder_bytes(imported)),
        ),
        kuzuvcs=Step(name="kuzuvcs upgrade, every value verified", cost=cost, size=folder_bytes(target)),
    )


def build_tables(rows: int, database: Path, work: Path) -> int:
    """Make the database at ``database``; how many rows it has."""
    counts = {name: max(2, int(rows * part)) for name, part in _NODES.items()}
    statements, files, total = [], [], 0
    for number, (name, count) in enumerate(counts.items()):
        statements.append(
            f"CREATE NODE TABLE {name}"
            "(id INT64, name STRING, created TIMESTAMP, length INT32, PRIMARY KEY(id))"
        )
        files.append((name, _nodes(number, count)))
    for number, (name, source, target, part) in enumerate(_RELS, start=100):
        statements.append(f"CREATE REL TABLE {name}(FROM {source} TO {target}, created DATE)")
        edges = max(1, int(rows * part))
        files.append((name, _edges(number, edges, counts[source], counts[target])))
    for name, table in files:
        path = work / f"{name}.parquet"
        pq.write_table(table, path)
        statements.append(f"COPY {name} FROM '{path}'")
        total += table.num_rows
    measure(stock("execute", str(database), *statements))
    for name, _ in files:
        (work / f"{name}.parquet").unlink()
    return total


def _nodes(seed: int, count: int) -> pa.Table:
    draw = np.random.default_rng(seed)
    numbers = np.arange(count, dtype=np.int64)
    moments = pa.array(draw.integers(0, 2**50, count)).cast(pa.timestamp("us"))
    names = pa.array([f"name {value:x}" for value in draw.integers(0, 2**40, count).tolist()])
    length = pa.array(draw.integers(0, 2000, count).astype(np.int32), mask=draw.random(count) < 0.1)
    return pa.table({"id": _key(numbers), "name": names, "created": moments, "length": length})


def _edges(seed: int, count: int, sources: int, targets: int) -> pa.Table:
    draw = np.random.default_rng(seed)
    days = pa.array(draw.integers(0, 20_000, count).astype(np.int32)).cast(pa.date32())
    return pa.table(
        {
            "from": _key(draw.integers(0, sources, count)),
            "to": _key(draw.integers(0, targets, count)),
            "created": days,
        }
    )


def _key(numbers: np.typing.NDArray[np.int64]) -> np.typing.NDArray[np.int64]:
    """Keys with gaps, in no order of their numbers."""
    return numbers * 1_048_583 % 2**40
