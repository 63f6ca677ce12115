"""Whether a table's rows are others on two sides, from the digests of its columns alone.

A column that came, went or changed its type is a change of schema, and no reason to call the data others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kuzuvcs.core.comparing.renames import Renames
from kuzuvcs.core.manifest import ColumnRecord, DataFile


def data_differs(old: Iterable[DataFile], new: Iterable[DataFile], table: str, renames: Renames) -> bool:
    """Whether rows, ends or a column that is on both sides differ; ``table`` is the old name."""
    tables = dict(renames.tables)
    columns = {before: after for owner, before, after in renames.columns if owner == table}
    made_again = {column for owner, column in renames.replaced_columns if owner == table}
    before = {
        (tables.get(file.source, file.source), tables.get(file.target, file.target)): file
        for file in old
        if file.table == table
    }
    after = {(file.source, file.target): file for file in new if file.table == tables.get(table, table)}
    for ends in before.keys() | after.keys():
        one, other = before.get(ends), after.get(ends)
        if one is None or other is None:
            if any(file is not None and file.rows for file in (one, other)):
                return True
        elif one.rows != other.rows or _values_differ(one, other, columns, made_again):
            return True
    return False


def _values_differ(
    old: DataFile, new: DataFile, renamed: Mapping[str, str], made_again: Iterable[str]
) -> bool:
    gone = set(made_again)
    if [one.digest for one in old.columns if not one.property] != [
        one.digest for one in new.columns if not one.property
    ]:
        return True
    mates = {one.property: one for one in new.columns if one.property}
    pairs: list[tuple[ColumnRecord, ColumnRecord | None]] = [
        (one, mates.get(renamed.get(one.property, one.property)))
        for one in old.columns
        if one.property and one.property not in gone
    ]
    return any(
        mate is not None and one.type == mate.type and one.digest != mate.digest for one, mate in pairs
    )
