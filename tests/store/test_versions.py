"""Committing versions and finding them again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from kuzuvcs.errors import StoreError, UnknownRevision, UsageError
from kuzuvcs.store import Bytes, Entry, Ranges, Store, Subtree
from tests.store.building import commit, entries, git, table_file


def test_a_new_store_holds_nothing(store: Store) -> None:
    assert store.versions() == ()
    assert store.head() is None


def test_versions_are_numbered_and_newest_first(store: Store, tmp_path: Path) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    first = commit(store, entries(tmp_path, b"one"), "first")
    second = commit(store, entries(tmp_path, b"two"), "second: größer\n\nwith a body\n")
    newest, oldest = store.versions()
    assert (newest.name, newest.commit, newest.parent) == ("v2", second, first)
    assert newest.message == "second: größer\n\nwith a body"
    assert (oldest.name, oldest.commit, oldest.parent, oldest.message) == ("v1", first, None, "first")
    assert before <= oldest.created <= newest.created <= datetime.now(UTC)
    assert store.head() == newest


def test_numbers_go_on_past_nine(store: Store, tmp_path: Path) -> None:
    for _ in range(11):
        commit(store, entries(tmp_path, b"same"))
    assert [version.name for version in store.versions()][:3] == ["v11", "v10", "v9"]


def test_the_same_bytes_are_stored_once(store: Store, tmp_path: Path) -> None:
    with store.writer() as writer:
        first = writer.commit(entries(tmp_path, b"a" * 1000, b"b" * 2000), message="")
        second = writer.commit(entries(tmp_path, b"a" * 1000, b"b" * 2000, b"c" * 3000), message="")
        third = writer.commit(entries(tmp_path, b"a" * 1000, b"b" * 2000), message="")
    meta = len(b"{}\n") + len(b"PAR1FOOT")
    assert (first.stored_bytes, first.reused_bytes) == (3000 + meta, 0)
    assert (second.stored_bytes, second.reused_bytes) == (3000, 3000 + meta)
    assert (third.stored_bytes, third.reused_bytes) == (0, 3000 + meta)
    packs = sum(file.stat().st_size for file in (store.path / "objects" / "pack").glob("*.pack"))
    assert packs < 6000 + 3 * 1000


def test_a_subtree_is_reused_whole(store: Store, tmp_path: Path) -> None:
    first = commit(store, entries(tmp_path, b"x" * 500))
    tree = store.tree(first, "data/User.parquet")
    assert tree is not None
    with store.writer() as writer:
        done = writer.commit([Subtree(path="data/Account.parquet", tree=tree)], message="renamed")
    assert (done.stored_bytes, done.reused_bytes) == (0, 508)
    assert store.tree(done.version.commit, "data/Account.parquet") == tree
    assert store.tree(done.version.commit, "data/User.parquet") is None
    assert store.read(done.version.commit, "data/Account.parquet/1/000000/000000") == b"x" * 500


def test_a_subtree_that_no_version_holds_is_refused(store: Store, tmp_path: Path) -> None:
    commit(store, entries(tmp_path, b"x"))
    loose = git(store.path, "hash-object", "-w", "-t", "tree", "/dev/null").decode().strip()
    with store.writer() as writer, pytest.raises(StoreError, match=r"no version of the store holds"):
        writer.commit([Subtree(path="data/User.parquet", tree=loose)], message="")
    assert len(store.versions()) == 1


def test_an_object_that_no_ref_reaches_is_sent_again(store: Store, tmp_path: Path) -> None:
    commit(store, entries(tmp_path, b"a"))
    (tmp_path / "loose").write_bytes(b"only loose")
    git(store.path, "hash-object", "-w", str(tmp_path / "loose"))
    with store.writer() as writer:
        done = writer.commit([Bytes(path="f", data=b"only loose")], message="")
    assert done.stored_bytes == len(b"only loose")


@pytest.mark.parametrize(
    "revision", ["v1", "HEAD~1", "@~1", "HEAD^", "main~1", "v2~1", "v1~0", "old", "COMMIT"]
)
def test_revisions_are_those_of_git(store: Store, tmp_path: Path, revision: str) -> None:
    first = commit(store, entries(tmp_path, b"1"))
    commit(store, entries(tmp_path, b"2"))
    git(store.path, "branch", "old", "v1")
    asked = first[:9] if revision == "COMMIT" else revision
    assert store.resolve(asked).name == "v1"


OPTIONS = ("--all", "-h", "--git-dir", "--end-of-options", "--verify", "--default=v1")
NOT_ONE_COMMIT = (
    "",
    " ",
    "v1..v2",
    "^v1",
    "v1 v2",
    "HEAD~9",
    "v1:schema.json",
    "HEAD@{1}",
    ":/a version^{tree}",
)
NO_REVISION = ("v9", "V1", "v01", "../x", "config", "@live", "a\0b", "a\nb", "\udc80")


@pytest.mark.parametrize("revision", [*OPTIONS, *NOT_ONE_COMMIT, *NO_REVISION])
def test_an_unknown_revision_tells_what_there_is(store: Store, tmp_path: Path, revision: str) -> None:
    commit(store, entries(tmp_path, b"1"))
    commit(store, entries(tmp_path, b"2"))
    with pytest.raises(UnknownRevision) as raised:
        store.resolve(revision)
    assert raised.value.cause == "the store holds v1 … v2"


def test_an_unknown_revision_of_an_empty_store(store: Store) -> None:
    with pytest.raises(UnknownRevision) as raised:
        store.resolve("HEAD")
    assert raised.value.cause == "the store holds no version yet"


def test_a_commit_without_a_tag_is_no_version(store: Store, tmp_path: Path) -> None:
    commit(store, entries(tmp_path, b"1"))
    commit(store, entries(tmp_path, b"2"))
    git(store.path, "tag", "-d", "v1")
    with pytest.raises(UnknownRevision, match=r"has no version's tag"):
        store.resolve("HEAD~1")


def test_nothing_is_added_to_a_branch_whose_tags_are_missing(store: Store, tmp_path: Path) -> None:
    commit(store, entries(tmp_path, b"1"))
    git(store.path, "tag", "-d", "v1")
    with pytest.raises(StoreError, match=r"has no version's tag"):
        commit(store, entries(tmp_path, b"2"))


UNSAFE = [
    "",
    "/a",
    "a//b",
    "a/",
    "../a",
    "a/../b",
    ".",
    "a/.",
    ".git",
    "a/.GIT/b",
    "a/.Git",
    "git~1/x",
    ".gitattributes",
]


@pytest.mark.parametrize("path", [*UNSAFE, "a\0b", "a\nM b", "a b", 'a"b', "a\\b", "ä", "a.", "a" * 201])
def test_an_unsafe_path_is_refused(store: Store, path: str) -> None:
    with store.writer() as writer, pytest.raises(StoreError, match=r"cannot be a path in the store"):
        writer.commit([Bytes(path=path, data=b"")], message="")
    assert store.versions() == ()


@pytest.mark.parametrize(("one", "other"), [("a", "a"), ("a", "a/b"), ("a/b", "a")])
def test_two_entries_cannot_stand_at_one_path(store: Store, one: str, other: str) -> None:
    with store.writer() as writer, pytest.raises(StoreError, match=r"two entries of a version stand at a$"):
        writer.commit([Bytes(path=one, data=b"1"), Bytes(path=other, data=b"2")], message="")


@pytest.mark.parametrize(
    "parts",
    [
        (("a", 0, 4),),
        (("a", 0, 4), ("b", 5, 3)),
        (("b", 0, 4), ("a", 4, 4)),
        (("a", 0, 4), ("b", 4, 5)),
        (),
    ],
)
def test_parts_that_are_not_the_file_are_refused(
    store: Store, tmp_path: Path, parts: tuple[tuple[str, int, int], ...]
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"12345678")
    with store.writer() as writer, pytest.raises(StoreError):
        writer.commit([Ranges(path="data", file=file, parts=parts)], message="")
    assert store.versions() == ()


@pytest.mark.parametrize("message", ["a\0b", "\udc80"])
def test_a_message_that_git_cannot_keep_is_refused(store: Store, message: str) -> None:
    with store.writer() as writer, pytest.raises(UsageError):
        writer.commit([], message=message)


def test_a_missing_file_leaves_no_version(store: Store, tmp_path: Path) -> None:
    content: list[Entry] = [*entries(tmp_path, b"x"), Ranges(path="data/B", file=tmp_path / "none", parts=())]
    with pytest.raises(StoreError, match=r"could not be written"):
        commit(store, content)
    assert store.versions() == ()


def test_progress_tells_every_step(store: Store, tmp_path: Path) -> None:
    steps: list[tuple[str, int]] = []
    with store.writer() as writer:
        writer.commit(
            [table_file(tmp_path, b"123456")], message="", progress=lambda *step: steps.append(step)
        )
    last = [(step, 0) for step in ("imported", "checked", "published", "committed")]
    assert steps == [("part", 4), ("part", 6), ("part", 4), *last]


def test_a_store_is_made_only_in_an_empty_place(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no store can be made"):
        Store.create(store.path)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match=r"no store can be made"):
        Store.create(tmp_path / "file")
    (tmp_path / "empty").mkdir()
    assert Store.create(tmp_path / "empty").versions() == ()
