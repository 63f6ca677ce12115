"""One table of six columns, of any number of rows: the same for the same number."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from scripts.benchmarks.measure import measure, stock


def build_table(rows: int, database: Path, work: Path) -> None:
    """Generate the table ``T`` and load it into a new database at ``database``."""
    rng = np.random.default_rng(1)
    numbers = np.arange(rows)
    table = pa.table(
        {
            "id": numbers,
            "name": pa.array([f"name-{n:x}" for n in rng.permutation(rows).tolist()]),
            "email": pa.array([f"{n:016x}@example.org" for n in rng.integers(0, 2**62, rows).tolist()]),
            "number": rng.integers(0, 1_000_000, rows),
            "score": rng.random(rows),
            "born": pa.array(rng.integers(0, 20_000, rows).astype(np.int32)).cast(pa.date32()),
        }
    )
    path = work / "table.parquet"
    pq.write_table(table, path)
    statements = (
        "CREATE NODE TABLE T(id INT64, name STRING, email STRING, number INT64, score DOUBLE, born DATE, "
        "PRIMARY KEY(id))",
        f"COPY T FROM '{path}'",
    )
    measure(stock("execute", str(database), *statements))
    path.unlink()
