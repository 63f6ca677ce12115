"""What a change adds to the store, at the size for which bounds are promised."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.benchmarks.sizes import growths


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_changes_add_no_more_than_their_bounds(tmp_path: Path) -> None:
    bounded = [growth for growth in growths(1_000_000, tmp_path) if growth.bound is not None]
    assert len(bounded) == 3
    assert [growth for growth in bounded if growth.added > (growth.bound or 0)] == []
