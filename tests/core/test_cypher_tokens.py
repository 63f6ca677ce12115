from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kuzuvcs.core.scripts.cypher_text import pieces
from kuzuvcs.core.scripts.cypher_tokens import tokens


def test_words_names_strings_numbers_and_symbols() -> None:
    found = tokens("MATCH/* a */(n:`a b`) // it's\nSET n.x='it\\'s'+1e5--$p")
    assert [one.text for one in found if one.kind == "word"] == ["MATCH", "n", "SET", "n", "x", "p"]
    assert [one.text for one in found if one.kind == "name"] == ["`a b`"]
    assert [one.text for one in found if one.kind == "string"] == ["'it\\'s'"]
    assert [one.text for one in found if one.kind == "number"] == ["1e5"]
    assert "".join(one.text for one in found if one.kind == "symbol") == "(:).=+--$"


def test_a_bracket_has_the_depth_of_what_is_outside_of_it() -> None:
    assert [(one.text, one.depth) for one in tokens("f([a], {b})")] == [
        ("f", 0), ("(", 0), ("[", 1), ("a", 2), ("]", 1), (",", 1), ("{", 1), ("b", 2), ("}", 1), (")", 0),
    ]  # fmt: skip


def test_a_comment_separates_words_and_a_quoted_name_is_no_keyword() -> None:
    (drop, table, name) = tokens("drop/**/Table`DROP`")
    assert drop.is_word("DROP")
    assert table.is_word("DROP", "TABLE")
    assert not name.is_word("DROP")
    assert (name.identifier, name.key) == ("DROP", "drop")


@given(st.text(alphabet="ab1 _'\"`\\/*-;(){}\n\u00e9", max_size=60))
def test_tokens_stand_where_they_say_and_leave_out_only_space_comments_and_what_never_ends(text: str) -> None:
    found = tokens(text)
    covered = set()
    for one in found:
        assert text[one.start : one.start + len(one.text)] == one.text
        covered |= set(range(one.start, one.start + len(one.text)))
    left = set(range(len(text))) - covered
    for piece in pieces(text):
        if piece.kind == "comment":
            left -= set(range(piece.start, piece.start + len(piece.text)))
        if piece.kind == "open":
            left -= set(range(piece.start, len(text)))
    assert all(text[place].isspace() for place in left)
