"""What is shown cannot steer the terminal, and stands in columns whatever the letters are."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kuzuvcs.render.layout import cell_width, cut, in_columns
from kuzuvcs.render.quantities import age, counted, size
from kuzuvcs.render.text import Span, indented, line, plain_text, visible


@given(st.text())
def test_nothing_hidden_is_left(text: str) -> None:
    shown = visible(text)
    assert {unicodedata.category(letter) for letter in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"} == set()
    shown.encode()


@given(st.text(st.characters(blacklist_categories=("Cc", "Cf", "Cs", "Zl", "Zp"))))
def test_what_can_be_seen_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("\x9b2J", "\\x9b2J"),
        ("a\r\nb\tc", "a\\r\\nb\\tc"),
        ("user\u202egpj", "user\\u202egpj"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\udcff", "\\udcff"),
        ("Straße 城市 naïve", "Straße 城市 naïve"),
    ],
)
def test_hostile_names(text: str, shown: str) -> None:
    assert Span(text).text == shown
    assert plain_text([line("table ", Span(text, "added"))]) == f"table {shown}\n"


def test_a_line_ends_without_spaces_and_an_empty_one_stays_empty() -> None:
    assert plain_text(indented([line("a", "  "), ()], 4)) == "    a\n\n"


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("城市", 4), ("e\u0301", 1), ("", 0)])
def test_cells(text: str, width: int) -> None:
    assert cell_width(text) == width


@given(st.text(st.sampled_from("ab城é\u0301")), st.integers(min_value=1, max_value=12))
def test_a_cut_text_fits(text: str, width: int) -> None:
    shown = cut(text, width)
    assert cell_width(shown) <= width
    assert shown == text or (shown.endswith("…") and text.startswith(shown[:-1]))


def test_columns_line_up_and_numbers_stand_to_the_right() -> None:
    rows = [(Span("城"), Span("9"), Span("x")), (Span("abc"), Span("1,000"), Span("y"))]
    assert plain_text(in_columns(rows, right=(1,))) == "城       9  x\nabc  1,000  y\n"


def test_only_the_last_column_is_cut() -> None:
    rows = [(Span("version-1"), Span("a message of many words"))]
    assert plain_text(in_columns(rows, width=24)) == "version-1  a message of…\n"
    assert plain_text(in_columns(rows, width=3)) == "version-1  a message…\n"
    assert plain_text(in_columns(rows)) == "version-1  a message of many words\n"


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (54_321_000, "54.3 MB"),
        (10**18, "1000.0 PB"),
    ],
)
def test_sizes(amount: int, text: str) -> None:
    assert size(amount) == text


def test_counts() -> None:
    assert [counted(1, "row"), counted(0, "row"), counted(1234, "row")] == ["1 row", "0 rows", "1,234 rows"]


@pytest.mark.parametrize(
    ("passed", "text"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=23, minutes=59), "23 hours ago"),
        (timedelta(days=6), "6 days ago"),
        (timedelta(days=29), "4 weeks ago"),
        (timedelta(days=59), "1 month ago"),
        (timedelta(days=800), "2 years ago"),
    ],
)
def test_ages(passed: timedelta, text: str) -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert age(now - passed, now) == text
