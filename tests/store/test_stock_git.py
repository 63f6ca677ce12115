"""A store is a git repository: everything that git does with one works on it."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from kuzuvcs.store import Store
from tests.store.building import commit, entries, git

TABLE = "data/User.parquet"


@pytest.fixture
def committed(store: Store, tmp_path: Path) -> bytes:
    """Two versions; the bytes of the first one's table."""
    commit(store, entries(tmp_path, os.urandom(5000), b"a", b"b"), "first")
    table = (tmp_path / "User.bin").read_bytes()
    commit(store, entries(tmp_path, os.urandom(5000)), "second")
    return table


def _assert_same_store(copy: Path, store: Store, tmp_path: Path, table: bytes) -> None:
    opened = Store.open(copy)
    assert opened.versions() == store.versions()
    opened.assemble(opened.resolve("v1").commit, TABLE, tmp_path / "out", size=len(table))
    assert (tmp_path / "out").read_bytes() == table
    commit(opened, entries(tmp_path, b"third"), "third")
    assert opened.resolve("HEAD").name == "v3"
    opened.verify_objects()


def test_archive_and_tar_give_the_file(store: Store, committed: bytes) -> None:
    with tarfile.open(fileobj=io.BytesIO(git(store.path, "archive", f"v1:{TABLE}"))) as archive:
        parts = [archive.extractfile(member) for member in archive if member.isfile()]
        assert b"".join(part.read() for part in parts if part is not None) == committed


def test_the_command_of_the_documentation(store: Store, committed: bytes) -> None:
    line = f"git -C '{store.path}' archive v1:{TABLE} | tar -xO"
    assert subprocess.run(["sh", "-c", line], check=True, capture_output=True).stdout == committed


@pytest.mark.parametrize("options", [["--bare"], ["--mirror"], ["--bare", "--no-local"]])
def test_a_clone_is_a_store(store: Store, tmp_path: Path, committed: bytes, options: list[str]) -> None:
    git(tmp_path, "clone", "--quiet", *options, str(store.path), "copy")
    _assert_same_store(tmp_path / "copy", store, tmp_path, committed)


def test_a_bundle_is_a_store(store: Store, tmp_path: Path, committed: bytes) -> None:
    git(store.path, "bundle", "create", str(tmp_path / "all.bundle"), "--all")
    git(tmp_path, "clone", "--quiet", "--bare", "all.bundle", "copy")
    _assert_same_store(tmp_path / "copy", store, tmp_path, committed)


def test_a_push_is_received(store: Store, tmp_path: Path, committed: bytes) -> None:
    copy = Store.create(tmp_path / "copy")
    git(store.path, "push", "--quiet", "--tags", str(copy.path), "main")
    _assert_same_store(copy.path, store, tmp_path, committed)


def test_gc_and_fsck_work(store: Store, tmp_path: Path, committed: bytes) -> None:
    git(store.path, "gc", "--quiet", "--prune=now")
    git(store.path, "pack-refs", "--all")
    assert git(store.path, "fsck", "--full", "--strict") == b""
    _assert_same_store(store.path, store, tmp_path, committed)


def test_gc_neither_compresses_nor_makes_deltas(store: Store, tmp_path: Path) -> None:
    for last in (b"1", b"2"):
        commit(store, entries(tmp_path, bytes(100_000) + last))
    git(store.path, "gc", "--quiet", "--prune=now")
    (pack,) = (store.path / "objects" / "pack").glob("*.pack")
    assert pack.stat().st_size > 200_000


def test_a_clone_gets_its_settings_when_it_is_written_to(
    store: Store, tmp_path: Path, committed: bytes
) -> None:
    assert committed
    git(tmp_path, "clone", "--quiet", "--bare", str(store.path), "copy")
    copy = Store.open(tmp_path / "copy")
    assert not (copy.path / ".gitignore").exists()
    with copy.writer():
        assert git(copy.path, "config", "core.compression") == b"0\n"
        assert git(copy.path, "config", "gc.auto") == b"0\n"
        assert (copy.path / "info" / "attributes").read_bytes() == b"* -delta\n"


def test_an_enclosing_repository_leaves_the_store_alone(store: Store, committed: bytes) -> None:
    assert committed
    project = store.path.parent
    git(project, "init", "--quiet")
    (project / "file").write_bytes(b"")
    git(project, "add", ".")
    assert git(project, "ls-files") == b"file\n"


def _author(store: Store, tmp_path: Path) -> str:
    commit(store, entries(tmp_path, b"x"))
    return git(store.path, "log", "-1", "--format=%an <%ae> %cn %cI", "main").decode().strip()


def test_the_author_is_the_user(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".gitconfig").write_text("[user]\nname = Ada <Größe>\nemail = ada@example.org\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    name, created = _author(store, tmp_path).rsplit(" ", 1)
    assert name == "Ada Größe <ada@example.org> Ada Größe"
    assert created.endswith(("+00:00", "Z"))


def test_the_author_without_a_user_is_kuzuvcs(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".gitconfig").write_text("[user]\nname =\nemail =\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert _author(store, tmp_path).startswith("kuzuvcs <kuzuvcs@localhost> kuzuvcs ")
