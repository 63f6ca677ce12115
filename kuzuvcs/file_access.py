"""Who may read and write a file: its mode, owner, group and extended attributes, as one value.

What replaces a file gets the access of that file, and what is new gets what the umask and the folder give.
A copy is made for its owner alone and gets its access before it gets its name.
"""

from __future__ import annotations

import contextlib
import errno
import grp
import os
import pwd
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from kuzuvcs.errors import KuzuvcsError

_ACL = "system.posix_acl_access"
_OF_THE_SYSTEM = ("security.", "trusted.")
"""Attributes that the kernel or a policy sets; most users may not."""

_NOT_THERE = (errno.ENODATA, errno.ENOTSUP, errno.EOPNOTSUPP)
_REFUSED = (errno.EPERM, errno.EACCES, errno.EINVAL)
"""EINVAL: in a container that does not know the user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The access of a file or folder.  ``attributes`` are its extended attributes, none on macOS."""

    mode: int
    owner: int
    group: int
    attributes: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the system let us give: only root may give a file to another owner or to a foreign group."""

    owner: bool
    group: bool


def create(path: Path, mode: int = 0o666) -> int:
    """A descriptor of a new file, open for reading and writing; the umask takes bits from ``mode``.

    :raises FileExistsError: something is there
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    return os.open(path, flags, mode)


def access_of(path: Path) -> Access:
    """The access of a file or folder.  A symbolic link is not followed."""
    found = path.lstat()
    return Access(
        mode=stat.S_IMODE(found.st_mode),
        owner=found.st_uid,
        group=found.st_gid,
        attributes=tuple(_attributes(path)),
    )


def replaced_access(path: Path) -> Access | None:
    """The access of the file that another one is going to replace; None where no regular file is there."""
    try:
        return access_of(path) if stat.S_ISREG(path.lstat().st_mode) else None
    except FileNotFoundError:
        return None


def new_access(folder: Path) -> Access:
    """The access of a new file in ``folder``: the umask's mode, and what the folder hands down."""
    probe = folder / f".{secrets.token_hex(8)}.new"
    os.close(create(probe))
    try:
        return access_of(probe)
    finally:
        probe.unlink()


def copied_access(source: Path, folder: Path) -> Access:
    """The access of a new file in ``folder`` with the content of ``source``, and for no more people."""
    new = new_access(folder)
    return replace(new, mode=new.mode & (access_of(source.resolve()).mode | 0o600))


def give_access(target: Path | int, access: Access) -> Given:
    """Give a file or folder this access, as far as the system lets us.

    Nobody gets more than before: if the group cannot be given, ours gets what others get, and no access
    control list is set.

    :raises OSError: the file cannot be changed at all, or has no room for an attribute
    """
    given = _give_owner(target, access)
    mode = access.mode if given.group else _without_group(access.mode)
    _give_attributes(target, access.attributes, with_list=given.group)
    # A list of the folder's came with the file and bounds the mode, so the mode is set last.
    if stat.S_IMODE(_status(target).st_mode) != mode:
        with _passing_over(*_REFUSED):  # by the owner only on a file system that has no modes
            os.chmod(target, mode)  # noqa: PTH101  (a descriptor, too)
    return given


def keep_access(target: Path, access: Access, replaced: Path) -> None:
    """Give ``target`` the access of the database ``replaced`` that it takes the place of.

    :raises KuzuvcsError: somebody would lose access, since only root may give a file to another owner
    """
    given = give_access(target, access)
    _require_all(access, given, replaced)


def require_keepable(access: Access, replaced: Path) -> None:
    """Raise before the work is done, where :func:`keep_access` would raise after it."""
    user = os.geteuid()
    if user == 0:
        return
    groups = {os.getegid(), *os.getgroups()}
    given = Given(owner=access.owner == user, group=access.group in groups)
    _require_all(access, given, replaced)


def _nobody_loses(access: Access, given: Given) -> bool:
    """Whether everybody keeps the access that they have.

    Members of a shared group replace each other's files, so the owner may change where the group may do what
    the owner may.
    """
    owner, group, others = ((access.mode >> shift) & 0o6 for shift in (6, 3, 0))
    if not given.group and group & ~others:
        return False
    return given.owner or (owner & ~(group if given.group else others)) == 0


def _require_all(access: Access, given: Given, replaced: Path) -> None:
    if not _nobody_loses(access, given):
        user, group = _user(access.owner), _group(access.group)
        raise KuzuvcsError(
            f"{replaced} cannot be replaced",
            cause=f"it belongs to user {user} and group {group}, who would lose access: only root may give "
            "them a new file",
            hint=f"run the command as root, or as user {user} in group {group}; nothing was changed",
        )


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"#{number}"


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def _give_owner(target: Path | int, access: Access) -> Given:
    found = _status(target)
    owner, group = found.st_uid == access.owner, found.st_gid == access.group
    if not owner:
        with _passing_over(*_REFUSED):
            os.chown(target, access.owner, -1)
            owner = True
    if not group:
        with _passing_over(*_REFUSED):
            os.chown(target, -1, access.group)
            group = True
    return Given(owner=owner, group=group)


def _status(target: Path | int) -> os.stat_result:
    return os.fstat(target) if isinstance(target, int) else target.lstat()


def _without_group(mode: int) -> int:
    return (mode & ~0o2070) | ((mode & 0o007) << 3)


def _give_attributes(
    target: Path | int, attributes: tuple[tuple[str, bytes], ...], *, with_list: bool
) -> None:
    if not hasattr(os, "setxattr"):  # macOS
        return
    wanted = {name: value for name, value in attributes if with_list or name != _ACL}
    had = dict(_attributes(target))
    for name in had.keys() - wanted.keys():
        with _passing_over(*_NOT_THERE, *_refused_of(name)):
            os.removexattr(target, name)
    for name, value in wanted.items():
        if had.get(name) != value:
            with _passing_over(*_NOT_THERE, *_refused_of(name)):
                os.setxattr(target, name, value)


def _refused_of(name: str) -> tuple[int, ...]:
    return _REFUSED if name.startswith(_OF_THE_SYSTEM) else ()


def _attributes(path: Path | int) -> Iterator[tuple[str, bytes]]:
    if not hasattr(os, "listxattr"):  # macOS
        return
    follow = isinstance(path, int)  # a descriptor is followed already
    with _passing_over(*_NOT_THERE):
        for name in os.listxattr(path, follow_symlinks=follow):
            with _passing_over(*_NOT_THERE, *_REFUSED):
                yield name, os.getxattr(path, name, follow_symlinks=follow)


@contextlib.contextmanager
def _passing_over(*numbers: int) -> Iterator[None]:
    """Go on after these errors of the system."""
    try:
        yield
    except OSError as error:
        if error.errno not in numbers:
            raise
