from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kuzuvcs.core.comparing.diff import diff
from kuzuvcs.core.planning.operations import CommentOn
from kuzuvcs.core.planning.plan import Plan, plan
from kuzuvcs.core.planning.step import Step
from kuzuvcs.core.schema import Schema
from kuzuvcs.core.scripts.cypher_text import pieces
from kuzuvcs.core.scripts.script import Directive, Script, ScriptHead, Statement, script_head
from kuzuvcs.errors import MigrationError, SchemaError, UnsupportedChange
from kuzuvcs.migrations.lexer import parse_script
from kuzuvcs.render.script import render_script, statements
from tests.core.schemas import names, schemas, texts

HEAD = script_head(
    id="20261122_101500_x",
    description="two\nlines and \u202e",
    source="v1",
    target="v2",
    source_digest="a" * 64,
    target_digest="b" * 64,
    proof="up and down",
    hazards=("drops 3 rows of User", "drops 1 value of City.name"),
    before=(),
    rows=(),
    engine="kuzu 0.11.3",
    release="0.1.0",
)


def texts_of(statements: Iterable[Statement]) -> tuple[str, ...]:
    return tuple(statement.text for statement in statements)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(names, texts, texts), max_size=4))
def test_what_is_rendered_reads_back(comments: list[tuple[str, str, str]]) -> None:
    steps = tuple(
        Step(
            changes=(),
            operations=(CommentOn(table=name, comment=text.replace("\0", "")),),
            comment=f"step {comment}",
        )
        for name, text, comment in comments
    )
    back = steps[::-1]
    found = parse_script(render_script(HEAD, Plan(changes=(), up=steps, down=back)), "x")
    assert (found.head, texts_of(found.up), texts_of(found.down)) == (
        HEAD,
        statements(steps),
        statements(back),
    )


@settings(max_examples=100, deadline=None)
@given(schemas(), schemas())
def test_the_script_of_a_plan_reads_back(old: Schema, new: Schema) -> None:
    try:
        found = plan(old, new, diff(old, new))
        text = render_script(HEAD, found)
    except (UnsupportedChange, SchemaError):
        return
    script = parse_script(text, "x")
    assert script.head == HEAD
    assert (texts_of(script.up), texts_of(script.down)) == (statements(found.up), statements(found.down))


def test_the_head_is_read_in_its_order_and_ends_at_the_first_other_line() -> None:
    text = "// id: x\n// hazards: a\n// hazards: b: c\n// empty:\n\n// from: no\n-- UP\n"
    head = parse_script(text, "x").head
    assert head == ScriptHead(lines=(("id", "x"), ("hazards", "a"), ("hazards", "b: c"), ("empty", "")))
    assert (head.value("hazards"), head.value("from")) == ("a", "")
    assert HEAD.value("description") == "two lines and \\u202e"


def test_semicolons_quotes_and_comments() -> None:
    text = r"""
-- UP
// a; comment 'with' quotes
RETURN 'a;b\'c;' + "d;\"e" /* x; 'y */ + `f;'g`; // after; it's
RETURN 5--3
+ 1;
;;
RETURN 'it
-- DOWN
is'
-- UP + 2;
-- DOWN
"""
    assert texts_of(parse_script(text, "x").up) == (
        r"""RETURN 'a;b\'c;' + "d;\"e" /* x; 'y */ + `f;'g`""",
        "RETURN 5--3\n+ 1",
        "RETURN 'it\n-- DOWN\nis'\n-- UP + 2",
    )


def test_windows_line_ends() -> None:
    text = "// id: x\r\n\r\n-- UP\r\nRETURN 1;\r\n-- DOWN \r\nRETURN 2;\r\n"
    assert parse_script(text, "x") == Script(
        head=ScriptHead(lines=(("id", "x"),)),
        up=(Statement(text="RETURN 1", line=4),),
        down=(Statement(text="RETURN 2", line=6),),
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no line '-- UP'"),
        ("-- DOWN\n", "no line '-- UP'"),
        ("-- DOWN\n-- UP\n", "line 2: '-- UP' comes after '-- DOWN' on line 1"),
        ("-- UP\n-- UP\n", "line 2: a second '-- UP'; the first is on line 1"),
        ("-- UP\n-- DOWN\n\n-- DOWN\n", "line 4: a second '-- DOWN'; the first is on line 2"),
        ("RETURN 1;\n-- UP\n", "line 1: a statement comes before the line '-- UP'"),
        ("--UP\nRETURN 1;", "line 1: '--UP' is no section mark\nhint: write the line as '-- UP'"),
        ("-- up\nRETURN 1;", "line 1: '-- up' is no section mark"),
        ("-- UP\n-- Down \n", "line 2: '-- Down' is no section mark\nhint: write the line as '-- DOWN'"),
        ("-- UP\n  -- DOWN\n", "line 2: '-- DOWN' is no section mark"),
        ("-- UP\n-- DOWN;\n", "line 2: '-- DOWN;' is no section mark"),
        ("-- UP\n-- why\nRETURN 1;\n", "line 2: a statement begins with '--'\nhint: a comment begins with"),
        (
            "-- UP\n\nDROP TABLE A\n// back\n-- DOWN\nDROP TABLE B;",
            "line 5: the statement that begins on line 3 has no ';' before '-- DOWN'\nhint: end",
        ),
        ("-- UP\nDROP TABLE A\n--down\n", "line 3: the statement that begins on line 2 has no ';'"),
        ("RETURN 1\n-- UP\n", "line 1: a statement comes before"),
        ("/* head\n-- UP\n*/\n", "there is no line '-- UP': the one on line 2 is in a comment"),
        (
            "-- UP\nRETURN 'a;\n-- DOWN\nRETURN 'b';",
            "line 3: '-- DOWN' is inside the string that begins on line 2",
        ),
        (
            "-- UP\nRETURN 'a;\n-- DOWN\nRETURN '';",
            "line 3: '-- DOWN' is inside the string that begins on line 2",
        ),
        (
            "-- UP\nDROP TABLE `A;\n-- DOWN\nDROP TABLE `B`.`C;",
            "line 3: '-- DOWN' is inside the name in backticks that begins on line 2",
        ),
        ("-- UP\nRETURN 'a;\n-- DOWN\n", "line 2: what ' begins never ends"),
        ("-- UP\nRETURN `a;", "never ends"),
        ("-- UP\n\nRETURN /* a **/;", "line 3: what /* begins never ends"),
        ("-- UP\n// a\rRETURN 1;\n", "line 2: a comment contains a carriage return"),
        ("-- UP\nRETURN 1;\n// DOWN\nRETURN 2;\n", "line 3: '// DOWN' looks like the mark"),
        ("-- UP\nRETURN 1;\n  /* -- down */\nRETURN 2;\n", "write exactly '-- DOWN'"),
        ("-- UP\nRETURN 1\n// -- DOWN\n;\n", "looks like the mark"),
        ("-- UP\n\nRETURN /* a;", "line 3: what /* begins never ends"),
    ],
)
def test_what_is_no_script_is_refused_with_its_line(text: str, words: str) -> None:
    with pytest.raises(MigrationError) as refused:
        parse_script(text, "x.cypher")
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("-- UP\n/* off\n-- DOWN\nRETURN 2;\n*/\nRETURN 1;\n", 3),
        ("-- UP\n/* off\n-- DOWN\n*/\nRETURN 1;\n-- DOWN\n", 0),
        ("-- UP\nRETURN 1\n", 0),
    ],
)
def test_a_mark_in_a_comment_is_noted_where_there_is_no_section(text: str, line: int) -> None:
    assert parse_script(text, "x").hidden_down == line


def test_the_last_statement_of_a_file_may_do_without_its_semicolon() -> None:
    found = parse_script("-- UP\nRETURN 1;\n-- DOWN\nRETURN 2\n", "x")
    assert (texts_of(found.up), texts_of(found.down)) == (("RETURN 1",), ("RETURN 2",))


@settings(max_examples=200, deadline=None)
@example("D//;")
@given(st.text(alphabet="-UPDOWN \n;'\"`\\/*ax", max_size=60))
def test_no_text_ends_in_another_error(text: str) -> None:
    try:
        found = parse_script("-- UP\n" + text, "x")
    except MigrationError:
        return
    made = texts_of((*found.up, *found.down))
    assert all(one.strip() for one in made)
    # A comment or a string in a statement may have semicolons; its code has none.
    assert not any(piece.kind == "code" and piece.text == ";" for one in made for piece in pieces(one))
    lines = ["", "-- UP", *text.split("\n")]
    assert all(one.text.split("\n")[0] in lines[one.line] for one in (*found.up, *found.down))


def test_statements_know_their_lines_and_the_directives_above_them() -> None:
    text = """\
// id: x
// kuzuvcs:allow KV501
-- UP
// kuzuvcs:require rows
  // kuzuvcs:allow KV101, KV102
/* // kuzuvcs:allow KV103 */
// plain
DROP TABLE A; // kuzuvcs:allow KV201
RETURN
// kuzuvcs:allow KV202
1;
// kuzuvcs:ensure
-- DOWN
RETURN '// kuzuvcs:allow KV203';   // kuzuvcs: 1
"""
    found = parse_script(text, "x")
    allow = Directive(word="allow", arguments="KV101, KV102", line=5)
    assert allow.codes() == ("KV101", "KV102")
    assert found.up[0] == Statement(
        text="DROP TABLE A", line=8, directives=(Directive(word="require", arguments="rows", line=4), allow)
    )
    assert (found.up[1].line, found.up[1].directives) == (9, ())
    assert (found.down[0].line, found.down[0].directives) == (14, ())
    assert found.directives == (Directive(word="allow", arguments="KV501", line=2),)
    assert found.up_end == (Directive(word="ensure", arguments="", line=12),)
    assert found.down_end == ()


def test_what_only_mentions_a_section_is_a_comment() -> None:
    text = "-- UP\n// DOWN drops it again\n/* up: see below */ RETURN 1; // DOWN\n-- DOWN\nRETURN 2;\n"
    assert texts_of(parse_script(text, "x").up) == ("RETURN 1",)


def test_white_space_of_the_engines_is_none_of_a_statement() -> None:
    text = "-- UP\n\u180e\ufeff\u2028RETURN 1\u3000;\nRETURN 2\u0085;\n"
    assert texts_of(parse_script(text, "x").up) == ("RETURN 1", "RETURN 2\u0085")
