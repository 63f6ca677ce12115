"""Files and tables beside the database, edited by hand or put there by a stranger: a typed error, at once."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kuzuvcs.cli.app import run as program
from kuzuvcs.core import limits
from kuzuvcs.errors import KuzuvcsError, StatementRefused
from kuzuvcs.kuzu_backup import KuzuBackup
from kuzuvcs.repository import Repository
from kuzuvcs.tasks.engines.later import later_file, make_later
from tests.tasks.building import run


def kuzuvcs(folder: Path, *words: str) -> tuple[int, str]:
    """The exit code of a command, and what it printed: a typed error, or it went well."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = program(["-C", str(folder), *words])
    assert "internal error" not in err.getvalue()
    return code, out.getvalue() + err.getvalue()


@pytest.fixture
def small(tmp_path: Path) -> Repository:
    """A project with a database of one table."""
    repository = Repository.init(tmp_path / "project", "app.kuzu")
    run(repository.project.database, "CREATE NODE TABLE A(id INT64 PRIMARY KEY)", "CREATE (:A {id: 1})")
    return repository


BAD_RECORDS: dict[str, Any] = {
    "created": "yesterday",
    "size": -1,
    "rows": {"A": "many"},
    "engine": "oracle",
    "storage": None,
    "automatic": "no",
    "name": "../other",
    "sha256": "short",
}


def test_one_bad_record_does_not_hide_the_other_backups(small: Repository) -> None:
    backups = small.backups()
    good = backups.take("keep").path
    for number, (field, wrong) in enumerate(BAD_RECORDS.items()):
        bad = good.with_name(f"app.kuzu.20260101T00000{number}.000000Z")
        bad.write_bytes(good.read_bytes())
        record = json.loads(good.with_name(f"{good.name}.json").read_text())
        bad.with_name(f"{bad.name}.json").write_text(json.dumps(record | {"name": bad.name, field: wrong}))
    assert [one.path for one in backups.backups()] == [good]
    causes = dict(backups.unreadable())
    assert len(causes) == len(BAD_RECORDS)
    assert all(causes.values())
    code, shown = kuzuvcs(small.project.root, "backups")
    assert code == 0
    assert good.name in shown
    assert shown.count("cannot be used as a backup") == len(BAD_RECORDS)
    assert "'yesterday' is no time" in shown


@pytest.mark.parametrize("what", ["fifo", "link", "folder", "large", "none"])
def test_a_record_of_another_kind(small: Repository, what: str) -> None:
    backups = small.backups()
    good = backups.take("keep").path
    record = good.with_name(f"{good.name}.json")
    record.unlink()
    if what == "fifo":
        os.mkfifo(record)
    elif what == "link":
        record.symlink_to("/dev/zero")
    elif what == "folder":
        record.mkdir()
    elif what == "large":
        with record.open("wb") as file:
            file.truncate(limits.BACKUP_RECORD + 1)
    assert backups.backups() == ()
    assert [path for path, _ in backups.unreadable()] == [good]
    assert kuzuvcs(small.project.root, "backups")[0] == 0


def test_a_backup_that_is_a_fifo_is_not_waited_for(small: Repository) -> None:
    good = small.backups().take("keep").path
    good.unlink()
    os.mkfifo(good)
    assert [cause for _, cause in small.backups().unreadable()] == ["it is a FIFO"]
    with pytest.raises(KuzuvcsError):
        small.backups().restore_backup()


@pytest.mark.parametrize(
    "text",
    [
        "LOAD EXTENSION '/x.so'",
        "INSTALL fts FROM 'file:///x'",
        "LOAD FROM '/etc/passwd' RETURN *",
        "LOAD httpfs",
    ],
)
def test_indexes_to_make_that_reach_outside(small: Repository, text: str) -> None:
    """The file is beside the database.  That another try may help is true of an extension only."""
    later_file(small.project.database).write_text(f"{text};\n")
    with pytest.raises(StatementRefused) as refused:
        make_later(small.project.database)
    assert "server" not in refused.value.hint
    assert later_file(small.project.database).exists()


ROWS: dict[str, str] = {
    "NULL": "h.description = NULL",
    "no time": "h.applied = 'yesterday'",
    "a negative time": "h.seconds = -1.0",
    "NaN": "h.seconds = CAST('nan' AS DOUBLE)",
    "a status that there is not": "h.unfinished = 'LEFT 3'",
    "no commit": "h.capture = 'v1'",
    "no id": "h.id = ''",
}


@pytest.mark.parametrize("edit", [*ROWS.values(), "number", "twice", "column", "fewer"])
def test_a_history_that_was_edited_by_hand(small: Repository, edit: str) -> None:
    small.snapshot()
    small.new("first")
    small.migrate()
    live = small.project.database
    table = "migration_history"
    if edit == "number":
        run(live, f"MATCH (h:{table}) DELETE h", f"CREATE (:{table} {{number: -3}})")
    elif edit == "twice":
        columns = [name for [name] in run(live, f"CALL table_info('{table}') RETURN name")]
        values = ", ".join(f"`{name}`: h.`{name}`" for name in columns if name != "number")
        run(live, f"MATCH (h:{table}) CREATE (:{table} {{number: h.number + 1, {values}}})")
    elif edit == "column":
        run(live, f"ALTER TABLE {table} ADD mine STRING")
    elif edit == "fewer":
        run(live, f"ALTER TABLE {table} DROP capture")
    else:
        run(live, f"MATCH (h:{table}) SET {edit}")
    for words in (["history"], ["migrate"], ["rollback"], ["status"], ["check"]):
        code, said = kuzuvcs(small.project.root, *words)
        assert code or words in (["status"], ["check"]), (words, said)
    assert "history of migrations" in kuzuvcs(small.project.root, "history")[1]


def test_a_database_that_is_no_file(small: Repository, tmp_path: Path) -> None:
    loop, fifo = tmp_path / "loop", tmp_path / "fifo"
    loop.symlink_to("loop")
    os.mkfifo(fifo)
    for database in (loop, fifo, loop / "inside", Path("/dev/zero")):
        for words in (["status"], ["snapshot"], ["migrate"], ["backup"], ["backups"], ["checkout", "v1"]):
            code, said = kuzuvcs(small.project.root, "--database", str(database), *words)
            assert code == 2, (database, words, said)
            assert "cannot be used" in said
        with pytest.raises(KuzuvcsError):
            KuzuBackup(database).create_backup()
    for words in (["checkout", "v1", "--to"], ["backup", "--to"], ["export", "v1"]):
        assert kuzuvcs(small.project.root, *words, str(loop))[0]


@pytest.mark.parametrize("name", ["database", "store", "migrations"])
@pytest.mark.parametrize("value", ['"a\\u0000b"', '"loop"', '"fifo"', '""', "3", "[]"])
def test_a_place_in_the_project_file_that_is_none(small: Repository, name: str, value: str) -> None:
    root = small.project.root
    (root / "loop").symlink_to("loop")
    os.mkfifo(root / "fifo")
    settings = {"database": '"app.kuzu"', "store": '"snapshots"', "migrations": '"migrations"', name: value}
    (root / "kuzuvcs.toml").write_text("".join(f"{key} = {one}\n" for key, one in settings.items()))
    for words in (["status"], ["log"], ["check"]):
        code, said = kuzuvcs(root, *words)
        assert code in (1, 2), (words, said)
        assert name in said


WRONG_SETTINGS = ("3", "true", "1.5", "[]", "[1]", "{}", "{a=1}", "1979-05-27", "nan", "-1")
SETTINGS = ("engine", "history_table", "proof_limit", "keep_backups", "defaults", "macros", "placeholders")


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_with_every_wrong_value(small: Repository, name: str) -> None:
    refused = 0
    for value in WRONG_SETTINGS:
        (small.project.root / "kuzuvcs.toml").write_text(f'database = "app.kuzu"\n{name} = {value}\n')
        try:
            Repository.open(small.project.root).status()
        except KuzuvcsError:
            refused += 1
    assert refused >= 4


@pytest.mark.parametrize(
    "text",
    ["=", "a = " + "[" * 100_000, "x" * (limits.PROJECT_FILE + 1), "a = " + "9" * 5000, "\0", "a.b.c = 1"],
)
def test_a_project_file_that_is_none(small: Repository, text: str) -> None:
    (small.project.root / "kuzuvcs.toml").write_text(text)
    with pytest.raises(KuzuvcsError):
        Repository.open(small.project.root)


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(limits.SCRIPT + 1)


@pytest.mark.parametrize("make", [_fifo, _large, Path.mkdir])
@pytest.mark.parametrize(
    "name", ["20260101_000000_one.cypher", "callbacks/before_all.cypher", "kuzuvcs.sum", "callbacks"]
)
def test_a_script_of_another_kind(small: Repository, name: str, make: Callable[[Path], None]) -> None:
    if name == "callbacks" and make is Path.mkdir:
        return
    small.snapshot()
    path = small.project.migrations / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    make(path)
    for words in (["check"], ["lint"], ["migrate"], ["status"]):
        kuzuvcs(small.project.root, *words)


@pytest.mark.parametrize("library", ["duckdb", "pyarrow", "kuzu"])
def test_a_library_that_cannot_be_loaded(small: Repository, tmp_path: Path, library: str) -> None:
    small.snapshot()
    (tmp_path / f"{library}.py").write_text(f"raise ImportError('cannot map {library}', name='{library}')\n")
    done = subprocess.run(
        [sys.executable, "-m", "kuzuvcs", "snapshot"],
        cwd=small.project.root,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "internal error" not in done.stderr
    assert f"cannot map {library}" in done.stderr
