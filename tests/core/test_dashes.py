from __future__ import annotations

import pytest

from kuzuvcs.core.scripts.dashes import looks_commented


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("MATCH (n)\n-- all of them\nRETURN n", True),
        ("RETURN 1 -- one", True),
        ("RETURN 1 --", True),
        ("RETURN 5--3", False),
        ("RETURN 5 - - 3", False),
        ("MATCH (a)--(b) RETURN a", False),
        ("RETURN ' -- '", False),
        ("RETURN 1 // -- one", False),
    ],
)
def test_what_looks_like_a_comment_of_another_language(statement: str, expected: bool) -> None:
    assert looks_commented(statement) is expected
