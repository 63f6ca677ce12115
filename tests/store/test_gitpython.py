"""GitPython, another reader of git's formats than the program that wrote them, sees the same store."""

from __future__ import annotations

from pathlib import Path

import git
import pytest

from kuzuvcs.store import Bytes, Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store.create(tmp_path / "snapshots")
    with store.writer() as writer:
        for number in (1, 2):
            writer.commit([Bytes(path="schema.json", data=b"%d\n" % number)], message=f"number {number}")
    return store


def test_reads_versions_as_tags_with_their_history(store: Store) -> None:
    with git.Repo(store.path) as repository:
        assert repository.bare
        assert [tag.name for tag in repository.tags] == ["v1", "v2"]
        newest = repository.tags["v2"].commit
        assert newest.message == "number 2\n"
        assert [parent.hexsha for parent in newest.parents] == [repository.tags["v1"].commit.hexsha]
        assert newest.hexsha == store.resolve("v2").commit


def test_reads_the_bytes_of_a_version(store: Store) -> None:
    with git.Repo(store.path) as repository:
        blob = repository.tags["v1"].commit.tree / "schema.json"
        assert blob.data_stream.read() == store.read(store.resolve("v1").commit, "schema.json") == b"1\n"
