"""A chain of generated scripts on another database than their author's: there, back, every point between."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from kuzuvcs.core.progress import Silent
from kuzuvcs.core.schema_json import schema_digest
from kuzuvcs.migrations.folder import read_folder
from kuzuvcs.repository import Repository
from kuzuvcs.scratch import scratch_folder
from kuzuvcs.tasks.reading.inspect import Declarations
from kuzuvcs.tasks.snapshot import Opened, capture_version, opened_database
from tests.e2e.chain import BASE, CHANGES, generate_chain, rows_of
from tests.e2e.conftest import Application
from tests.e2e.graph import Graph, read_graph

SHORT = (
    "values that no cast takes",
    "key changed",
    "normalised",
    "tables dropped",
)
"""What fits into a default run and is migrated nowhere else: test_migrate.py has what ALTER makes."""


@pytest.fixture
def colleague(application: Application, tmp_path: Path) -> Application:
    """Another clone of the project."""
    root = tmp_path / "colleague"
    root.mkdir()
    shutil.copy(application.root / "kuzuvcs.toml", root)
    return Application(root=root, database=root / "app.kuzu", repository=Repository.open(root))


def scripts_from(
    author: Application, colleague: Application, names: Collection[str], people: int
) -> list[str]:
    """The author's chain, and a colleague who has it with the rows of another database; the scripts' ids."""
    ids = generate_chain(author, 20, names)
    for name in ("migrations", "snapshots"):
        shutil.copytree(author.root / name, colleague.root / name, dirs_exist_ok=True)
    colleague.run(*BASE, *rows_of("colleague", people))
    return list(ids)


def test_there_and_back_is_where_it_began(application: Application, colleague: Application) -> None:
    ids = scripts_from(application, colleague, SHORT, 35)
    require_there_and_back(colleague, ids)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("people", [35, 5000])
def test_the_whole_chain(application: Application, colleague: Application, people: int) -> None:
    ids = scripts_from(application, colleague, CHANGES, people)
    assert len(ids) >= 20
    require_there_and_back(colleague, ids)
    require_every_point(colleague, ids)


def require_there_and_back(colleague: Application, ids: Sequence[str]) -> None:
    """All at once, and back: every value, as kuzuvcs digests it and as the engine's own client reads it."""
    repository = colleague.repository
    digest, graph = content(colleague), graph_of(colleague)
    assert [one.id for one in repository.migrate()] == list(ids)
    require_schema_of(colleague, ids[-1], "to-digest")
    assert len(repository.rollback(len(ids))) == len(ids)
    assert graph_of(colleague) == graph
    assert content(colleague) == digest


def require_every_point(colleague: Application, ids: Sequence[str]) -> None:
    """One by one up and down; a point in the middle has one content, from whichever side it is reached."""
    repository = colleague.repository
    start = content(colleague)
    for id in ids:
        assert [one.id for one in repository.migrate(to=id)] == [id]
        require_schema_of(colleague, id, "to-digest")
    for at in range(len(ids) - 2, -1, -1):
        assert [one.id for one in repository.rollback(to=ids[at])] == [ids[at + 1]]
        require_schema_of(colleague, ids[at], "to-digest")
    repository.rollback()
    assert content(colleague) == start
    middle = len(ids) // 2
    assert len(repository.migrate(to=ids[middle])) == middle + 1
    graph = graph_of(colleague)
    repository.migrate()
    assert len(repository.rollback(to=ids[middle])) == len(ids) - middle - 1
    assert graph_of(colleague) == graph


def require_schema_of(colleague: Application, id: str, end: str) -> None:
    """The live schema is the one that a script's head names."""
    [script] = [one for one in read_folder(colleague.root / "migrations") if one.id == id]
    with opened(colleague) as (live, _):
        assert schema_digest(live.inspection.schema) == script.script.head.value(end)


def content(application: Application) -> str:
    """The digest of schema, sequences and every value."""
    with opened(application) as (live, folder):
        return capture_version(live, folder, Silent()).manifest.content_digest


@contextmanager
def opened(application: Application) -> Iterator[tuple[Opened, Path]]:
    declared = Declarations(defaults={}, macros={}, history=application.repository.project.history_table)
    with (
        scratch_folder(application.root / ".kuzuvcs") as folder,
        opened_database(application.database, folder, declared) as live,
    ):
        yield live, folder


def graph_of(application: Application) -> Graph:
    """Every row and edge, as the engine's client tells them."""
    graph = read_graph(application.database)
    return {
        name: rows for name, rows in graph.items() if name != application.repository.project.history_table
    }
