from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kuzuvcs.core.scripts.cypher_tokens import tokens
from kuzuvcs.core.scripts.placeholders import Value, filled, literal, parse_setting
from kuzuvcs.core.scripts.script import Directive, Script, ScriptHead, Statement
from kuzuvcs.errors import MigrationError, UsageError

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


def script(text: str, *directives: Directive) -> Script:
    statement = Statement(text=text, line=3, directives=directives)
    return Script(head=ScriptHead(lines=()), up=(statement,), down=())


def fill(text: str, **values: Value) -> str:
    [statement] = filled(script(text), values, "x", "UP").up
    return statement.text


@given(TEXTS)
@example("'; MATCH (n) DETACH DELETE n; //")
@example("\\' + ${other} */ `")
def test_no_text_breaks_out_of_its_literal(value: str) -> None:
    text = fill("RETURN ${v} + 1", v=value)
    kinds = [(one.kind, one.text) for one in tokens(text)]
    assert [kind for kind, _ in kinds] == ["word", "string", "symbol", "number"]
    assert kinds[1][1] == literal(value)


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans())
def test_numbers_stand_as_they_are(value: float) -> None:
    text = fill("RETURN 1 -${v}", v=value)
    assert "--" not in text
    assert eval(text.removeprefix("RETURN 1 -").capitalize()) == value  # noqa: S307  (a number, true or false)


def test_what_is_filled_in_is_not_looked_at_again() -> None:
    assert fill("RETURN ${a}, ${b}", a="${b}", b=2) == "RETURN '${b}', 2"


def test_comments_and_foreign_text_stay() -> None:
    text = "RETURN '${other}', '${before}/User.parquet' // ${nobody}\n, ${v}"
    assert fill(text, v=True) == text.replace("${v}", "true")


def test_conditions_are_filled_in_too() -> None:
    one = Directive(word="require", arguments="RETURN ${v} > 1", line=2)
    [statement] = filled(script("RETURN 1", one), {"v": 5}, "x", "UP").up
    assert statement.directives[0].arguments == "RETURN 5 > 1"


def test_a_placeholder_without_a_value_is_named_with_its_line() -> None:
    with pytest.raises(MigrationError, match=r"\$\{nick\} has no value") as missing:
        fill("RETURN 1,\n'a\nb',\n${nick}", name="a")
    assert missing.value.cause == "line 6; set are: name"
    assert "--set nick=VALUE" in missing.value.hint


@pytest.mark.parametrize("text", ["RETURN 1,\n'a ${v} b'", "MATCH (n)\nRETURN n.`${v}`"])
def test_a_placeholder_inside_quotes_is_refused(text: str) -> None:
    with pytest.raises(MigrationError, match="inside quotes") as refused:
        fill(text, v="x")
    assert "line 4" in refused.value.cause


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a=b", ("a", "b")),
        ("a=", ("a", "")),
        ("a=1", ("a", "1")),
        ("a:=1", ("a", 1)),
        ("a==x", ("a", "=x")),
        ("a:=true", ("a", True)),
        ('a:="x"', ("a", "x")),
        ("a=b=c", ("a", "b=c")),
        ("a:=-2.5", ("a", -2.5)),
    ],
)
def test_settings(text: str, value: tuple[str, Value]) -> None:
    assert parse_setting(text) == value


@pytest.mark.parametrize("text", ["a", "=b", "1a=b", "before=x", "a:=x", "a:=[1]", "a:=null", "a b=c"])
def test_what_is_no_setting(text: str) -> None:
    with pytest.raises(UsageError):
        parse_setting(text)


def test_what_the_engine_cannot_be_told() -> None:
    for value in ("a\0b", float("inf"), float("nan")):
        with pytest.raises(UsageError):
            literal(value)
