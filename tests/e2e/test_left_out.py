"""A project whose schema its new engine does not hold whole goes on with scripts all the same."""

from __future__ import annotations

import pytest

from kuzuvcs.core.engine import Engine
from kuzuvcs.errors import UnsupportedChange
from kuzuvcs.migrations.folder import read_migration
from tests.e2e.conftest import Application
from tests.tasks.building import run

INDEX = "index ix"


@pytest.fixture
def gone_over(application: Application) -> Application:
    """A project on ladybug, with a script and versions of its time on kuzu, both with a full-text index."""
    application.run(
        "CREATE NODE TABLE Doc(id INT64 PRIMARY KEY, text STRING)",
        "CREATE (:Doc {id: 1, text: 'a word'})",
        "CALL CREATE_FTS_INDEX('Doc', 'ix', ['text'])",
    )
    application.repository.snapshot()
    application.run("ALTER TABLE Doc ADD year INT64", "CHECKPOINT")
    application.repository.snapshot()
    application.repository.generate()
    assert not application.repository.migrate()
    assert application.repository.set_engine(Engine(name="ladybug")).upgraded is not None
    return application


def test_what_the_engine_lacks_becomes_a_script_that_leaves_it_out(gone_over: Application) -> None:
    repository = gone_over.repository
    repository.snapshot()
    script = repository.generate()
    assert (script.before, script.after, script.up, script.down) == ("v2", "v3", (), ())
    assert [(one.kind, one.name) for one in script.left_out] == [("index", "ix")]
    assert script.path is not None
    assert read_migration(script.path).script.head.value("left-out") == INDEX
    assert not repository.migrate()
    assert repository.history()[-1].id == script.path.stem
    assert gone_over.json("check")["findings"] == []

    run(gone_over.database, "ALTER TABLE Doc ADD author STRING")
    repository.snapshot()
    assert repository.generate().left_out == ()
    assert not repository.migrate()
    recorded = [run.id for run in repository.history()]
    assert len(repository.rollback(2, schema_only=True, recorded=recorded)) == 2
    assert run(gone_over.database, "MATCH (d:Doc) RETURN d.*") == [[1, "a word", None]]


def test_other_changes_are_in_the_same_script(gone_over: Application) -> None:
    run(gone_over.database, "ALTER TABLE Doc ADD author STRING")
    gone_over.repository.snapshot()
    told = gone_over.json("generate")
    assert told["up"] == ["ALTER TABLE `Doc` ADD `author` STRING"]
    assert [one["name"] for one in told["left_out"]] == ["ix"]


def test_no_script_leads_to_what_the_engine_lacks(gone_over: Application) -> None:
    with pytest.raises(UnsupportedChange, match="does not hold all of v2") as refused:
        gone_over.repository.generate("v1", "v2", again=True)
    assert "index ix is left out" in refused.value.cause
    failed = gone_over.process(["refactor", "normalise", "Doc.text", "--into", "Text", "--edge", "Says"])
    assert failed.returncode == 1
    assert "error: ladybug does not hold all of v2" in failed.stderr
