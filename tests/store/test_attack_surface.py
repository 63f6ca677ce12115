"""Nothing that a stranger or the environment puts in git's way runs, or changes anything outside."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from kuzuvcs.errors import StoreError
from kuzuvcs.store import Store
from tests.store.building import commit, entries, git

HOOKS = (
    "reference-transaction",
    "pre-commit",
    "post-commit",
    "update",
    "post-update",
    "pre-auto-gc",
    "post-index-change",
)


def _script(file: Path, marker: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\ntouch '{marker}'\n")
    file.chmod(0o755)


def _use(store: Store, tmp_path: Path) -> None:
    opened = Store.open(store.path)
    commit_id = commit(opened, entries(tmp_path, b"bytes"))
    opened.assemble(commit_id, "data/User.parquet", tmp_path / "out")
    opened.resolve("HEAD")
    opened.verify_objects()


def test_a_hook_in_the_store_never_runs(store: Store, tmp_path: Path) -> None:
    for hook in HOOKS:
        _script(store.path / "hooks" / hook, tmp_path / "ran")
    _use(store, tmp_path)
    assert not (tmp_path / "ran").exists()
    git(store.path, "update-ref", "refs/heads/other", "v1")
    assert (tmp_path / "ran").exists(), "stock git does run it, so the hook was one"


def test_the_users_own_configuration_does_not_matter(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    _script(home / "hooks" / "reference-transaction", tmp_path / "ran")
    _script(home / "monitor", tmp_path / "ran")
    (home / ".gitconfig").write_text(
        f"[core]\nhooksPath = {home}/hooks\nfsmonitor = {home}/monitor\nlogAllRefUpdates = always\n"
        f"[commit]\ngpgsign = true\n[gpg]\nprogram = {home}/monitor\n[safe]\nbareRepository = explicit\n"
        "[init]\ndefaultBranch = trunk\n[fastimport]\nunpackLimit = 1000\n"
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    _use(store, tmp_path)
    assert _use_new(tmp_path) == "refs/heads/main"
    assert not (tmp_path / "ran").exists()
    assert not (store.path / "logs").exists()


def test_a_broken_configuration_of_the_user_does_not_matter(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".gitconfig").write_text("[core\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    _use(store, tmp_path)
    assert [version.name for version in store.versions()] == ["v1"]


def _use_new(tmp_path: Path) -> str:
    new = Store.create(tmp_path / "new")
    commit(new, entries(tmp_path, b"bytes"))
    return (new.path / "HEAD").read_text().strip().removeprefix("ref: ")


def test_variables_of_a_surrounding_hook_do_not_matter(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = tmp_path / "users"
    subprocess.run(["git", "init", "--quiet", str(users)], check=True)
    (users / "file").write_bytes(b"the user's own")
    git(users, "add", "file")
    before = {file: file.read_bytes() for file in users.rglob("*") if file.is_file()}
    with monkeypatch.context() as inside:
        inside.setenv("GIT_DIR", str(users / ".git"))
        inside.setenv("GIT_WORK_TREE", str(users))
        inside.setenv("GIT_INDEX_FILE", str(users / ".git" / "index"))
        inside.setenv("GIT_OBJECT_DIRECTORY", str(users / ".git" / "objects"))
        inside.setenv("GIT_COMMON_DIR", str(users / ".git"))
        inside.setenv("GIT_NAMESPACE", "elsewhere")
        inside.setenv("GIT_CONFIG_COUNT", "1")
        inside.setenv("GIT_CONFIG_KEY_0", "core.bare")
        inside.setenv("GIT_CONFIG_VALUE_0", "nonsense")
        inside.setenv("GIT_TRACE", str(tmp_path / "trace"))
        _use(store, tmp_path)
    assert {file: file.read_bytes() for file in users.rglob("*") if file.is_file()} == before
    assert not (tmp_path / "trace").exists()
    assert [version.name for version in store.versions()] == ["v1"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("core.fsmonitor", "touch ran"),
        ("core.sshCommand", "touch ran"),
        ("core.hooksPath", "/tmp"),
        ("core.worktree", "/"),
        ("core.pager", "touch ran"),
        ("core.bare", "false"),
        ("core.attributesFile", "/tmp/x"),
        ("filter.x.clean", "touch ran"),
        ("alias.rev-parse", "!touch ran"),
        ("include.path", "/tmp/x"),
        ("includeIf.gitdir:/.path", "/tmp/x"),
        ("extensions.objectFormat", "sha256"),
        ("extensions.worktreeConfig", "true"),
        ("remote.origin.uploadpack", "touch ran"),
        ("remote.origin.promisor", "true"),
        ("remote.origin.vcs", "x"),
        ("url.x.insteadOf", "y"),
        ("user.signingKey", "x"),
        ("gpg.program", "touch ran"),
    ],
)
def test_a_strange_configuration_is_refused_by_key(
    store: Store, tmp_path: Path, key: str, value: str
) -> None:
    subprocess.run(["git", "config", "--file", store.path / "config", key, value], check=True)
    with pytest.raises(StoreError, match=r"is refused") as raised:
        Store.open(store.path)
    section, _, name = key.rpartition(".")
    assert f"'{section.split('.')[0].lower()}" in raised.value.cause
    assert f".{name.lower()}'" in raised.value.cause
    with pytest.raises(StoreError, match=r"is refused"):
        commit(store, entries(tmp_path, b"x"))
    assert not (store.path / "ran").exists()


@pytest.mark.parametrize("text", ["[core\n", "\0", "[core]\nbare\n", "[core]\n" + "#" * 70_000])
def test_a_configuration_that_is_none_is_refused(store: Store, text: str) -> None:
    (store.path / "config").write_text(text)
    with pytest.raises(StoreError):
        Store.open(store.path)


@pytest.mark.parametrize("name", ["commondir", "gitdir", "config.worktree", "objects/info/alternates"])
def test_a_store_that_leads_elsewhere_is_refused(store: Store, tmp_path: Path, name: str) -> None:
    (store.path / name).write_text(f"{tmp_path}\n")
    with pytest.raises(StoreError) as raised:
        Store.open(store.path)
    assert name in raised.value.cause


@pytest.mark.parametrize(
    "name", ["refs", "objects", "refs/heads", "refs/tags/v1", "objects/pack", "kuzuvcs.lock", "incoming"]
)
def test_a_symbolic_link_in_the_store_is_refused(store: Store, tmp_path: Path, name: str) -> None:
    place = store.path / name
    if place.exists():
        place.rename(tmp_path / "moved")
    place.symlink_to(tmp_path / "moved")
    with pytest.raises(StoreError) as raised:
        Store.open(store.path)
    assert f"'{name}' is a symbolic link" in raised.value.cause


@pytest.mark.parametrize("head", ["ref: refs/heads/other\n", "ref: ../../x\n", "0" * 40, ""])
def test_another_head_is_refused(store: Store, head: str) -> None:
    (store.path / "HEAD").write_text(head)
    with pytest.raises(StoreError, match=r"is refused"):
        Store.open(store.path)


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no store at") as raised:
        Store.open(tmp_path / "none")
    assert raised.value.hint == "kuzuvcs init makes one"
    with pytest.raises(StoreError, match=r"is not a store"):
        Store.open(tmp_path)
    subprocess.run(["git", "init", "--quiet", str(tmp_path / "tree")], check=True)
    with pytest.raises(StoreError, match=r"is not a store") as raised:
        Store.open(tmp_path / "tree")
    assert raised.value.hint == "clone a store with: git clone --bare"
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / ".git").symlink_to(tmp_path / "tree" / ".git")
    with pytest.raises(StoreError, match=r"is not a store"):
        Store.open(tmp_path / "linked")
