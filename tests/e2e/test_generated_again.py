"""A step that the folder has already; and a script that was applied, lost its file and was written again."""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kuzuvcs.cli.app import run
from kuzuvcs.migrations.folder import read_migration
from kuzuvcs.repository import Repository
from tests.e2e.conftest import Application

ADD = "ALTER TABLE User ADD city STRING"
DROP = "ALTER TABLE User DROP email"
WIDEN = "ALTER TABLE User ADD age INT64"


def versions(application: Application, *changes: str) -> None:
    """``v1`` with three rows, and a version after each change."""
    application.run(
        "CREATE NODE TABLE User(id INT64 PRIMARY KEY, email STRING)",
        "UNWIND range(1, 3) AS i CREATE (:User {id: i, email: CAST(i AS STRING)})",
    )
    application.repository.snapshot()
    for change in changes:
        application.run(change)
        application.repository.snapshot()


def ended(application: Application, *arguments: str) -> tuple[int, Any]:
    """A command's exit code and document, in this process."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
        code = run(["-C", str(application.root), "--no-input", "--json", *arguments])
    return code, json.loads(printed.getvalue())


def called(application: Application, *arguments: str, code: int = 0) -> Any:
    """The document of a command that has to exit with ``code``."""
    exit_code, document = ended(application, *arguments)
    assert exit_code == code, document
    return document


def scripts(application: Application) -> list[Path]:
    return sorted((application.root / "migrations").glob("*.cypher"))


def written(application: Application, before: str, after: str, message: str = "step") -> Path:
    path = application.repository.generate(before, after, message=message, again=True).path
    assert path is not None
    return path


def test_a_step_that_a_script_makes_already_is_not_written_again(application: Application) -> None:
    versions(application, ADD)
    path = written(application, "v1", "v2")
    found = called(application, "generate", "v1", "v2", "-m", "other words")
    assert (found["path"], found["already"], found["up"], found["proof"]) == (None, [path.stem], [], None)
    text = application.cli("generate", "HEAD~1", "HEAD")
    assert f"nothing was written, because {path.stem} makes this step already" in text
    assert "--again" in text
    assert scripts(application) == [path]
    marking = application.process(["generate", "v1", "v2", "--mark-applied"])
    assert f"kuzuvcs migrate --mark-applied --to {path.stem}" in marking.stderr
    again = called(application, "generate", "v1", "v2", "-m", "step", "--again")
    assert again["already"] == []
    assert [one.name for one in scripts(application)] == [path.name, Path(again["path"]).name]


def test_a_chain_of_scripts_makes_a_step_and_the_way_back_is_another(application: Application) -> None:
    versions(application, ADD, WIDEN, "ALTER TABLE User DROP age", "ALTER TABLE User DROP city")
    first, second = written(application, "v1", "v2", "first"), written(application, "v2", "v3", "second")
    assert application.repository.generate("v1", "v3").already == (first.stem, second.stem)
    # v4 and v5 have the schemas of v2 and v1.
    assert application.repository.generate("v5", "v3").already == (first.stem, second.stem)
    back = application.repository.generate()
    assert (back.path is not None, back.already, back.before, back.after) == (True, (), "v3", "v5")
    # The folder ends at the schema of v1 now: the first step is needed a second time.
    onward = application.repository.generate("v1", "v2", message="onward")
    assert (onward.path is not None, onward.already) == (True, ())
    assert application.repository.generate("v1", "v5").path is None


def test_a_refactoring_makes_its_step_too(application: Application) -> None:
    application.run(
        "CREATE NODE TABLE User(id INT64 PRIMARY KEY)",
        "CREATE NODE TABLE City(id INT64 PRIMARY KEY)",
        "CREATE REL TABLE Knows(FROM User TO City)",
        "CREATE (:User {id: 1})-[:Knows]->(:City {id: 2})",
    )
    application.repository.snapshot()
    script = Path(called(application, "refactor", "invert", "Knows")["path"])
    application.repository.migrate()
    application.repository.snapshot()
    assert application.repository.generate("v1", "v2").already == (script.stem,)


def baseline(application: Application, path: Path) -> None:
    called(application, "baseline", path.stem)


def mark_applied(application: Application, path: Path) -> None:
    called(application, "migrate", "--mark-applied", "--to", path.stem)


def recognised(application: Application, path: Path) -> None:
    assert called(application, "migrate")["applied"] == []
    assert [one.id for one in application.repository.history()] == [path.stem]


def run_for_real(application: Application, path: Path) -> None:
    application.repository.checkout("v1", discard=True)
    assert [one["id"] for one in called(application, "migrate")["applied"]] == [path.stem]


RECORDED = [baseline, mark_applied, recognised, run_for_real]


def removed(application: Application, path: Path) -> None:
    """The sum file's line is left: no command writes a script before ``repair``."""
    path.unlink()
    refused = called(application, "generate", "v1", "v2", code=1)["error"]
    assert "kuzuvcs repair" in refused["hint"]
    called(application, "repair")
    written(application, "v1", "v2", "anew")


def removed_with_its_line(application: Application, path: Path) -> None:
    """As on a server: the folder is whole, and its database has not heard of the change."""
    path.unlink()
    sums = path.parent / "kuzuvcs.sum"
    sums.unlink()
    written(application, "v1", "v2", "anew")


def renamed(application: Application, path: Path) -> None:
    """The sum file knows the old name."""
    assert path.parent == application.root / "migrations"
    path.rename(path.with_name(f"{path.stem[:15]}_renamed.cypher"))


def renamed_and_recorded(application: Application, path: Path) -> None:
    renamed(application, path)
    (path.parent / "kuzuvcs.sum").unlink()
    other = Repository.open(application.root, database=application.root / "nothing.kuzu")
    other.repair()


LOST = [removed, removed_with_its_line, renamed, renamed_and_recorded]


def followed(application: Application, *command: str) -> list[str]:
    """Give the command until it is done, doing what each hint says in between; what was done."""
    done: list[str] = []
    for _ in range(4):
        code, document = ended(application, *command)
        if code == 0:
            return done
        hint = document["error"]["hint"]
        found = re.search(r"kuzuvcs ((?:generate v\d+ v\d+|repair)(?:, then kuzuvcs repair)?)", hint)
        assert found, hint
        for one in found[1].split(", then kuzuvcs "):
            called(application, *one.split(" "))
            done.append(one)
    raise AssertionError(f"the hints lead in circles: {done}")


def pairs() -> Iterator[Any]:
    """Each way of recording with each way of losing; each of both once where slow tests are left out."""
    for row, record in enumerate(RECORDED):
        for column, lose in enumerate(LOST):
            marks = [] if row == column else [pytest.mark.slow]
            yield pytest.param(record, lose, id=f"{record.__name__}-{lose.__name__}", marks=marks)


@pytest.mark.parametrize(("recorded", "lost"), [*pairs()])
def test_a_script_that_was_applied_and_written_again_is_one_repair_away(
    application: Application,
    recorded: Callable[[Application, Path], None],
    lost: Callable[[Application, Path], None],
) -> None:
    versions(application, DROP)
    path = written(application, "v1", "v2")
    recorded(application, path)
    lost(application, path)
    [left] = scripts(application)
    assert left != path
    assert followed(application, "migrate") == ["repair"]
    assert called(application, "status")["warnings"] == []
    assert called(application, "check", "--exit-code")["ok"]
    assert [one.id for one in application.repository.history() if not one.rolled_back] == [left.stem]
    by_name = [] if recorded is run_for_real else ["--recorded", left.stem, "--schema-only"]
    called(application, "rollback", *by_name)
    emails = [["1"], ["2"], ["3"]] if recorded is run_for_real else [[None]] * 3
    assert application.run("MATCH (u:User) RETURN u.email ORDER BY u.id") == emails
    assert [one.id for one in application.repository.migrate()] == [left.stem]
    assert called(application, "check", "--exit-code")["ok"]


def test_every_command_names_the_repair_and_nothing_is_recorded_twice(application: Application) -> None:
    versions(application, DROP)
    path = written(application, "v1", "v2")
    mark_applied(application, path)
    removed(application, path)
    [left] = scripts(application)
    words = f"the script {left.stem} makes the same change as {path.stem}, which was applied and is gone"
    for command in (
        ["migrate"],
        ["migrate", "--dry-run"],
        ["migrate", "--as-recorded"],
        ["migrate", "--diverged"],
        ["migrate", "--mark-applied"],
        ["rollback"],
    ):
        error = called(application, *command, code=1)["error"]
        assert (error["message"], "kuzuvcs repair" in error["hint"]) == (words, True), command
    assert any(words in one for one in called(application, "status")["warnings"])
    [fault] = called(application, "check")["findings"]
    assert (fault["kind"], fault["message"]) == ("history", words)
    [mended] = called(application, "repair", "--dry-run")["mended"]
    assert (mended["subject"], left.stem in mended["text"]) == (path.stem, True)
    called(application, "repair")
    assert [one.id for one in application.repository.history()] == [left.stem]


@pytest.mark.slow
def test_one_script_may_take_the_place_of_two_and_two_that_of_one(application: Application) -> None:
    versions(application, ADD, WIDEN)
    parts = [written(application, "v1", "v2", "a"), written(application, "v2", "v3", "b")]
    recognised_all = called(application, "migrate")
    assert recognised_all["applied"] == []
    for one in parts:
        one.unlink()
    called(application, "repair")
    whole = written(application, "v1", "v3", "both")
    assert followed(application, "migrate") == ["repair"]
    assert [one.id for one in application.repository.history() if not one.rolled_back] == [whole.stem]
    assert called(application, "check", "--exit-code")["ok"]
    whole.unlink()
    called(application, "repair")
    parts = [written(application, "v1", "v2", "a"), written(application, "v2", "v3", "b")]
    assert followed(application, "migrate") == ["repair"]
    standing = [one.id for one in application.repository.history() if not one.rolled_back]
    assert standing == [one.stem for one in parts]
    called(application, "rollback", "2")
    assert len(application.repository.migrate()) == 2


def test_a_script_that_runs_next_takes_no_ones_place(application: Application) -> None:
    """The third script makes the first one's change again, after the second took it back."""
    versions(application, ADD, "ALTER TABLE User DROP city")
    first, back = written(application, "v1", "v2", "there"), written(application, "v2", "v3", "back")
    application.repository.checkout("v1", discard=True)
    assert len(application.repository.migrate(as_recorded=True)) == 2
    third = written(application, "v1", "v2", "there again")
    first.unlink()
    called(application, "repair")
    assert [one.id for one in application.repository.migrate()] == [third.stem]
    names = [one.id for one in application.repository.history() if not one.rolled_back]
    assert names == [first.stem, back.stem, third.stem]


def test_a_script_of_data_alone_is_not_taken_for_another(application: Application) -> None:
    versions(application)
    emails, ids = application.repository.new("emails"), application.repository.new("more")
    for path, value in ((emails, "x"), (ids, "y")):
        text = path.read_text().replace(
            "-- UP\n", f"-- UP\nMATCH (u:User) SET u.email = u.email + '{value}';\n"
        )
        path.write_text(text)
        application.repository.repair()
    application.repository.migrate(to=emails.stem)
    emails.rename(emails.with_name(f"{emails.stem[:15]}_mails.cypher"))
    called(application, "repair")
    assert [one.id for one in application.repository.migrate()] == [ids.stem]
    assert application.run("MATCH (u:User {id: 1}) RETURN u.email") == [["1xy"]]
    ids.unlink()
    called(application, "repair")
    another = application.repository.new("the last")
    application.repository.repair()
    assert [one.id for one in application.repository.migrate()] == [another.stem]


def test_a_rollback_of_what_is_gone_says_how_to_write_it_again(application: Application) -> None:
    versions(application, DROP)
    path = written(application, "v1", "v2")
    run_for_real(application, path)
    path.unlink()
    called(application, "repair")
    assert followed(application, "rollback") == ["generate v1 v2", "repair"]
    assert application.run("MATCH (u:User) RETURN u.email ORDER BY u.id") == [["1"], ["2"], ["3"]]
    assert read_migration(scripts(application)[0]).script.down
