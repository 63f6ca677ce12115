"""Refs and commits of a store that somebody else wrote with plain git."""

from __future__ import annotations

import shlex
import subprocess
import tracemalloc
from pathlib import Path

import pytest

from kuzuvcs.errors import DamagedStore, StoreError
from kuzuvcs.store import Store
from tests.store.building import commit, entries, git


def given(store: Store, data: bytes, *words: str) -> str:
    """What stock git makes of some bytes: an object's id."""
    command = ["git", "-C", str(store.path), *words]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout.decode().strip()


def test_a_branch_that_leads_to_a_tag_moves_no_version(store: Store, tmp_path: Path) -> None:
    first = commit(store, entries(tmp_path, b"first"))
    git(store.path, "symbolic-ref", "refs/heads/main", "refs/tags/v1")
    second = commit(store, entries(tmp_path, b"second"))
    assert [one.commit for one in store.versions()] == [second, first]


def test_a_version_with_the_largest_number(store: Store, tmp_path: Path) -> None:
    first = commit(store, entries(tmp_path, b"first"))
    git(store.path, "update-ref", "refs/tags/v999999999999999999", first)
    with pytest.raises(StoreError, match="no version can follow"):
        commit(store, entries(tmp_path, b"second"))
    git(store.path, "tag", "-d", "v999999999999999999")
    commit(store, entries(tmp_path, b"second"))
    assert [one.name for one in store.versions()] == ["v2", "v1"]


@pytest.mark.parametrize("seconds", ["253402300799", "99999999999999999999", "-5"])
def test_a_date_that_cannot_be_shown(store: Store, tmp_path: Path, seconds: str) -> None:
    commit(store, entries(tmp_path, b"first"))
    tree = git(store.path, "rev-parse", "v1^{tree}").decode().strip()
    who = f"a <b> {seconds} +0000"
    body = f"tree {tree}\nauthor {who}\ncommitter {who}\n\nm\n".encode()
    made = given(store, body, "hash-object", "-t", "commit", "-w", "--stdin", "--literally")
    git(store.path, "update-ref", "refs/tags/v2", made)
    with pytest.raises(DamagedStore, match="v2 is damaged"):
        store.versions()


def test_folders_inside_folders_take_no_memory(store: Store, tmp_path: Path) -> None:
    """1,000 folders that hold the same 500 levels: some 100 kB of trees, and half a million folders."""
    commit(store, entries(tmp_path, b"first"))
    inner = f"100644 blob {given(store, b'x', 'hash-object', '-w', '--stdin')}\tf\n"
    for _ in range(500):
        inner = f"040000 tree {given(store, inner.encode(), 'mktree')}\td\n"
    tree = inner.split()[2]
    wide = given(store, "".join(f"040000 tree {tree}\tn{n:04}\n" for n in range(1_000)).encode(), "mktree")
    data = git(store.path, "rev-parse", "v1:data/User.parquet").decode().strip()
    data = given(store, f"040000 tree {data}\tUser.parquet\n040000 tree {wide}\twide\n".encode(), "mktree")
    root = given(store, f"040000 tree {data}\tdata\n".encode(), "mktree")
    made = given(store, b"", "-c", "user.name=a", "-c", "user.email=b", "commit-tree", root, "-m", "m")
    tracemalloc.start()
    try:
        assert store.assemble(made, "data/User.parquet", tmp_path / "out") == 4 + len(b"first") + 4
        assert tracemalloc.get_traced_memory()[1] < 50 << 20
    finally:
        tracemalloc.stop()


def test_a_command_in_a_hint_is_one_command(store: Store) -> None:
    """A person copies it into a shell, and the key is a stranger's."""
    key = "filter.'; touch gone; '.clean"
    git(store.path, "config", "--file", str(store.path / "config"), key, "x")
    with pytest.raises(StoreError) as refused:
        Store.open(store.path)
    words = shlex.split(refused.value.hint.removeprefix("if you trust it: "))
    assert words == ["git", "config", "--file", str(store.path / "config"), "--unset-all", key]


def test_a_command_about_a_file_is_one_command(store: Store) -> None:
    log = store.path / "logs" / "a'; touch gone; 'b"
    log.parent.mkdir()
    log.write_text("x")
    (store.path.parent / "other").hardlink_to(log)
    with pytest.raises(StoreError) as refused:
        Store.open(store.path)
    words = shlex.split(refused.value.hint.partition(": ")[2])
    assert words == ["cp", str(log), f"{log}.new", "&&", "mv", f"{log}.new", str(log)]
