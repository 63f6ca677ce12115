"""Reading versions back, from whole stores and damaged ones."""

from __future__ import annotations

import subprocess
import zlib
from pathlib import Path

import pytest

from kuzuvcs.errors import DamagedStore, StoreError, UnknownRevision
from kuzuvcs.store import Blob, Bytes, Store
from tests.store.building import commit, entries, git, one_pack, overwrite

TABLE = "data/User.parquet"
CHUNK = bytes(range(256)) * 20


@pytest.fixture
def committed(store: Store, tmp_path: Path) -> str:
    return commit(store, entries(tmp_path, CHUNK, b"second"))


def test_the_parts_put_together_are_the_file(store: Store, tmp_path: Path, committed: str) -> None:
    size = store.assemble(committed, TABLE, tmp_path / "out", size=len(CHUNK) + 14)
    assert size == len(CHUNK) + 14
    assert (tmp_path / "out").read_bytes() == (tmp_path / "User.bin").read_bytes()


def test_a_part_larger_than_git_keeps_in_memory(store: Store, tmp_path: Path) -> None:
    large = bytes(3 << 20)
    commit_id = commit(store, entries(tmp_path, large))
    store.assemble(commit_id, TABLE, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"PAR1" + large + b"FOOT"


def test_an_empty_file_is_read(store: Store, tmp_path: Path) -> None:
    commit_id = commit(store, [Bytes(path="empty", data=b"")])
    assert store.read(commit_id, "empty") == b""
    assert store.assemble(commit_id, "empty", tmp_path / "out") == 0


def test_listing_gives_full_paths_and_sizes(store: Store, committed: str) -> None:
    assert [(blob.path, blob.size) for blob in store.listing(committed, TABLE)] == [
        (f"{TABLE}/0-head", 4),
        (f"{TABLE}/1/000000/000000", len(CHUNK)),
        (f"{TABLE}/1/000001/000000", 6),
        (f"{TABLE}/2-foot", 4),
    ]
    schema = store.listing(committed)[-1]
    assert schema == Blob(path="schema.json", id=store.tree(committed, "schema.json") or "", size=3)
    assert store.listing(committed, "nothing") == ()


def test_what_is_not_there_is_damage(store: Store, tmp_path: Path, committed: str) -> None:
    with pytest.raises(DamagedStore, match=r"v1 is damaged: manifest.json"):
        store.read(committed, "manifest.json")
    with pytest.raises(DamagedStore, match=r"v1 is damaged: data/Nix.parquet"):
        store.assemble(committed, "data/Nix.parquet", tmp_path / "out")


def test_another_size_is_damage(store: Store, tmp_path: Path, committed: str) -> None:
    with pytest.raises(DamagedStore, match=r"v1 is damaged: data/User.parquet"):
        store.assemble(committed, TABLE, tmp_path / "out", size=1)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("commit_id", ["--help", "v1", "", "a" * 39])
def test_only_a_commit_id_is_a_commit(store: Store, committed: str, commit_id: str) -> None:
    assert commit_id != committed
    with pytest.raises(UnknownRevision):
        store.read(commit_id, "schema.json")


@pytest.mark.parametrize("path", ["../config", "/etc/passwd", "--name-only"])
def test_a_read_stays_inside(store: Store, committed: str, path: str) -> None:
    with pytest.raises(StoreError):
        store.read(committed, path)


def test_a_flipped_byte_in_a_pack_is_named(store: Store, tmp_path: Path, committed: str) -> None:
    pack = one_pack(store)
    data = bytearray(pack.read_bytes())
    data[data.index(CHUNK) + 1000] ^= 1
    overwrite(pack, bytes(data))
    with pytest.raises(DamagedStore, match=r"v1 is damaged: data/User.parquet") as raised:
        store.assemble(committed, TABLE, tmp_path / "out")
    assert f"{TABLE}/1/000000/000000" in raised.value.cause
    assert not (tmp_path / "out").exists()
    with pytest.raises(DamagedStore):
        store.verify_objects()


def test_a_flipped_byte_anywhere_never_gives_other_bytes(
    store: Store, tmp_path: Path, committed: str
) -> None:
    pack = one_pack(store)
    whole = pack.read_bytes()
    right = (tmp_path / "User.bin").read_bytes()
    noticed = 0
    for position in range(0, len(whole), len(whole) // 40):
        overwrite(pack, whole[:position] + bytes([whole[position] ^ 0x10]) + whole[position + 1 :])
        try:
            store.assemble(committed, TABLE, tmp_path / "out")
        except DamagedStore:
            noticed += 1
        else:
            assert (tmp_path / "out").read_bytes() == right
    assert noticed > 30


def _loosen(store: Store) -> None:
    """Turn the store's one pack into loose objects."""
    pack = one_pack(store)
    data = pack.read_bytes()
    pack.with_suffix(".idx").unlink()
    pack.unlink()
    subprocess.run(["git", "-C", store.path, "unpack-objects", "-q"], input=data, check=True)


def _loose_file(store: Store, commit_id: str, path: str) -> Path:
    object_id = store.tree(commit_id, path)
    assert object_id is not None
    return store.path / "objects" / object_id[:2] / object_id[2:]


def test_a_flipped_byte_in_a_loose_object_is_named(store: Store, committed: str) -> None:
    _loosen(store)
    file = _loose_file(store, committed, f"{TABLE}/1/000000/000000")
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    overwrite(file, bytes(data))
    with pytest.raises(DamagedStore, match=r"v1 is damaged: data/User.parquet/1/000000/000000"):
        store.read(committed, f"{TABLE}/1/000000/000000")


def test_an_object_under_a_wrong_name_is_noticed(store: Store, committed: str) -> None:
    """git reads such a blob without a word; only its hash tells."""
    _loosen(store)
    file = _loose_file(store, committed, "schema.json")
    overwrite(file, zlib.compress(b"blob 3\0[]\n"))
    assert git(store.path, "show", "v1:schema.json") == b"[]\n"
    with pytest.raises(DamagedStore, match=r"v1 is damaged: schema.json"):
        store.read(committed, "schema.json")


def test_a_missing_object_is_named(store: Store, committed: str) -> None:
    _loosen(store)
    _loose_file(store, committed, "schema.json").unlink()
    with pytest.raises(DamagedStore, match=r"v1 is damaged: schema.json"):
        store.read(committed, "schema.json")
    with pytest.raises(DamagedStore, match=r"is damaged") as raised:
        store.verify_objects()
    assert ":schema.json" in raised.value.cause


def test_a_missing_commit_is_damage(store: Store, tmp_path: Path, committed: str) -> None:
    _loosen(store)
    (store.path / "objects" / committed[:2] / committed[2:]).unlink()
    with pytest.raises(DamagedStore, match=r"versions of the store cannot be read"):
        store.versions()
    with pytest.raises(DamagedStore):
        commit(store, entries(tmp_path, b"next"))


def test_nothing_is_added_to_a_history_with_a_missing_tree(
    store: Store, tmp_path: Path, committed: str
) -> None:
    _loosen(store)
    _loose_file(store, committed, "data").unlink()
    with pytest.raises(DamagedStore, match=r"no version can be added"):
        commit(store, entries(tmp_path, b"next"))
    assert [version.name for version in store.versions()] == ["v1"]
