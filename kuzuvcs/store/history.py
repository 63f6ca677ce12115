"""Versions and revisions: what the store's refs say.

A version exists when its tag does.  The branch ``main`` moves in the same transaction, but git's
files are renamed one by one, the branch first; a kill between the two leaves it ahead of the last
version.  So the head is the nearest version at or before the branch.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from datetime import UTC, datetime

from kuzuvcs.errors import DamagedStore, StoreError, UnknownRevision
from kuzuvcs.store.git import Git, GitFailed
from kuzuvcs.store.values import Version

BRANCH = "refs/heads/main"
COMMIT_ID = re.compile(r"[0-9a-f]{40}")
_VERSION_NAME = re.compile(r"v[1-9][0-9]{0,17}")
_LAST_YEAR = 9000
"""Times near the end of the calendar cannot be shown in another time zone."""
_FIELDS = ("refname:strip=2", "objecttype", "objectname", "committerdate:unix", "parent", "contents")
_HEAD = re.compile(r"(HEAD|@|main)(?=$|[~^])")


def list_versions(git: Git) -> tuple[Version, ...]:
    """Every version, newest first.  Raises :class:`DamagedStore`."""
    layout = "".join(f"%({field})%00" for field in _FIELDS)
    try:
        listed = git.run("for-each-ref", f"--format={layout}", "refs/tags/").decode("utf-8", "replace")
    except GitFailed as error:
        raise DamagedStore(
            "the versions of the store cannot be read",
            cause=error.cause,
            hint=f"git -C {shlex.quote(str(git.directory))} fsck",
        ) from error
    values = iter(listed.split("\0")[:-1])
    records = zip(*[values] * len(_FIELDS), strict=True)
    found = [_version(record) for record in records if _names_version(record)]
    return tuple(sorted(found, key=number, reverse=True))


def number(version: Version) -> int:
    """The 3 of ``v3``."""
    return int(version.name[1:])


def next_name(versions: Iterable[Version]) -> str:
    """The name of the next version.

    :raises StoreError: the last version has the largest number that a version can have
    """
    name = f"v{max(map(number, versions), default=0) + 1}"
    if _VERSION_NAME.fullmatch(name):
        return name
    raise StoreError(
        "no version can follow the last one",
        cause=f"its number would be {name[1:]}, and kuzuvcs reads at most 18 digits",
        hint="remove the tag with the large number: git -C STORE tag -d NAME",
    )


def branch_commit(git: Git) -> str | None:
    """The commit that the branch is at."""
    found = git.run("for-each-ref", "--format=%(objectname)", BRANCH).decode("ascii").split()
    return found[0] if found else None


def find_head(git: Git, versions: Iterable[Version]) -> Version | None:
    """The nearest version at or before the branch."""
    commit = branch_commit(git)
    if commit is None:
        return None
    by_commit = {version.commit: version for version in versions}
    if commit in by_commit:
        return by_commit[commit]
    for ancestor in git.run("rev-list", "--first-parent", commit).decode("ascii").split():
        if ancestor in by_commit:
            return by_commit[ancestor]
    return None


def resolve(git: Git, revision: str) -> Version:
    """The version that ``revision`` means: ``v3``, ``HEAD~1``, a commit's prefix, a branch.

    Raises :class:`UnknownRevision`, which says what there is.
    """
    versions = list_versions(git)
    for version in versions:
        if version.name == revision:
            return version
    head = find_head(git, versions)
    commit = _parse(
        git, _HEAD.sub(head.commit, revision, count=1) if head and _HEAD.match(revision) else revision
    )
    for version in versions:
        if version.commit == commit:
            return version
    cause = describe(versions)
    if commit is not None:
        cause = f"commit {commit[:12]} has no version's tag; {cause}"
    hint = "kuzuvcs log lists them" if versions else _first_version(git)
    raise UnknownRevision(f"no version {revision!r}", cause=cause, hint=hint)


def _first_version(git: Git) -> str:
    return (
        "kuzuvcs snapshot makes the first; where a shared store has some: "
        f"git -C {shlex.quote(str(git.directory))} fetch URL main:main 'refs/tags/*:refs/tags/*'"
    )


def describe(versions: tuple[Version, ...]) -> str:
    """What the store holds, in a phrase."""
    if not versions:
        return "the store holds no version yet"
    newest, oldest = versions[0].name, versions[-1].name
    return f"the store holds {newest}" if newest == oldest else f"the store holds {oldest} … {newest}"


def _parse(git: Git, revision: str) -> str | None:
    if not revision.isprintable():
        return None
    try:
        parsed = git.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    except GitFailed:
        return None
    commit = parsed.decode("ascii").strip()
    return commit if COMMIT_ID.fullmatch(commit) else None  # git answers '^v1' with '^' and an id


def _names_version(record: tuple[str, ...]) -> bool:
    name, kind = record[0].lstrip("\n"), record[1]
    return kind == "commit" and _VERSION_NAME.fullmatch(name) is not None


def _version(record: tuple[str, ...]) -> Version:
    name, _, commit, seconds, parents, message = record
    try:
        created = datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise DamagedStore(f"{name.strip()} is damaged", cause=f"its date is {seconds!r}") from error
    if created.year > _LAST_YEAR:
        raise DamagedStore(f"{name.strip()} is damaged", cause=f"its date is in the year {created.year}")
    return Version(
        name=name.lstrip("\n"),
        commit=commit,
        created=created,
        message=message.rstrip("\n"),
        parent=parents.split(" ")[0] or None,
    )
