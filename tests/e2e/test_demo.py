"""``scripts/demo`` as it is run: what it leaves, what it proves, and how it fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kuzuvcs.repository import Repository
from scripts.demonstration.installed import read_packages
from scripts.demonstration.picture import PICTURE, SHOWN

ROOT = Path(__file__).parents[2]


def demo(folder: Path, *arguments: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    """The demo with its temporary folder within ``folder``."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder)}
    return subprocess.run(
        [sys.executable, "-m", "scripts.demonstration", *arguments],
        cwd=folder,
        env=environment if path is None else environment | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_it_tells_its_story_and_keeps_what_it_was_asked_to(tmp_path: Path) -> None:
    done = demo(tmp_path, "--keep", "kept")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "v1 restored and captured again: unchanged" in done.stdout
    assert "2 scripts run" in done.stdout
    assert "2 scripts rolled back" in done.stdout
    assert [text for text in SHOWN if f"\n$ {text}\n" not in done.stdout] == []
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    repository = Repository.open(tmp_path / "kept")
    assert [version.version for version in repository.log()] == ["v4", "v3", "v2", "v1"]
    assert repository.status(data=True).clean
    assert {(t.name, t.rows) for t in repository.show("v1").tables} >= {("Package", len(read_packages()))}
    assert len(list(repository.project.migrations.glob("*.cypher"))) == 2


def test_a_command_that_fails_ends_it_and_nothing_is_left_behind(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    done = demo(temporary, path=str(tools))
    assert done.returncode == 1
    assert "git is not installed" in done.stdout
    assert "the demo failed: `kuzuvcs init --database packages.kuzu` ended with exit code 1" in done.stderr
    assert list(temporary.iterdir()) == []


def test_it_does_not_work_in_a_folder_that_holds_something(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    done = demo(tmp_path, "--keep", str(tmp_path))
    assert done.returncode == 2
    assert "is not empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_the_packages_are_those_that_are_installed() -> None:
    packages = {package.name: package for package in read_packages()}
    assert packages["kuzu"].release == "0.11.3"
    assert "kuzu" in {requirement.name for requirement in packages["kuzuvcs"].requirements}
    assert len(packages["python"].files) > 100
    missing = [r.name for p in packages.values() for r in p.requirements if r.name not in packages]
    assert missing == []


def test_the_picture_shows_the_commands_and_fetches_nothing() -> None:
    picture = (ROOT / PICTURE).read_text(encoding="utf-8")
    assert "generate" in picture
    assert "http" not in picture.replace("http://www.w3.org/", "").replace("https://www.textualize.io", "")
