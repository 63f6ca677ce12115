"""Whatever ends a commit, the store has the old versions or the new one, and the next commit works."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kuzuvcs.errors import StoreBusy, StoreError
from kuzuvcs.store import Bytes, Entry, Store
from kuzuvcs.store.fast_import import FastImport
from tests.store.building import commit, entries, git, run_python


@pytest.fixture
def first(store: Store, tmp_path: Path) -> str:
    return commit(store, entries(tmp_path, b"first"), "first")


def assert_whole(store: Store, tmp_path: Path, *versions: str) -> None:
    """The store has exactly ``versions``, nothing is left over, and the next commit works."""
    assert [version.name for version in store.versions()] == list(versions)
    head = store.head()
    assert (head.name if head else None) == (versions[0] if versions else None)
    done = commit(store, entries(tmp_path, os.urandom(64)), "the next")
    assert store.resolve("HEAD").commit == done
    assert git(store.path, "rev-parse", "main").decode().strip() == done
    assert [version.name for version in store.versions()] == [f"v{len(versions) + 1}", *versions]
    store.verify_objects()
    assert left_over(store) == []


def left_over(store: Store) -> list[str]:
    names = [str(file.relative_to(store.path)) for file in store.path.rglob("*")]
    lock = store.path / "kuzuvcs.lock"
    assert lock.read_bytes() == b""
    return [
        name
        for name in names
        if "tmp_" in name or "crash" in name or "incoming" in name or name.endswith("x.lock")
    ]


class _Stop(Exception):
    """What a caller's own code may raise."""


@pytest.mark.parametrize("step", ["part", "imported", "checked", "published"])
def test_an_exception_at_any_step(store: Store, tmp_path: Path, first: str, step: str) -> None:
    def stop(reached: str, _: int) -> None:
        if reached == step:
            raise _Stop

    with store.writer() as writer, pytest.raises(_Stop):
        writer.commit(entries(tmp_path, b"second"), message="", progress=stop)
    assert store.resolve("HEAD").commit == first
    assert_whole(store, tmp_path, "v1")


def test_entries_that_raise_midway(store: Store, tmp_path: Path, first: str) -> None:
    def generated() -> Iterator[Entry]:
        yield from entries(tmp_path, os.urandom(1 << 20))
        raise _Stop

    with store.writer() as writer, pytest.raises(_Stop):
        writer.commit(generated(), message="")
    assert store.resolve("HEAD").commit == first
    assert_whole(store, tmp_path, "v1")


class _CutOff:
    """Lets the stream to git through up to ``limit`` bytes, then ends it, as a killed writer would."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.limit = 1 << 30
        self.sent = bytearray()
        self._write = FastImport._write

        def write(stream: FastImport, data: bytes) -> None:
            self._pass_on(stream, data)

        monkeypatch.setattr(FastImport, "_write", write)

    def _pass_on(self, stream: FastImport, data: bytes) -> None:
        kept = data[: max(0, self.limit - len(self.sent))]
        self.sent.extend(kept)
        self._write(stream, kept)
        if len(self.sent) == self.limit:
            stdin = stream._process.stdin
            assert stdin is not None
            stdin.flush()
            with Path(os.devnull).open("wb") as nowhere:
                os.dup2(nowhere.fileno(), stdin.fileno())


def test_a_stream_cut_off_at_any_byte_makes_no_version(
    store: Store, tmp_path: Path, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = _CutOff(monkeypatch)
    commit(store, entries(tmp_path, b"second"))
    whole = len(cut.sent)
    assert cut.sent.endswith(b"\n\ndone\n")
    before = git(store.path, "for-each-ref")
    for cut.limit in (*range(0, whole, 17), *range(whole - 12, whole - 1)):
        cut.sent.clear()
        with pytest.raises(StoreError, match=r"git fast-import failed"):
            commit(store, entries(tmp_path, b"third!"))
        assert len(cut.sent) == cut.limit
        assert git(store.path, "for-each-ref") == before
    cut.limit = 1 << 30
    assert store.resolve("v1").commit == first
    assert_whole(store, tmp_path, "v2", "v1")


KILL_AT = """
import os, signal, sys
from pathlib import Path
from kuzuvcs.store import Store
from tests.store.building import entries

folder, step, count, victim = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
reached = 0

def kill(at, size):
    global reached
    reached += at == step
    if reached == count:
        (os.killpg if victim == "group" else os.kill)(os.getpid(), signal.SIGKILL)

with Store.open(folder / "project" / "snapshots").writer() as writer:
    writer.commit(entries(folder, os.urandom(1 << 20), b"more"), message="killed", progress=kill)
"""


@pytest.mark.parametrize(
    ("step", "count"),
    [
        ("part", 1),
        ("part", 3),
        ("part", 5),
        ("imported", 1),
        ("checked", 1),
        ("published", 1),
        ("committed", 1),
    ],
)
@pytest.mark.parametrize("victim", ["process", "group"])
def test_a_kill_at_any_step(
    store: Store, tmp_path: Path, first: str, step: str, count: int, victim: str
) -> None:
    """The writer alone, whose git lives on for a moment, or both."""
    ended = run_python(KILL_AT, str(tmp_path), step, str(count), victim)
    assert ended.returncode == -9, ended.stderr
    assert store.resolve("v1").commit == first
    assert_whole(store, tmp_path, *(["v2", "v1"] if step == "committed" else ["v1"]))


def _pretend_killed(store: Store) -> None:
    (store.path / "kuzuvcs.lock").write_text("4194999\n")


def test_a_kill_between_branch_and_tag(store: Store, tmp_path: Path, first: str) -> None:
    commit(store, entries(tmp_path, b"second"))
    git(store.path, "tag", "-d", "v2")
    _pretend_killed(store)
    assert store.resolve("HEAD").commit == first
    assert_whole(store, tmp_path, "v1")


def test_a_kill_between_branch_and_the_first_tag(store: Store, tmp_path: Path, first: str) -> None:
    git(store.path, "tag", "-d", "v1")
    _pretend_killed(store)
    assert_whole(store, tmp_path)
    assert store.resolve("v1").commit != first


def test_a_kill_while_refs_are_locked(store: Store, tmp_path: Path, first: str) -> None:
    for name in ("refs/heads/main.lock", "refs/tags/v2.lock", "config.lock"):
        (store.path / name).write_bytes(b"")
    with pytest.raises(StoreError, match=r"git update-ref failed"):
        commit(store, entries(tmp_path, b"second"))
    _pretend_killed(store)
    assert_whole(store, tmp_path, "v1")
    assert store.resolve("v1").commit == first


def test_a_kill_while_the_pack_is_moved(store: Store, tmp_path: Path, first: str) -> None:
    scratch = store.path / "incoming" / "objects" / "pack"
    scratch.mkdir(parents=True)
    (scratch / "pack-1234.idx").write_bytes(b"an index")
    moved = store.path / "objects" / "pack" / "pack-1234.pack"
    moved.write_bytes(b"a pack")
    assert_whole(store, tmp_path, "v1")
    assert not moved.exists()
    assert store.resolve("v1").commit == first


FILL_UP = """
import os, resource, sys
sys.dont_write_bytecode = True
from pathlib import Path
from kuzuvcs.errors import StoreError
from kuzuvcs.store import Store
from tests.store.building import entries

folder = Path(sys.argv[1])
content = entries(folder, os.urandom(1 << 20))
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
try:
    with Store.open(folder / "project" / "snapshots").writer() as writer:
        writer.commit(content, message="too large")
except StoreError as error:
    sys.exit(f"refused: {error.message}")
"""


def test_a_file_that_may_not_grow(store: Store, tmp_path: Path, first: str) -> None:
    ended = run_python(FILL_UP, str(tmp_path))
    assert ended.stderr.startswith("refused: git fast-import failed"), ended.stderr
    assert left_over(store) == []
    assert store.resolve("HEAD").commit == first
    assert_whole(store, tmp_path, "v1")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True, check=False
    )
    if made.returncode != 0:
        pytest.skip("mounting a file system is not allowed here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("room", [0, 4096, 65536, 1 << 20])
def test_a_full_disk(small_disk: Path, tmp_path: Path, room: int) -> None:
    store = Store.create(small_disk / "snapshots")
    first = commit(store, entries(tmp_path, b"first"))
    filler = small_disk / "filler"
    free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
    filler.write_bytes(bytes(free - room))
    with pytest.raises(StoreError):
        commit(store, entries(tmp_path, os.urandom(3 << 20)))
    assert store.resolve("HEAD").commit == first
    filler.unlink()
    assert_whole(store, tmp_path, "v1")


def test_a_second_writer_is_told_who_writes(store: Store, tmp_path: Path) -> None:
    with store.writer(), pytest.raises(StoreBusy) as raised:
        Store.open(store.path).writer(wait=0).__enter__()
    assert raised.value.cause == f"this process, {os.getpid()}, holds its lock"
    assert_whole(store, tmp_path)


@pytest.mark.parametrize("wait", [None, 30.0])
def test_a_second_writer_waits(store: Store, wait: float | None) -> None:
    started = threading.Event()

    def second() -> None:
        started.set()
        with store.writer(wait) as writer:
            writer.commit([Bytes(path="f", data=b"2")], message="second")

    thread = threading.Thread(target=second)
    with store.writer() as writer:
        thread.start()
        started.wait()
        writer.commit([Bytes(path="f", data=b"1")], message="first")
        assert thread.is_alive()
    thread.join()
    assert [version.message for version in store.versions()] == ["second", "first"]


def test_the_lock_is_held_by_a_git_that_outlives_its_writer(store: Store) -> None:
    with store.writer() as writer:
        stream = FastImport(writer._git)
    with stream, pytest.raises(StoreBusy):
        store.writer(wait=0).__enter__()
    with store.writer(wait=0) as writer:
        assert writer.commit([], message="").version.name == "v1"
