"""A service that has no home folder: HOME is not set, and the system does not know its user."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kuzuvcs.user_folders import cache_folder, state_folder
from tests.tasks.building import ROOT, run

AS_NOBODY_KNOWN = """
import pwd, runpy, sys
def unknown(user):
    raise KeyError(f"getpwuid(): uid not found: {user}")
pwd.getpwuid = unknown
sys.argv = ["kuzuvcs", "--no-input", *sys.argv[1:]]
runpy.run_module("kuzuvcs", run_name="__main__")
"""


def call(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    taken = {"HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"}
    rest = {name: value for name, value in os.environ.items() if name not in taken}
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY_KNOWN, *arguments],
        cwd=folder,
        env=rest | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "internal error" not in done.stderr
    assert "Traceback" not in done.stderr
    return done


def test_a_project_is_made_and_used(tmp_path: Path) -> None:
    run(tmp_path / "app.kuzu", "CREATE NODE TABLE User(id INT64 PRIMARY KEY)", "CREATE (:User {id: 1})")
    for command in (
        ("init", "--database", "app.kuzu"),
        ("snapshot",),
        ("checkout", "v1", "--to", "again.kuzu"),
        ("engine", "list"),
        ("engine", "remove", "kuzu"),
    ):
        done = call(tmp_path, *command)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "again.kuzu").exists()


def test_what_needs_a_folder_of_the_user_says_so(tmp_path: Path) -> None:
    call(tmp_path, "init", "--database", "app.kuzu")
    install = call(tmp_path, "engine", "install", "kuzu==0.10.1")
    assert (install.returncode, "set HOME or XDG_CACHE_HOME" in install.stderr) == (1, True)
    project = tmp_path / "kuzuvcs.toml"
    text = project.read_text()
    project.write_text(text + "allow_outside = true\n")
    trust = call(tmp_path, "trust")
    assert (trust.returncode, "set XDG_STATE_HOME" in trust.stderr) == (1, True)
    assert call(tmp_path, "trust", XDG_STATE_HOME=str(tmp_path / "state")).returncode == 0
    assert [*(tmp_path / "state").rglob("*.json")] != []
    project.write_text(text.replace('"app.kuzu"', '"~/app.kuzu"'))
    status = call(tmp_path, "status")
    assert (status.returncode, "there is no home folder" in status.stderr) == (1, True)
    assert not (tmp_path / "~").exists()
    project.write_text(text.replace('"app.kuzu"', '"~app.kuzu"'))
    assert "~app.kuzu" in call(tmp_path, "snapshot").stderr


def test_a_relative_folder_in_the_environment_is_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, "here")
    for folder in (cache_folder(), state_folder()):
        assert folder is not None
        assert folder.is_relative_to(tmp_path)
