"""The comparison of what git made with what it was given."""

from __future__ import annotations

import pytest

from kuzuvcs.store.staging import Staging

MADE = {"f": "1", "d": "t", "d/x": "2", "s": "3", "s/any": "9", "s/any/thing": "9"}


@pytest.fixture
def staging() -> Staging:
    """A file, a file in a folder, and a folder that is reused whole."""
    staging = Staging()
    staging.add_blob("f", "1")
    staging.add_blob("d/x", "2")
    staging.add_tree("s", "3")
    return staging


def test_the_same_tree_does_not_differ(staging: Staging) -> None:
    assert staging.differs(MADE) is None


@pytest.mark.parametrize(
    ("change", "path"),
    [({"f": "0"}, "f"), ({"s": "0"}, "s"), ({"d/x": "0"}, "d/x"), ({"g": "1"}, "g"), ({"d/y": "1"}, "d/y")],
)
def test_a_changed_or_added_path_differs(staging: Staging, change: dict[str, str], path: str) -> None:
    assert staging.differs(MADE | change) == path


def test_a_missing_path_differs(staging: Staging) -> None:
    assert staging.differs({"f": "1", "d": "t", "d/x": "2"}) == "s"
