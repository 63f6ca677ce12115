from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.calls import Program


@pytest.fixture
def kuzuvcs(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """The program, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return Program(capsys)
