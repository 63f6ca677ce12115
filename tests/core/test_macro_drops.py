from __future__ import annotations

import pytest

from kuzuvcs.core.schema import Macro
from kuzuvcs.core.scripts.macro_drops import MacroDrop, drops_at, macro_drop, without_macros


@pytest.mark.parametrize(
    ("text", "drop"),
    [
        ("DROP MACRO f", MacroDrop(name="f")),
        ("drop macro\n/* the old one */ `of f`", MacroDrop(name="of f")),
        ("DROP MACRO IF EXISTS f", MacroDrop(name="f", guarded=True)),
        ("DROP MACRO if", MacroDrop(name="if")),
        ("DROP TABLE macro", None),
        ("DROP MACRO", None),
        ("RETURN 'DROP MACRO f'", None),
    ],
)
def test_the_statement(text: str, drop: MacroDrop | None) -> None:
    assert macro_drop(text) == drop


def test_those_in_a_row_go_with_the_last() -> None:
    a, b, c, d = (MacroDrop(name=name) for name in "abcd")
    statements = ["DROP MACRO a", "DROP MACRO b", "RETURN 1", "DROP MACRO c", "DROP MACRO d"]
    assert drops_at(statements) == {0: (), 1: (a, b), 3: (), 4: (c, d)}
    assert drops_at(statements, {1}) == {0: (a,), 1: (b,), 3: (), 4: (c, d)}
    assert drops_at(statements, {3}) == {0: (), 1: (a, b), 3: (c,), 4: (d,)}
    assert drops_at(["RETURN 1"]) == {}


def test_what_stays_and_what_is_not_there() -> None:
    one, two = (Macro(name=name, parameters=(), body="1") for name in ("ONE", "TWO"))
    drops = (MacroDrop(name="one"), MacroDrop(name="three"), MacroDrop(name="four", guarded=True))
    assert without_macros((one, two), drops) == ((two,), ("three",))
    assert without_macros((one,), (MacroDrop(name="one"), MacroDrop(name="ONE"))) == ((), ("ONE",))
