"""Operations as Cypher.

Every name and value goes through here, whoever wrote the manifest that it came from; what cannot
be written safely is a ``SchemaError``.
"""

from __future__ import annotations

import re
from typing import assert_never

from kuzuvcs.core.field_names import QUOTES_KEPT, FieldNames
from kuzuvcs.core.index_texts import index_fault
from kuzuvcs.core.planning import operations
from kuzuvcs.core.planning.operations import Operation
from kuzuvcs.core.quoting import quote_name, string_literal
from kuzuvcs.core.schema import (
    Column,
    Connection,
    Constant,
    Default,
    Expression,
    Index,
    Macro,
    NodeTable,
    RelTable,
    Schema,
    Sequence,
)
from kuzuvcs.core.types import parse_type
from kuzuvcs.errors import SchemaError
from kuzuvcs.render.copying import copy_statement, count_statement
from kuzuvcs.render.expression import checked_expression, stored_expression
from kuzuvcs.render.literal import literal
from kuzuvcs.render.recalling import recall_statement
from kuzuvcs.render.types import declared_type

_CREATE_INDEX = {"FTS": "CREATE_FTS_INDEX", "HNSW": "CREATE_VECTOR_INDEX"}
_DROP_INDEX = {"FTS": "DROP_FTS_INDEX", "HNSW": "DROP_VECTOR_INDEX"}
_OPTION_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_OPTION_VALUE = re.compile(rf"{_NUMBER}|true|false|'(?:[^'\\]|\\.)*'", re.DOTALL)


def create_schema(schema: Schema, names: FieldNames = QUOTES_KEPT) -> tuple[str, ...]:
    """The DDL of everything but the indexes, in an order that the engine takes; ``names`` are the engine's.

    Indexes are made by :func:`create_indexes` after the data is there, outside any transaction.
    """
    parts: tuple[Operation, ...] = (
        *(operations.CreateSequence(sequence=sequence) for sequence in schema.sequences),
        *(operations.CreateMacro(macro=macro) for macro in schema.macros),
        *(operations.CreateNodeTable(table=node) for node in schema.node_tables),
        *(operations.CreateRelTable(table=rel) for rel in schema.rel_tables),
        *(
            operations.CommentOn(table=table.name, comment=table.comment)
            for table in schema.tables()
            if table.comment
        ),
    )
    return tuple(statement(part, names) for part in parts)


def create_indexes(schema: Schema) -> tuple[str, ...]:
    """The calls that make the indexes; each is refused inside a transaction."""
    return tuple(statement(operations.CreateIndex(index=index)) for index in schema.indexes)


def check_texts(schema: Schema) -> None:
    """``SchemaError`` for a text of the schema that is more than an expression or a value.

    A schema may hold what no engine takes; it may not hold another statement.
    """
    for table in schema.tables():
        for column in table.columns:
            if isinstance(column.default, Expression):
                stored_expression(column.default.text)
    for macro in schema.macros:
        for text in (macro.body, *(default for _, default in macro.parameters if default is not None)):
            stored_expression(text)
    for index in schema.indexes:
        _check_index(index)


def statement(operation: Operation, names: FieldNames = QUOTES_KEPT) -> str:
    """One statement of an engine that writes field names so, without the semicolon."""
    match operation:
        case operations.CreateNodeTable(table=node):
            return _create_node_table(node, names)
        case operations.CreateRelTable(table=rel):
            return _create_rel_table(rel, names)
        case operations.DropTable(table=name):
            return f"DROP TABLE {quote_name(name)}"
        case operations.CommentOn(table=name, comment=comment):
            return f"COMMENT ON TABLE {quote_name(name)} IS {string_literal(comment)}"
        case operations.Checkpoint():
            return "CHECKPOINT"
        case operations.CopyNodes() | operations.CopyEdges():
            return copy_statement(operation)
        case operations.TakeAsMany() | operations.TakeUpTo():
            return count_statement(operation)
        case (
            operations.ReadBefore()
            | operations.CopyCapturedEdges()
            | operations.RankNodes()
            | operations.RankEdges()
            | operations.PairRanked()
            | operations.PairLast()
            | operations.TakePaired()
        ):
            return recall_statement(operation)
        case (
            operations.CreateSequence()
            | operations.DropSequence()
            | operations.CreateMacro()
            | operations.DropMacro()
            | operations.CreateIndex()
            | operations.DropIndex()
        ):
            return _other_statement(operation)
        case _:
            return f"ALTER TABLE {quote_name(operation.table)} {_alteration(operation, names)}"


def _other_statement(
    operation: operations.CreateSequence
    | operations.DropSequence
    | operations.CreateMacro
    | operations.DropMacro
    | operations.CreateIndex
    | operations.DropIndex,
) -> str:
    match operation:
        case operations.CreateSequence(sequence=sequence):
            return _create_sequence(sequence)
        case operations.DropSequence(sequence=name):
            return f"DROP SEQUENCE {quote_name(name)}"
        case operations.CreateMacro(macro=macro):
            return _create_macro(macro)
        case operations.DropMacro(macro=name):
            return f"DROP MACRO {quote_name(name)}"
        case operations.CreateIndex(index=index):
            return _create_index(index)
        case operations.DropIndex(index=index):
            _check_index(index)
            return (
                f"CALL {_DROP_INDEX[index.kind]}({string_literal(index.table)}, {string_literal(index.name)})"
            )
        case _:
            assert_never(operation)


def _alteration(
    operation: operations.RenameTable
    | operations.AddColumn
    | operations.DropColumn
    | operations.RenameColumn
    | operations.AddConnection
    | operations.DropConnection,
    names: FieldNames,
) -> str:
    match operation:
        case operations.RenameTable(name=name):
            return f"RENAME TO {quote_name(name)}"
        case operations.AddColumn(column=column):
            return f"ADD {_column(column, names)}"
        case operations.DropColumn(column=name):
            return f"DROP {quote_name(name)}"
        case operations.RenameColumn(column=old, name=new):
            return f"RENAME {quote_name(old)} TO {quote_name(new)}"
        case operations.AddConnection(connection=connection):
            return f"ADD {_connection(connection)}"
        case operations.DropConnection(connection=connection):
            return f"DROP {_connection(connection)}"
        case _:
            assert_never(operation)


def _create_node_table(table: NodeTable, names: FieldNames) -> str:
    columns = (_column(column, names) for column in table.columns)
    parts = [*columns, f"PRIMARY KEY ({quote_name(table.primary_key)})"]
    return f"CREATE NODE TABLE {quote_name(table.name)} ({', '.join(parts)})"


def _create_rel_table(table: RelTable, names: FieldNames) -> str:
    if not table.connections:
        raise SchemaError(
            f"rel table {table.name!r} cannot be created",
            cause="it connects nothing, and the engine has no such DDL",
        )
    parts = [
        *(_connection(connection) for connection in table.connections),
        *(_column(column, names) for column in table.columns),
        table.multiplicity,
    ]
    direction = f" WITH (storage_direction = {string_literal(table.storage_direction)})"
    text = f"CREATE REL TABLE {quote_name(table.name)} ({', '.join(parts)})"
    return text + (direction if table.storage_direction != "both" else "")


def _connection(connection: Connection) -> str:
    return f"FROM {quote_name(connection.source)} TO {quote_name(connection.target)}"


def _column(column: Column, names: FieldNames) -> str:
    """Name, type, default."""
    text = f"{quote_name(column.name)} {declared_type(parse_type(column.type), names)}"
    return text if column.default is None else f"{text} DEFAULT {_default(column.default, column.type)}"


def _default(default: Default, type_text: str) -> str:
    match default:
        case Constant(json=text):
            return literal(text, parse_type(type_text))
        case Expression(text=text):
            return checked_expression(text)
        case _:
            assert_never(default)


def _create_sequence(sequence: Sequence) -> str:
    return (
        f"CREATE SEQUENCE {quote_name(sequence.name)} START WITH {sequence.start}"
        f" INCREMENT BY {sequence.increment} MINVALUE {sequence.minimum} MAXVALUE {sequence.maximum}"
        f" {'CYCLE' if sequence.cycle else 'NO CYCLE'}"
    )


def _create_macro(macro: Macro) -> str:
    parameters = ", ".join(_parameter(name, default) for name, default in macro.parameters)
    return f"CREATE MACRO {quote_name(macro.name)}({parameters}) AS {checked_expression(macro.body)}"


def _parameter(name: str, default: str | None) -> str:
    return quote_name(name) if default is None else f"{quote_name(name)} := {checked_expression(default)}"


def _create_index(index: Index) -> str:
    _check_index(index)
    columns = ", ".join(string_literal(column) for column in index.columns)
    if index.kind == "FTS":
        columns = f"[{columns}]"
    elif len(index.columns) != 1:
        raise SchemaError(f"vector index {index.name!r} of {index.table!r} is not on exactly one column")
    options = "".join(f", {_option(index, name, value)}" for name, value in index.options)
    table, name = string_literal(index.table), string_literal(index.name)
    return f"CALL {_CREATE_INDEX[index.kind]}({table}, {name}, {columns}{options})"


def _check_index(index: Index) -> None:
    for name, value in index.options:
        _option(index, name, value)
    fault = index_fault(index.kind, index.table, index.name, index.columns, index.options)
    if fault:
        raise SchemaError(f"index {index.name!r} of {index.table!r} cannot be created", cause=fault)


def _option(index: Index, name: str, value: str) -> str:
    if not _OPTION_NAME.fullmatch(name) or not _OPTION_VALUE.fullmatch(value):
        raise SchemaError(
            f"index {index.name!r} of {index.table!r} has an option {name!r} := {value!r} that is none"
        )
    return f"{name} := {value}"
