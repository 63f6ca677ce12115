"""A database of 36 tables goes from kuzu to ladybug, every value verified, beside EXPORT and IMPORT."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.benchmarks.upgrading import TABLES, upgrades
from tests.tasks.building import content


def test_it_has_the_tables_of_lsqb(tmp_path: Path) -> None:
    assert TABLES == 36
    done = upgrades(2_000, tmp_path)
    assert 1_500 < done.rows < 3_000
    assert content(tmp_path / "lsqb.kuzu") == content(tmp_path / "upgraded.lbug")


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_one_point_four_million_rows(tmp_path: Path) -> None:
    done = upgrades(1_410_000, tmp_path)
    assert done.rows > 1_400_000
    assert content(tmp_path / "lsqb.kuzu") == content(tmp_path / "upgraded.lbug")
