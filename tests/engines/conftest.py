from __future__ import annotations

from pathlib import Path

import pytest

from kuzuvcs.repository import Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A new project whose database is still to be made."""
    return Repository.init(tmp_path / "project", "app.kuzu")


@pytest.fixture
def nothing_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without environments of engines, nor a network; the folder for them."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    monkeypatch.setenv("UV_OFFLINE", "1")
    return tmp_path / "cache" / "kuzuvcs" / "engines"
