from __future__ import annotations

from pathlib import Path

import pytest

from kuzuvcs.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store in a project folder of its own."""
    return Store.create(tmp_path / "project" / "snapshots")
