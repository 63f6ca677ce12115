"""Values over a row of an old table as Cypher expressions."""

from __future__ import annotations

from typing import assert_never

from kuzuvcs.core.planning.conversion import (
    Computed,
    Converted,
    Nothing,
    Of,
    Recalled,
    RowNumber,
    Taken,
    Value,
)
from kuzuvcs.core.quoting import quote_name, string_literal
from kuzuvcs.core.types import Decimal, ListType, Scalar, parse_type
from kuzuvcs.render.expression import over_row
from kuzuvcs.render.types import cast

_STRING = Scalar(name="STRING")


def value_text(value: Value, variable: str) -> str:
    """The expression, with ``variable`` for the row."""
    match value:
        case Taken(column=column):
            return f"{variable}.{quote_name(column)}"
        case Converted():
            return _converted(value, variable)
        case Computed(text=text, columns=columns, type=type):
            return _cast(over_row(text, columns, variable), type)
        case RowNumber(step=step, first=first):
            number = f"offset(id({variable}))"
            return number if (step, first) == (1, 0) else f"{number} * {step} + {first}"
        case Of(variable=other, value=its):
            return value_text(its, other)
        case Recalled():
            return _recalled(value, variable)
        case Nothing(type=type):
            return _cast("NULL", type)
        case _:
            assert_never(value)


def converted_text(text: str, old_type: str, new_type: str) -> str:
    """The expression ``text`` of the type ``old_type`` in the type ``new_type``."""
    old, new = parse_type(old_type), parse_type(new_type)
    if new == ListType(element=old):
        return f"CASE WHEN {text} IS NULL THEN NULL ELSE [{text}] END"
    if old == ListType(element=new):
        return f"list_extract({text}, 1)"
    if isinstance(old, Decimal) and new == _STRING:
        # The engine prints DECIMALs between -0.1 and 0 as 0.0-1.
        return f"CASE WHEN {text} < 0 THEN '-' + CAST(-{text} AS STRING) ELSE CAST({text} AS STRING) END"
    return cast(text, new)


def exact_text(text: str, type: str) -> str:
    """The expression ``text`` of that type as a STRING."""
    return text if parse_type(type) == _STRING else f"CAST({text} AS STRING)"


def _converted(value: Converted, variable: str) -> str:
    source = f"{variable}.{quote_name(value.column)}"
    if value.unfit:
        # Every branch of a CASE is evaluated for every row: the cast must stand outside of it.
        unfit = ", ".join(string_literal(text) for text in value.unfit)
        source = f"CASE WHEN {exact_text(source, value.old)} IN [{unfit}] THEN NULL ELSE {source} END"
    return converted_text(source, value.old, value.new)


def mate_of(variable: str) -> str:
    """The variable of the captured row that a row of ``variable`` was."""
    return f"{variable}_before"


def _recalled(value: Recalled, variable: str) -> str:
    mate = mate_of(variable)
    before = f"{mate}.{quote_name(value.column)}"
    if value.made is None:
        return before
    # Two NULLs, or two NaNs, are equal as hashes only.
    same = f"hash({value_text(value.made, mate)}) = hash({variable}.{quote_name(value.present)})"
    known = f"{mate}.{quote_name(value.mate)} IS NOT NULL"
    return f"CASE WHEN {known} AND {same} THEN {before} ELSE {value_text(value.now, variable)} END"


def _cast(text: str, type: str) -> str:
    return cast(text, parse_type("INT64" if type == "SERIAL" else type))
