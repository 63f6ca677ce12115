"""The mode, owner, group and extended attributes of files that are replaced, and of new ones."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kuzuvcs.core.progress import Silent
from kuzuvcs.errors import KuzuvcsError
from kuzuvcs.file_access import Access, Given, access_of, give_access, keep_access, require_keepable
from kuzuvcs.files import copy_file, write_atomic

ROOT = os.geteuid() == 0
as_root = pytest.mark.skipif(not ROOT, reason="only root may give a file to another owner")
NOBODY = 65534


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def set_attribute(path: Path, name: str, value: bytes) -> None:
    """Skip the test where the file system has no such attributes."""
    if not hasattr(os, "setxattr"):
        pytest.skip("Python has no extended attributes on this system")
    try:
        os.setxattr(path, name, value)
    except OSError as error:
        if error.errno in (errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM):
            pytest.skip(f"the file system of {path} has no extended attribute {name}")
        raise


def access_list(*named: int) -> bytes:
    """An access control list: the owner reads and writes, these users read, nobody else does."""
    entries = [(0x01, 6, 0xFFFFFFFF), *((0x02, 4, user) for user in named)]
    entries += [(0x04, 0, 0xFFFFFFFF), (0x10, 4, 0xFFFFFFFF), (0x20, 0, 0xFFFFFFFF)]
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


@contextlib.contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002, 0o007])
def test_a_new_file_has_the_mode_of_the_umask(tmp_path: Path, mask: int) -> None:
    with umask(mask):
        write_atomic(tmp_path / "new.txt", "text\n")
        (tmp_path / "plain.txt").write_text("text\n")
    assert mode_of(tmp_path / "new.txt") == mode_of(tmp_path / "plain.txt") == 0o666 & ~mask


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o444, 0o400, 0o755])
def test_a_replaced_file_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "kuzuvcs.toml"
    path.write_text("old\n")
    path.chmod(mode)
    with umask(0o022):
        write_atomic(path, "new\n")
    assert (path.read_text(), mode_of(path)) == ("new\n", mode)


def test_a_replaced_file_keeps_its_attributes(tmp_path: Path) -> None:
    path = tmp_path / "kuzuvcs.toml"
    path.write_text("old\n")
    set_attribute(path, "user.origin", b"a colleague")
    set_attribute(path, "system.posix_acl_access", access_list(NOBODY))
    before = access_of(path)
    write_atomic(path, "new\n")
    assert (path.read_text(), access_of(path)) == ("new\n", before)
    assert dict(before.attributes)["user.origin"] == b"a colleague"


def test_a_folders_list_gives_nobody_access_to_a_replaced_file(tmp_path: Path) -> None:
    path = tmp_path / "kuzuvcs.toml"
    path.write_text("old\n")
    path.chmod(0o640)
    set_attribute(tmp_path, "system.posix_acl_default", access_list(NOBODY))
    write_atomic(path, "new\n")
    assert access_of(path).attributes == ()
    assert mode_of(path) == 0o640
    write_atomic(tmp_path / "other", "new\n")
    (tmp_path / "plain").write_text("")
    assert access_of(tmp_path / "other") == access_of(tmp_path / "plain")
    assert access_of(tmp_path / "plain").attributes != ()


def test_a_link_is_replaced_by_a_new_file(tmp_path: Path) -> None:
    """What it leads to may be anybody's."""
    (tmp_path / "private").write_text("text")
    (tmp_path / "private").chmod(0o600)
    (tmp_path / "link").symlink_to(tmp_path / "private")
    with umask(0o022):
        write_atomic(tmp_path / "link", "new\n")
    assert (mode_of(tmp_path / "link"), (tmp_path / "private").read_text()) == (0o644, "text")


def test_a_copy_is_its_owners_alone(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"x")
    (tmp_path / "source").chmod(0o644)
    copy_file(tmp_path / "source", tmp_path / "copy", Silent())
    assert mode_of(tmp_path / "copy") == 0o600


@as_root
def test_a_replaced_file_keeps_its_owner_and_group(tmp_path: Path) -> None:
    path = tmp_path / "kuzuvcs.toml"
    path.write_text("old\n")
    os.chown(path, 1234, 4321)
    path.chmod(0o640)
    before = access_of(path)
    write_atomic(path, "new\n")
    assert (path.read_text(), access_of(path)) == ("new\n", before)
    assert (before.owner, before.group, before.mode) == (1234, 4321, 0o640)


AS_NOBODY = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from kuzuvcs.errors import KuzuvcsError
from kuzuvcs.file_access import access_of, give_access, keep_access
os.setgroups([77])
os.setgid(65534)
os.setuid(65534)
folder = Path(sys.argv[1])
for name in ("owner", "shared", "group"):
    (folder / "new").unlink(missing_ok=True)
    (folder / "new").write_text("new")
    (folder / "new").chmod(0o600)
    try:
        keep_access(folder / "new", access_of(folder / name), folder / name)
    except KuzuvcsError as error:
        print(name, "refused", error.cause, error.hint)
    found = (folder / "new").stat()
    print(name, found.st_uid, found.st_gid, oct(found.st_mode))
"""


@as_root
def test_another_owner_than_root_gives_nobody_more_and_takes_from_nobody() -> None:
    """The folder is not below pytest's own, which only root may enter."""
    folder = Path(tempfile.mkdtemp(prefix="kuzuvcs-test-"))
    try:
        os.chown(folder, NOBODY, NOBODY)
        for name, owner, group, mode in (
            ("owner", 1234, 77, 0o640),
            ("shared", 1234, 77, 0o664),
            ("group", NOBODY, 4321, 0o640),
        ):
            (folder / name).write_text("old")
            os.chown(folder / name, owner, group)
            (folder / name).chmod(mode)
        here = str(Path(__file__).parents[1])
        done = subprocess.run(
            [sys.executable, "-c", AS_NOBODY, str(folder), here], capture_output=True, text=True, check=False
        )
    finally:
        shutil.rmtree(folder)
    assert done.returncode == 0, done.stderr
    told = done.stdout.splitlines()
    assert "owner refused it belongs to user #1234" in told[0]
    assert "group refused it belongs to user" in told[3]
    assert told[1:3] == [f"owner {NOBODY} 77 0o100640", f"shared {NOBODY} 77 0o100664"]
    assert told[4] == f"group {NOBODY} {NOBODY} 0o100600"


@pytest.mark.skipif(ROOT, reason="root may keep every owner")
def test_what_another_user_owns_is_refused_before_the_work(tmp_path: Path) -> None:
    foreign = Access(mode=0o640, owner=os.geteuid() + 1, group=os.getegid(), attributes=())
    with pytest.raises(KuzuvcsError, match="cannot be replaced"):
        require_keepable(foreign, tmp_path)


def test_a_file_of_ones_own_is_replaced_as_it_is(tmp_path: Path) -> None:
    for name, mode in (("old", 0o640), ("new", 0o600)):
        (tmp_path / name).write_text(name)
        (tmp_path / name).chmod(mode)
    require_keepable(access_of(tmp_path / "old"), tmp_path / "old")
    keep_access(tmp_path / "new", access_of(tmp_path / "old"), tmp_path / "old")
    assert access_of(tmp_path / "new") == access_of(tmp_path / "old")
    assert give_access(tmp_path / "new", access_of(tmp_path / "old")) == Given(owner=True, group=True)
