"""Commits that are no versions: what is captured before a migration."""

from __future__ import annotations

from pathlib import Path

import pytest

from kuzuvcs.errors import StoreError
from kuzuvcs.store import Bytes, Store
from tests.store.building import commit, entries, git


def test_what_is_kept_is_no_version(store: Store, tmp_path: Path) -> None:
    first = commit(store, entries(tmp_path, b"one"))
    with store.writer(None) as writer:
        kept = writer.keep([Bytes(path="manifest.json", data=b"{}")], message="before it")
    assert [version.commit for version in store.versions()] == [first]
    assert store.read(kept, "manifest.json") == b"{}"
    second = commit(store, entries(tmp_path, b"two"))
    assert [version.commit for version in store.versions()] == [second, first]


def test_what_is_kept_outlives_a_collection_of_garbage(store: Store, tmp_path: Path) -> None:
    commit(store, entries(tmp_path, b"one"))
    with store.writer(None) as writer:
        kept = writer.keep(entries(tmp_path, b"kept"), message="before it")
    git(store.path, "gc", "--prune=now", "--quiet")
    assert store.assemble(kept, "data/User.parquet", tmp_path / "out")
    store.verify_objects()


def test_a_tree_that_cannot_be_kept_leaves_nothing(store: Store, tmp_path: Path) -> None:
    commit(store, entries(tmp_path, b"one"))
    before = git(store.path, "for-each-ref")
    with store.writer(None) as writer, pytest.raises(StoreError):
        writer.keep([Bytes(path="../outside", data=b"x")], message="before it")
    assert git(store.path, "for-each-ref") == before
