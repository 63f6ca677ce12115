"""Links in a cloned project lead kuzuvcs into other folders: nothing is removed there."""

from __future__ import annotations

from pathlib import Path

from kuzuvcs.scratch import scratch_folder


def test_folders_behind_a_link_are_not_removed(tmp_path: Path) -> None:
    users = tmp_path / "home" / "scratch-pad"
    users.mkdir(parents=True)
    (users / "notes.txt").write_text("mine")
    parent = tmp_path / "project" / ".kuzuvcs"
    parent.parent.mkdir()
    parent.symlink_to(tmp_path / "home")
    with scratch_folder(parent) as folder:
        assert folder.is_dir()
    assert (users / "notes.txt").read_text() == "mine"
    assert not folder.exists()
