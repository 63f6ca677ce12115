"""What an engine does its own way stands in its own file: nothing else asks which engine it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "kuzuvcs"
_NAME = r"""["'](?:kuzu|ladybug)["']"""
_ASKS = re.compile(
    rf"(?:==|!=|\bin\b|\bcase)\s*[(\[{{]?\s*{_NAME}|{_NAME}\s*(?:==|!=|in\b)|startswith\({_NAME}"
)


@pytest.mark.parametrize(
    "line",
    ['if engine == "kuzu":', "if name in ('kuzu',)", 'case "ladybug":', 'x = "kuzu" != engine.name'],
)
def test_the_rule_knows_a_question_when_it_sees_one(line: str) -> None:
    assert _ASKS.search(line)


def test_nothing_outside_the_engines_asks_which_one_it_is() -> None:
    asking = [
        f"{path.relative_to(PACKAGE)}:{number}: {line.strip()}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.parent != PACKAGE / "engines"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if _ASKS.search(line)
    ]
    assert asking == []
