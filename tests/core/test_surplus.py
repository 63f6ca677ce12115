"""What a schema has too much or too little, for every kind of change."""

from __future__ import annotations

import pytest

from kuzuvcs.core.comparing.changes import Change, invert
from kuzuvcs.core.comparing.surplus import surplus
from tests.cli.test_change_lines import ADDED, CHANGED

EXTRA = [
    "node table User is extra",
    "rel table LivesIn is extra",
    "column email of table User is extra",
    "column n of table User is extra",
    "column n of table User is extra",
    "connection User to City of table LivesIn is extra",
    "sequence numbers is extra",
    "macro add_tax is extra",
    "index titles of table User is extra",
]
DIFFERENT = [
    "table Person is called User, or was dropped and User created",
    "column name of table User is called full_name, or was dropped and full_name added",
    "column n of table User has type DECIMAL(18, 3), not INT32",
    "the default of column n of table User differs",
    "the primary key of table User is email, not id",
    "the multiplicity of table LivesIn is MANY_ONE, not MANY_MANY",
    "the storage direction of table LivesIn is fwd, not both",
    "the comment of table User differs",
    "sequence numbers differs",
    "macro add_tax differs",
    "index titles of table User differs",
]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        *zip((change for change, _ in ADDED), EXTRA, strict=True),
        *zip((change for change, _ in CHANGED), DIFFERENT, strict=True),
    ],
)
def test_a_change_as_a_state(change: Change, text: str) -> None:
    assert surplus(change) == text


@pytest.mark.parametrize(("change", "text"), [*zip((change for change, _ in ADDED), EXTRA, strict=True)])
def test_what_is_missing(change: Change, text: str) -> None:
    assert surplus(invert(change)) == text.replace("is extra", "is missing")
