"""What is printed, and that nothing from a manifest can end the statement around it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from kuzuvcs.core.planning import operations
from kuzuvcs.core.schema import (
    Column,
    Connection,
    Expression,
    Index,
    Macro,
    NodeTable,
    RelTable,
    Schema,
    Sequence,
)
from kuzuvcs.core.scripts.cypher_text import pieces
from kuzuvcs.core.types import parse_type
from kuzuvcs.errors import SchemaError
from kuzuvcs.render.cypher import create_indexes, create_schema, statement
from kuzuvcs.render.expression import checked_expression
from kuzuvcs.render.literal import literal
from tests.core.schemas import schemas


def table(default: Expression | None = None, name: str = "T") -> NodeTable:
    return NodeTable(name=name, columns=(Column(name="id", type="INT64", default=default),), primary_key="id")


def test_a_schema_is_printed_in_an_order_that_works() -> None:
    schema = Schema(
        node_tables=(table(Expression(text="nextval('s')")),),
        rel_tables=(
            RelTable(
                name="R",
                connections=(Connection(source="T", target="T"),),
                columns=(Column(name="w", type="STRUCT(a INT64)[]"),),
                multiplicity="MANY_ONE",
                storage_direction="fwd",
                comment="it's",
            ),
        ),
        sequences=(Sequence(name="s", start=5, cycle=True),),
        macros=(Macro(name="M", parameters=(("x", None), ("y", "2")), body="x + y"),),
        indexes=(Index(table="T", name="i", kind="FTS", columns=("id",), options=(("stemmer", "'none'"),)),),
    )
    assert create_schema(schema) == (
        "CREATE SEQUENCE `s` START WITH 5 INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 CYCLE",
        "CREATE MACRO `M`(`x`, `y` := 2) AS x + y",
        "CREATE NODE TABLE `T` (`id` INT64 DEFAULT nextval('s'), PRIMARY KEY (`id`))",
        "CREATE REL TABLE `R` (FROM `T` TO `T`, `w` STRUCT(a INT64)[], MANY_ONE)"
        " WITH (storage_direction = 'fwd')",
        "COMMENT ON TABLE `R` IS 'it\\'s'",
    )
    assert create_indexes(schema) == ("CALL CREATE_FTS_INDEX('T', 'i', ['id'], stemmer := 'none')",)


@settings(max_examples=100, deadline=None)
@given(schemas())
def test_no_name_or_value_ends_a_statement(schema: Schema) -> None:
    try:
        texts = (*create_schema(schema), *create_indexes(schema))
    except SchemaError:
        return
    for text in texts:
        code = "".join(piece.text for piece in pieces(text) if piece.kind == "code")
        assert ";" not in code
        assert not [piece for piece in pieces(text) if piece.kind in ("comment", "open")]


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "1; DROP TABLE T", "1) PRIMARY KEY (id", "1, x INT64", "'a", "`a", "1 // x",
        "1 /* x */", "1 /* x", "(1", "1)", "[1)", "x > 1", "x = 1", "x <> 1", "NOT x", "x is null",
        "a AND b", "list_filter(l, y -> 1)", "nul\0",
    ],
)  # fmt: skip
def test_an_expression_that_must_not_be_written_is_refused(text: str) -> None:
    with pytest.raises(SchemaError):
        checked_expression(text)
    with pytest.raises(SchemaError):
        statement(operations.CreateNodeTable(table=table(Expression(text=text))))
    with pytest.raises(SchemaError):
        statement(operations.CreateMacro(macro=Macro(name="m", parameters=(), body=text)))


@pytest.mark.parametrize(
    "text",
    [
        "nextval('s;\\'x')",
        "x + y",
        "'a;b // c'",
        "f(1, [2, {a: 3}])",
        "notable + island",
        "`case` + 1",
        "f(a := 1)",
        "CASE x WHEN 1 THEN 'a' ELSE 'b' END",
        "x IN [1]",
        "x STARTS WITH 'a'",
        "x =~ 'a.*'",
    ],
)
def test_an_expression_that_may_be_written_is_left_as_it_is(text: str) -> None:
    assert checked_expression(text) == text


@pytest.mark.parametrize(
    ("type", "json"),
    [
        ("INT64", "1"), ("INT64", "["), ("INT64", "[]"), ("INT64[]", '"1"'), ("INT64[2]", '["1"]'),
        ("STRUCT(a INT64)", '{"b": "1"}'), ("STRUCT(a INT64)", "[]"), ("MAP(INT64, INT64)", '[["1"]]'),
        ("MAP(INT64, INT64)", '{"1": "2"}'), ("UNION(a INT64)", '{"tag": "b", "value": "1"}'),
        ("UNION(a INT64)", '{"tag": ["a"], "value": "1"}'), ("UNION(a INT64)", '"1"'),
        ("STRING", '"\\u0000"'),
    ],
)  # fmt: skip
def test_a_constant_that_does_not_fit_its_type_is_refused(type: str, json: str) -> None:
    with pytest.raises(SchemaError):
        literal(json, parse_type(type))


@pytest.mark.parametrize(
    ("name", "value"), [("a b", "1"), ("a); DROP TABLE T", "1"), ("a", "1); x"), ("a", "'x"), ("a", "b")]
)
def test_an_index_option_that_is_none_is_refused(name: str, value: str) -> None:
    index = Index(table="T", name="i", kind="FTS", columns=("id",), options=((name, value),))
    with pytest.raises(SchemaError):
        statement(operations.CreateIndex(index=index))


def test_names_that_cannot_be_quoted_are_refused() -> None:
    for name in ("", "a`b", "a\0"):
        with pytest.raises(SchemaError):
            statement(operations.CreateNodeTable(table=table(name=name)))
        with pytest.raises(SchemaError):
            statement(operations.DropTable(table=name))
