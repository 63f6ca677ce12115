"""Every call of the library takes a path as text, as a Path, and as anything else that is a path."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kuzuvcs import KuzuBackup, KuzuMigration, KuzuvcsError, Repository, upgrading
from kuzuvcs.core.engine import Engine
from tests.tasks.building import content, run


class Place:
    """A path as another library has it."""

    def __init__(self, path: str | Path) -> None:
        self._path = str(path)

    def __fspath__(self) -> str:
        return self._path


def public_calls() -> Iterator[tuple[str, Callable[..., object]]]:
    for owner in (Repository, KuzuBackup, KuzuMigration, upgrading):
        for name, call in inspect.getmembers(owner, callable):
            foreign = inspect.ismodule(owner) and call.__module__ != owner.__name__
            if not foreign and (not name.startswith("_") or name == "__init__"):
                yield f"{owner.__name__}.{name}", call


def test_no_call_takes_only_a_path_object() -> None:
    calls = dict(public_calls())
    assert {"Repository.open", "Repository.lint", "KuzuBackup.take", "kuzuvcs.upgrading.upgrade"} <= set(
        calls
    )
    wrong = [
        f"{name}({parameter})"
        for name, call in calls.items()
        for parameter in inspect.signature(call).parameters.values()
        if "AnyPath" not in str(parameter.annotation) and "Path" in str(parameter.annotation)
    ]
    assert wrong == []


@pytest.mark.parametrize("as_given", [str, Path, Place])
def test_every_call_takes_it(tmp_path: Path, as_given: Callable[[Path], str | os.PathLike[str]]) -> None:
    root, live, other = tmp_path / "project", tmp_path / "project" / "app.kuzu", tmp_path / "other.kuzu"
    root.mkdir()
    run(live, "CREATE NODE TABLE User(id INT64 PRIMARY KEY)", "CREATE (:User {id: 1})")
    run(other, "CREATE NODE TABLE User(id INT64 PRIMARY KEY, name STRING)", "CREATE (:User {id: 2})")

    Repository.init(as_given(root), as_given(Path("app.kuzu")))
    assert Repository.open(as_given(root)).snapshot().version == "v1"
    repository = Repository.open(as_given(root), database=as_given(other))
    assert repository.snapshot().version == "v2"
    assert repository.checkout("v1", to=as_given(tmp_path / "again.kuzu")).version == "v1"
    assert content(tmp_path / "again.kuzu") == content(live)
    assert repository.export("v1", as_given(tmp_path / "plain")).path == tmp_path / "plain"
    script = repository.generate("v1", "v2").path
    assert script is not None
    assert repository.lint([as_given(script)]).ok
    assert Repository.lint_files([as_given(script)]).ok
    assert repository.prove(as_given(script)).path == script

    backups = KuzuBackup(as_given(live))
    taken = backups.create_backup(to=as_given(tmp_path / "kept.kuzu"))
    assert backups.take(to=as_given(tmp_path / "kept2.kuzu")).path == tmp_path / "kept2.kuzu"
    assert backups.restore_backup(as_given(taken), dry_run=True).verified
    assert KuzuMigration(as_given(other)).apply_migration("1", "ALTER TABLE User ADD age INT64")

    upgrading.upgrade(as_given(live), as_given(tmp_path / "new.lbug"), Engine(name="ladybug"))
    assert upgrading.describe_database(as_given(tmp_path / "new.lbug")).engine == "ladybug"
    refused, tried = upgrading.refused_statements(
        as_given(tmp_path / "plain"), Engine(name="ladybug"), as_given(live)
    )
    assert tried > 0
    assert isinstance(refused, tuple)
    with pytest.raises(KuzuvcsError, match=r"no index of new\.lbug"):
        upgrading.make_indexes(as_given(tmp_path / "new.lbug"))
