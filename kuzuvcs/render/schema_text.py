"""A schema's parts in words, as diff and show put them: close to Cypher, but for eyes only."""

from __future__ import annotations

import json
from typing import assert_never

from kuzuvcs.core.schema import (
    Column,
    Connection,
    Constant,
    Default,
    Expression,
    Index,
    Macro,
    RelTable,
    Sequence,
)

_UNBOUNDED = 2**63 - 1


def column_text(column: Column) -> str:
    """``STRING DEFAULT 'x'``: a column without its name."""
    if column.default is None:
        return column.type
    return f"{column.type} DEFAULT {default_text(column.default, column.type)}"


def default_text(default: Default | None, type_text: str = "") -> str:
    """A default; strings stand between quotes where the type says that it is one."""
    match default:
        case None:
            return "none"
        case Expression(text=text):
            return text
        case Constant(json=text):
            value = json.loads(text)
            if isinstance(value, str):
                return f"'{value}'" if type_text in {"", "STRING"} else value
            return "NULL" if value is None else text
        case _:
            assert_never(default)


def connection_text(connection: Connection) -> str:
    """``User → City``."""
    return f"{connection.source} → {connection.target}"


def rel_text(table: RelTable) -> str:
    """What a rel table has beside its connections and columns, where it is not the usual."""
    parts: list[str] = [table.multiplicity] if table.multiplicity != "MANY_MANY" else []
    parts += [f"stored {table.storage_direction}"] if table.storage_direction != "both" else []
    return ", ".join(parts)


def sequence_text(sequence: Sequence) -> str:
    """``START 1 INCREMENT 1``, and the bounds where they are not the usual."""
    parts = [f"START {sequence.start}", f"INCREMENT {sequence.increment}"]
    parts += [f"MINVALUE {sequence.minimum}"] if sequence.minimum != 1 else []
    parts += [f"MAXVALUE {sequence.maximum}"] if sequence.maximum != _UNBOUNDED else []
    return " ".join([*parts, *(["CYCLE"] if sequence.cycle else [])])


def macro_text(macro: Macro) -> str:
    """``(x, y := 1) AS x + y``: a macro without its name."""
    parameters = [name if default is None else f"{name} := {default}" for name, default in macro.parameters]
    return f"({', '.join(parameters)}) AS {macro.body}"


def index_text(index: Index) -> str:
    """``FTS (title, body) stemmer := 'porter'``: an index without its name."""
    options = "".join(f" {name} := {value}" for name, value in index.options)
    return f"{index.kind} ({', '.join(index.columns)}){options}"
