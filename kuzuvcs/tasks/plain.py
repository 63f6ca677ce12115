"""A version as the plain folder that the engine's own IMPORT DATABASE reads.

Its Parquet reader takes no DECIMAL, UUID or INT128, but casts texts to them; INTERVAL it parses only from
non-negative texts; some types it cannot be given at all (ENGINE.md).  Such a column is left out by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kuzuvcs.columns.load import from_parquet, to_load
from kuzuvcs.columns.nesting import Array
from kuzuvcs.core.field_names import FieldNames
from kuzuvcs.core.manifest import ColumnRecord, DataFile
from kuzuvcs.core.positions import SequencePosition
from kuzuvcs.core.quoting import quote_name, string_literal
from kuzuvcs.core.schema import Schema
from kuzuvcs.core.types import Decimal, Scalar, Type, parse_type
from kuzuvcs.render.cypher import create_indexes, create_schema

_BATCH_ROWS = 65_536
_PLAIN_PARQUET = {"compression": "zstd", "use_dictionary": False, "store_schema": False}


def schema_script(schema: Schema, names: FieldNames) -> str:
    """The schema as the DDL that makes it, for an engine that writes field names so."""
    return script(create_schema(schema, names))


def index_script(schema: Schema) -> str:
    """The statements that make the schema's indexes, which need the data to be there."""
    return script(create_indexes(schema))


def copy_script(files: Iterable[DataFile]) -> str:
    """The COPY statements of ``files`` under their paths; nodes come first."""
    ordered = sorted(files, key=lambda file: (file.kind == "rel", file.path))
    return script(copy_statement(file, file.path, ()) for file in ordered)


def copy_statement(file: DataFile, name: str, left_out: Iterable[str]) -> str:
    """One COPY, without the properties in ``left_out``."""
    gone = set(left_out)
    return _copy(file, name, [column for column in file.columns if column.property not in gone])


def position_statements(positions: Iterable[SequencePosition]) -> tuple[str, ...]:
    """Statements that bring used sequences near where they stood, as the engine's own export does."""
    return tuple(
        f"RETURN nextval({string_literal(one.name)})"
        for one in positions
        if one.name and one.position is not None
    )


def write_plain(source: Path, target: Path, columns: Sequence[ColumnRecord]) -> tuple[str, ...]:
    """Rewrite a canonical Parquet file for the engine's reader; return the properties left out."""
    types = [parse_type(column.type) for column in columns]
    kept = [index for index, type in enumerate(types) if _importable(type)]
    names = [columns[index].parquet_column for index in kept]
    with pq.ParquetFile(source, arrow_extensions_enabled=False) as parquet:
        empty = [pa.array([], field.type) for field in parquet.schema_arrow]
        schema = pa.table([_plain(empty[index], types[index]) for index in kept], names=names).schema
        with pq.ParquetWriter(target, schema, **_PLAIN_PARQUET) as writer:
            for batch in parquet.iter_batches(_BATCH_ROWS, use_threads=False):
                arrays = [_plain(batch.column(index), types[index]) for index in kept]
                writer.write_table(pa.table(arrays, names=names))
    return tuple(column.property for index, column in enumerate(columns) if index not in kept)


def _importable(type: Type) -> bool:
    match type:
        case Scalar(name="UUID" | "INT128") | Decimal():
            return True
        case _:
            return from_parquet(type)


def _plain(array: Array, type: Type) -> Array:
    match type:
        case Scalar(name="UUID"):
            return to_load(array, type)
        case Decimal():
            return pc.cast(array, pa.string())
        case _:
            return array


def _copy(file: DataFile, name: str, columns: Sequence[ColumnRecord]) -> str:
    own = ", ".join(quote_name(column.property) for column in columns if column.property)
    options = ""
    if file.kind == "rel":
        options = f" (from={string_literal(file.source)}, to={string_literal(file.target)})"
    return f"COPY {quote_name(file.table)}{f' ({own})' if own else ''} FROM {string_literal(name)}{options}"


def script(statements: Iterable[str]) -> str:
    """Statements as a script: each with one semicolon, on a line of its own."""
    return "".join(f"{statement.removesuffix(';')};\n" for statement in statements)
