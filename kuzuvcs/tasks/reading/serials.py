"""Which sequence stands behind which SERIAL column.

The engine names it ``Table_column_serial`` when the column is made, and never says again which one it is:
after renames the name may be another column's.  Where the names cannot be right, an insert into a private
copy shows which sequence moves.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from kuzuvcs.core.catalog import Catalog, CatalogColumn, CatalogTable
from kuzuvcs.core.types import Scalar, parse_type
from kuzuvcs.errors import EngineError
from kuzuvcs.tasks.reading.probe import Probe

Highest = Callable[[CatalogTable, CatalogColumn], int | None]
"""The highest value of a SERIAL column, ``None`` where there is none."""


def names_are_wrong(catalog: Catalog, highest: Highest) -> bool:
    """Whether a sequence is missing under its column's name, or stands below what its column holds.

    With one SERIAL column the latter only says that rows were copied in, which does not move a sequence.
    """
    positions = dict(catalog.positions)
    serials = _serial_columns(catalog)
    names = [_name(table, column) for table, column in serials]
    if any(name not in positions for name in names):
        return True
    return len(serials) > 1 and any(
        (highest(table, column) or 0) > (positions[name] or 0)
        for (table, column), name in zip(serials, names, strict=True)
    )


def sequences_by_name(catalog: Catalog) -> dict[tuple[str, str], str]:
    """The sequence of every SERIAL column, known by table and column, where the names are right."""
    return {(table.name, column.name): _name(table, column) for table, column in _serial_columns(catalog)}


def sequences_by_insert(catalog: Catalog, copy: Probe, scratch: Path) -> dict[tuple[str, str], str]:
    """The same by inserting one row for each column into ``copy``.

    :raises EngineError: no sequence moves, or a row cannot be inserted
    """
    found: dict[tuple[str, str], str] = {}
    for table, column in _serial_columns(catalog):
        before = copy.positions()
        value = _inserted(table, column, copy, scratch)
        moved = [
            name
            for name, position in copy.positions().items()
            if position != before[name] and position == value and name not in found.values()
        ]
        # Two that stand at the same value are told apart by name, or are as good as each other.
        moved.sort(key=lambda name: (name != _name(table, column), not name.endswith("_serial"), name))
        if not moved:
            raise EngineError(
                f"the sequence behind {table.name}.{column.name} cannot be told",
                cause="its name is that of another column, and none moved with an insert",
                hint="nothing was written",
            )
        found[table.name, column.name] = moved[0]
    return found


def _serial_columns(catalog: Catalog) -> list[tuple[CatalogTable, CatalogColumn]]:
    return [
        (table, column)
        for table in catalog.tables
        for column in table.columns
        if parse_type(column.type) == Scalar(name="SERIAL")
    ]


def _name(table: CatalogTable, column: CatalogColumn) -> str:
    return f"{table.name}_{column.name}_serial"


def _inserted(table: CatalogTable, column: CatalogColumn, copy: Probe, scratch: Path) -> int:
    path = scratch / "serial.arrow"
    copy.insert(table, [f"{copy.property(table.name, column.name)} AS value"], path)
    with pa.memory_map(str(path)) as source:
        value: int = pa.ipc.open_file(source).read_all().column("value")[0].as_py()
    path.unlink()
    return value
