"""Whether the statements that create a version's schema can be written."""

from __future__ import annotations

from kuzuvcs.core.engine import DEFAULT_ENGINE, ENGINES, Engine
from kuzuvcs.core.field_names import FieldNames
from kuzuvcs.core.manifest import Manifest
from kuzuvcs.core.schema import Schema
from kuzuvcs.core.types import parse_type
from kuzuvcs.engines.dialects import field_names
from kuzuvcs.errors import SchemaError, VerificationFailed
from kuzuvcs.render.cypher import create_indexes, create_schema
from kuzuvcs.render.types import declared_type
from kuzuvcs.tasks.plain import schema_script


def names_of(manifest: Manifest) -> FieldNames:
    """How the engine that a version was captured from writes field names."""
    name = next((one for one in ENGINES if one == manifest.engine), DEFAULT_ENGINE.name)
    return field_names(Engine(name=name))


def restorable_script(schema: Schema, manifest: Manifest) -> str:
    """The DDL of a schema that is about to be stored.

    :raises SchemaError: with the column or the index that the engine cannot create again
    """
    names = names_of(manifest)
    for table in schema.tables():
        for column in table.columns:
            try:
                declared_type(parse_type(column.type), names)
            except SchemaError as error:
                raise SchemaError(
                    f"column {column.name!r} of {table.name!r} cannot be captured",
                    cause=f"no restored database could have it: {error.message}; {error.cause}",
                    hint=error.hint,
                ) from error
    create_indexes(schema)
    return schema_script(schema, names)


def require_creatable(name: str, schema: Schema, manifest: Manifest) -> None:
    """Raise where no database can be made of the version called ``name``.

    :raises VerificationFailed: with the part of its schema that cannot be written
    """
    try:
        create_schema(schema, names_of(manifest))
        create_indexes(schema)
    except SchemaError as error:
        raise VerificationFailed(
            f"{name} cannot be restored", cause=f"{error.message}: {error.cause}", hint=error.hint
        ) from error
