"""Scratch folders: one for each run, removed at its end, or by the next run after a kill."""

from __future__ import annotations

import os
import time
from pathlib import Path

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


def test_a_folder_without_its_name_yet_is_given_time(tmp_path: Path) -> None:
    young, old = tmp_path / "unborn-young", tmp_path / "unborn-old"
    young.mkdir()
    old.mkdir()
    long_ago = time.time() - 7200
    os.utime(old, (long_ago, long_ago))
    with scratch_folder(tmp_path):
        assert young.exists()
        assert not old.exists()
