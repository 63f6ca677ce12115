from __future__ import annotations

import pytest
from hypothesis import given

from kuzuvcs.core.types import (
    ArrayType,
    ListType,
    Scalar,
    StructType,
    Type,
    format_type,
    nested_types,
    parse_type,
)
from kuzuvcs.errors import SchemaError
from tests.core.schemas import types

# What kuzu 0.11.3 prints for DDL of the same text.
PRINTED = (
    "STRUCT(a INT64, b STRING[])",
    "STRUCT(`a'b` INT64, `c\"d` INT64)",
    "STRUCT(Upper INT64)",
    "STRUCT(`select` INT64, `MATCH` INT64)",
    "STRUCT(select INT64)",
    "STRUCT(`a)b` INT64)",
    "STRUCT(end INT64, a-b INT8, 1st INT8)",
    "STRUCT(price(EUR) INT64, `f(a,b)` INT8)",
    "STRUCT(x INT64, `a)b` INT64)",
    "STRUCT(`a\nb` INT64)",
    "STRUCT(`[]` INT64)",
    "STRUCT(a INT64, A INT64)",
    "UNION(N INT64, s STRUCT(x INT64, y DECIMAL(3, 1)[2][]))",
    "MAP(STRING, MAP(INT64, STRUCT(a INT8)))",
    "MAP(STRUCT(a INT64), INT64[])",
    "INT64[2][][3]",
    "FLOAT[][2]",
    "DECIMAL(38, 38)",
    "STRUCT(a json, b SERIAL[])",
    "TIMESTAMP_TZ",
)


@pytest.mark.parametrize("text", PRINTED)
def test_what_the_engine_prints_reads_back(text: str) -> None:
    assert format_type(parse_type(text)) == text


@given(types)
def test_every_type_reads_back(type: Type) -> None:
    assert parse_type(format_type(type)) == type


def test_backticks_shield_no_space_as_in_the_engine() -> None:
    """The engine reads two fields there, of names that no other statement can hold."""
    with pytest.raises(SchemaError, match="backtick"):
        parse_type("STRUCT(`x INT64, y` STRING)")


def test_the_last_suffix_is_the_outermost() -> None:
    inner = ListType(element=Scalar(name="FLOAT"))
    assert parse_type("FLOAT[][3]") == ArrayType(element=inner, size=3)


def test_spelling_is_made_canonical() -> None:
    assert (
        format_type(parse_type(" struct( a  decimal(5,2) , b json )".upper()))
        == "STRUCT(A DECIMAL(5, 2), B json)"
    )


@pytest.mark.parametrize(
    "text",
    [
        "", "INTEGER", "ANY", "INTERNAL_ID", "NODE", "STRUCT()", "STRUCT(a)", "STRUCT(a b INT64)",
        "STRUCT(`a b` INT64)", "MAP(STRING)", "MAP(STRING, INT8, INT8)", "DECIMAL", "DECIMAL(0, 0)",
        "DECIMAL(39, 1)", "DECIMAL(3, 4)", "DECIMAL(a, b)", "DECIMAL(٣, 1)", "INT64[0]",
        "INT64[-1]", "INT64[01]", "INT64[x]", "INT64]", "INT64[", "(INT64)", "STRUCT(a INT64",
        "STRUCT(a\0 INT64)", "INT64; DROP TABLE T", "INT64 PRIMARY KEY", "INT64" + "[]" * 500,
        "STRUCT(a " * 500 + "INT64" + ")" * 500, "INT64" + "[]" * 41, "INT64[1000001]",
        "STRUCT(x) INT64)", "STRUCT(a INT64, b) INT64)", "STRUCT(a(b INT64)", "STRUCT(`a,b` INT64)",
        "STRUCT(a\tb INT64)", "STRUCT(a\u00a0 INT64)", "STRUCT(\ufeffa INT64)", "STRUCT(a` INT64)",
        "STRUCT(`` INT64)", "\u0131NT64", "STRUCT(a INT64) b", "STRUCT(a INT64)STRUCT(a INT64)",
    ],
)  # fmt: skip
def test_what_is_no_type_is_refused(text: str) -> None:
    with pytest.raises(SchemaError):
        parse_type(text)


@pytest.mark.parametrize("name", ["a b", "", "a,b", "a INT64, b", "a)", "nul\0"])
def test_a_field_name_that_reads_as_something_else_is_refused(name: str) -> None:
    fields = ((name, Scalar(name="INT64")), ("z", Scalar(name="INT64")))
    with pytest.raises(SchemaError):
        format_type(StructType(fields=fields))


def test_nested_types_are_walked_outermost_first() -> None:
    found = [
        format_type(type)
        for type in nested_types(parse_type("MAP(STRING, STRUCT(a UNION(x INT8), b DATE[2]))"))
    ]
    assert found == [
        "MAP(STRING, STRUCT(a UNION(x INT8), b DATE[2]))",
        "STRING",
        "STRUCT(a UNION(x INT8), b DATE[2])",
        "UNION(x INT8)",
        "INT8",
        "DATE[2]",
        "DATE",
    ]
