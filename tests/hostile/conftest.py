from __future__ import annotations

from pathlib import Path

import pytest

from kuzuvcs.repository import Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A new project whose database is still to be made."""
    return Repository.init(tmp_path / "project", "app.kuzu")
