"""Whether a Parquet file holds an integer type's minimum, from its statistics alone.

Kuzu's compression reads such a value back as 0 where others are beside it (ENGINE.md); a database built
without compression keeps it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

_WIDTHS = {"INT32": 32, "INT64": 64}
"""Bits of Parquet's physical integers; a logical type may say fewer."""


def holds_minimum(path: Path) -> bool:
    """Whether a signed integer column (a date, a timestamp, a nested one) has its type's minimum."""
    metadata = pq.read_metadata(path)
    minima = [_minimum(metadata.schema.column(leaf)) for leaf in range(metadata.num_columns)]
    return any(
        minimum is not None and _least(metadata.row_group(group).column(leaf)) == minimum
        for leaf, minimum in enumerate(minima)
        for group in range(metadata.num_row_groups)
    )


def _minimum(column: Any) -> int | None:
    width = _WIDTHS.get(column.physical_type)
    if width is None:
        return None
    logical = json.loads(column.logical_type.to_json())
    if logical.get("Type") == "Int":
        if not logical["isSigned"]:
            return None
        width = logical["bitWidth"]
    return -(1 << (width - 1))


def _least(chunk: Any) -> int | None:
    statistics = chunk.statistics
    if statistics is None or not statistics.has_min_max:
        return None
    least: int = statistics.min_raw
    return least
