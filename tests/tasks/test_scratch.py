"""Scratch folders: one for each run, removed at its end, or by the next run after a kill."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from kuzuvcs.scratch import scratch_folder


def names(parent: Path) -> set[str]:
    return {path.name for path in parent.iterdir()}


def test_removed_at_the_end_and_after_an_error(tmp_path: Path) -> None:
    parent = tmp_path / ".kuzuvcs"
    with scratch_folder(parent) as folder:
        (folder / "data").mkdir()
    with pytest.raises(KeyError), scratch_folder(parent) as folder:
        raise KeyError
    assert names(parent) == {".gitignore"}
    assert (parent / ".gitignore").read_text() == "*\n"


def test_two_runs_leave_each_other_alone(tmp_path: Path) -> None:
    with scratch_folder(tmp_path) as one, scratch_folder(tmp_path) as two:
        assert one != two
        assert one.is_dir()
        assert two.is_dir()


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    full, half_removed = tmp_path / "scratch-full", tmp_path / "scratch-half"
    for folder in (full, half_removed):
        folder.mkdir()
        (folder / "data.parquet").write_bytes(b"x")
    (full / "lock").touch()
    with scratch_folder(tmp_path) as folder:
        assert names(tmp_path) == {".gitignore", folder.name}


def test_of_many_that_begin_at_once_none_takes_another_for_left_over(tmp_path: Path) -> None:
    together = Barrier(8)

    def work(_: int) -> bool:
        together.wait()
        for _ in range(50):
            with scratch_folder(tmp_path) as folder:
                if not (folder / "lock").exists():
                    return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))
    assert names(tmp_path) == {".gitignore"}
