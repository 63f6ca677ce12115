from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kuzuvcs.core.planning.before import Capture
from kuzuvcs.core.schema import Connection
from kuzuvcs.core.scripts.capture_json import capture_from_json, capture_to_json
from kuzuvcs.errors import ManifestError
from tests.core.schemas import names

captures = st.builds(
    Capture,
    path=st.just("User.parquet"),
    table=names,
    connection=st.none() | st.builds(Connection, source=names, target=names),
    columns=st.lists(names).map(tuple),
)


@given(captures)
def test_a_capture_reads_back_from_its_line(capture: Capture) -> None:
    line = capture_to_json(capture)
    assert line.isascii()
    assert line.isprintable()
    assert capture_from_json(line) == capture


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[]",
        "{}",
        '{"path": "x", "table": "a`b", "columns": []}',
        '{"path": 1, "table": "a", "columns": []}',
    ],
)
def test_a_line_that_is_none_is_refused(line: str) -> None:
    with pytest.raises(ManifestError):
        capture_from_json(line)
