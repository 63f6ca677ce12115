"""The counts of hazards, from what a version says of its files."""

from __future__ import annotations

from collections.abc import Iterable

from kuzuvcs.core.manifest import DataFile
from kuzuvcs.core.planning.hazards import Counts


def counts_of(files: Iterable[DataFile]) -> Counts:
    """Rows, edges, values that are not NULL, and bytes."""
    counts: dict[tuple[str, ...], int] = {}

    def add(key: tuple[str, ...], count: int) -> None:
        counts[key] = counts.get(key, 0) + count

    for file in files:
        add((file.table,), file.rows)
        add((file.table, "bytes"), file.size)
        if file.kind == "rel":
            counts[file.table, file.source, file.target] = file.rows
        for column in file.columns:
            if column.property:
                add((file.table, "", column.property), file.rows - column.nulls)
    return counts
