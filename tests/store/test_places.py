"""Whatever kind of file a stranger puts into a store: it is refused by name, and nothing waits for it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from kuzuvcs.core import limits
from kuzuvcs.errors import StoreError
from kuzuvcs.store import Store
from tests.store.building import commit, entries

PLACES = (
    "HEAD",
    "config",
    "packed-refs",
    "shallow",
    "kuzuvcs.lock",
    ".gitignore",
    "hooks",
    "logs",
    "logs/HEAD",
    "logs/refs/heads/main",
    "info/attributes",
    "info/grafts",
    "info/exclude",
    "refs/tags/v9",
    "refs/heads/main.lock",
    "objects/info/packs",
    "objects/pack/pack-1.idx",
    "objects/ab",
    "objects/ab/cdef",
    "incoming",
    "incoming/objects/pack",
    "whatever/deep/inside",
)


def fifo(place: Path) -> None:
    os.mkfifo(place)


def unix_socket(place: Path) -> None:
    folder = os.open(place.parent, os.O_RDONLY)
    try:  # a socket's path has to be short
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(f"/proc/self/fd/{folder}/{place.name}")
    finally:
        os.close(folder)


def link(place: Path) -> None:
    place.symlink_to("/dev/zero")


def loop(place: Path) -> None:
    place.symlink_to(place.name)


KINDS: dict[Callable[[Path], None], str] = {
    fifo: "a FIFO",
    unix_socket: "a socket",
    link: "a symbolic link",
    loop: "a symbolic link",
}


def put(store: Store, name: str, make: Callable[[Path], None]) -> None:
    place = store.path / name
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.is_dir():
        place.rename(place.with_name("moved"))
    place.unlink(missing_ok=True)
    make(place)


@pytest.mark.parametrize("make", KINDS)
def test_a_special_file_anywhere_in_a_store_is_refused(
    store: Store, tmp_path: Path, make: Callable[[Path], None]
) -> None:
    for number, name in enumerate(PLACES):
        broken = Store(shutil.copytree(store.path, tmp_path / f"{number}"))
        put(broken, name, make)
        with pytest.raises(StoreError, match="is refused") as raised:
            Store.open(broken.path)
        assert raised.value.cause == f"'{name}' is {KINDS[make]}"


def test_a_log_that_is_a_link_is_not_appended_to(store: Store, tmp_path: Path) -> None:
    """git appends to a log that is there, whatever the configuration says."""
    commit(store, entries(tmp_path, b"one"))
    victim = tmp_path / "victim"
    victim.write_text("mine\n")
    log = store.path / "logs" / "refs" / "heads" / "main"
    log.parent.mkdir(parents=True)
    log.symlink_to(victim)
    with pytest.raises(StoreError, match="is refused"):
        commit(store, entries(tmp_path, b"two"))
    log.unlink()
    os.link(victim, log)
    with pytest.raises(StoreError, match="is refused") as raised:
        commit(store, entries(tmp_path, b"two"))
    assert "'logs/refs/heads/main' is a hard link" in raised.value.cause
    assert victim.read_text() == "mine\n"


@pytest.mark.parametrize("name", ["kuzuvcs.lock", ".gitignore", "info/attributes"])
def test_a_file_that_is_written_in_place_has_no_other_name(store: Store, tmp_path: Path, name: str) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine\n")
    put(store, name, lambda place: os.link(victim, place))
    with pytest.raises(StoreError, match=r"is refused|cannot be written to") as raised:
        commit(store, entries(tmp_path, b"x"))
    assert "is a hard link" in raised.value.cause
    assert victim.read_text() == "mine\n"
    assert victim.stat().st_nlink == 2


def test_a_sound_log_of_the_users_own_is_kept(store: Store, tmp_path: Path) -> None:
    log = store.path / "logs" / "refs" / "heads" / "main"
    log.parent.mkdir(parents=True)
    log.touch()
    commit(store, entries(tmp_path, b"one"))
    assert [version.name for version in Store.open(store.path).versions()] == ["v1"]


@pytest.mark.parametrize("name", ["packed-refs", "shallow"])
def test_a_file_of_refs_that_is_too_large_is_refused(store: Store, name: str) -> None:
    with (store.path / name).open("wb") as file:
        file.truncate(limits.STORE_REFS_FILE + 1)
    with pytest.raises(StoreError, match="is refused") as raised:
        Store.open(store.path)
    assert name in raised.value.cause


def test_a_head_that_is_too_large_is_refused(store: Store) -> None:
    with (store.path / "HEAD").open("ab") as file:
        file.truncate(1 << 40)
    with pytest.raises(StoreError, match="is refused"):
        Store.open(store.path)


def test_folders_without_end_are_refused(store: Store) -> None:
    place = store.path / "refs" / "heads"
    for _ in range(100):
        place /= "a"
    place.mkdir(parents=True)
    with pytest.raises(StoreError, match="is refused") as raised:
        Store.open(store.path)
    assert "levels deep" in raised.value.cause


def test_too_many_files_are_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STORE_ENTRIES", 100)
    folder = store.path / "objects" / "ab"
    folder.mkdir()
    for number in range(101):
        (folder / f"{number:038x}").touch()
    with pytest.raises(StoreError, match="is refused") as raised:
        Store.open(store.path)
    assert "gc" in raised.value.hint


def test_a_store_that_is_written_to_meanwhile_is_not_refused(store: Store) -> None:
    """Folders come and go below ``incoming`` while another process makes a version."""
    stop = threading.Event()

    def come_and_go() -> None:
        folder = store.path / "incoming" / "objects" / "pack"
        while not stop.is_set():
            folder.mkdir(parents=True)
            (folder / "file").touch()
            (folder / "file").unlink()
            for one in (folder, folder.parent, folder.parent.parent):
                one.rmdir()

    other = threading.Thread(target=come_and_go)
    other.start()
    try:
        for _ in range(300):
            Store.open(store.path)
    finally:
        stop.set()
        other.join()


def git(store: Path, *words: str, stdin: bytes = b"") -> str:
    identity = {f"GIT_{who}_{what}": "a" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    done = subprocess.run(
        ["git", "-C", store, *words], input=stdin, capture_output=True, check=True, env=os.environ | identity
    )
    return done.stdout.decode().strip()


def tree_of_trees(store: Path, levels: int) -> str:
    """A tree in which every folder holds ten times the same folder: ten to the power of ``levels`` paths."""
    found = git(store, "mktree", stdin=b"")
    for _ in range(levels):
        found = git(
            store, "mktree", stdin="".join(f"040000 tree {found}\t{name}\n" for name in "abcdefghij").encode()
        )
    return found


def test_a_tree_that_never_ends_is_given_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "GIT_SECONDS", 1)
    top = tree_of_trees(store.path, 30)
    bomb = git(store.path, "commit-tree", top, "-m", "bomb")
    with pytest.raises(StoreError) as raised:
        store.listing(bomb)
    assert "it took over 1 seconds" in raised.value.cause


def test_an_answer_of_git_that_is_too_long_is_given_up(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed = commit(store, entries(tmp_path, b"x"))
    monkeypatch.setattr(limits, "GIT_ANSWER", 20)
    with pytest.raises(StoreError) as raised:
        store.listing(committed)
    assert "it printed over 20 bytes" in raised.value.cause


def test_a_document_that_is_too_large_is_not_read(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed = commit(store, entries(tmp_path, b"x"))
    size = len(store.read(committed, "schema.json"))
    monkeypatch.setitem(limits.DOCUMENTS, "schema.json", size)
    assert store.read(committed, "schema.json")
    monkeypatch.setitem(limits.DOCUMENTS, "schema.json", size - 1)
    with pytest.raises(StoreError) as raised:
        store.read(committed, "schema.json")
    assert f"kuzuvcs reads at most {size - 1}" in raised.value.cause
