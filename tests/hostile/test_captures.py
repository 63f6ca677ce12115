"""Captures are read from a store, by a commit that the database names: both may be forged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kuzuvcs.columns.parquet import WRITER_OPTIONS
from kuzuvcs.core.planning.before import Capture
from kuzuvcs.errors import KuzuvcsError, MigrationError
from kuzuvcs.repository import Repository
from kuzuvcs.store import Store
from kuzuvcs.tasks.running.captures import kept_captures
from kuzuvcs.tasks.running.kept_tables import kept_index, kept_tables
from tests.hostile.test_data_files import CITY, put_file
from tests.hostile.test_stored import commit_with, edited, prepared, project, signed

__all__ = ["prepared", "project"]


def stored(project: Repository, revision: str = "v2") -> tuple[Store, str]:
    """A version has the form of a capture, so that one can be forged like it."""
    store = Store.open(project.project.store)
    return store, store.resolve(revision).commit


def refused(project: Repository, folder: Path) -> str:
    with pytest.raises(MigrationError, match="what the last rollback dropped cannot be read") as error:
        kept_tables(*stored(project), folder / "kept")
    assert "--no-bring-back" in error.value.hint
    return error.value.cause


def test_what_was_committed_is_read(project: Repository, tmp_path: Path) -> None:
    tables, positions = kept_tables(*stored(project, "v1"), tmp_path / "kept")
    assert {key[0]: len(table.rows()) for key, table in tables.items()} == {
        "User": 500,
        "City": 1,
        "Lives": 500,
    }
    assert [one.name for one in positions] == ["numbers"]


@pytest.mark.parametrize("values", [pa.array([7], pa.int64()), pa.array(["7"]), pa.array([[1]])])
def test_a_file_that_is_not_the_manifests(project: Repository, tmp_path: Path, values: pa.Array) -> None:
    """Another value, and other types."""
    pq.write_table(pa.table({"id": values}), tmp_path / "city.parquet", **WRITER_OPTIONS)
    put_file(project, tmp_path / "city.parquet")
    assert "City" in refused(project, tmp_path)


def test_a_file_that_is_no_parquet(project: Repository, tmp_path: Path) -> None:
    """A reader of captures that takes Arrow files, too, is not to be given one from a store."""
    table = pa.table({"id": pa.array([1], pa.int64())})
    with (
        pa.OSFile(str(tmp_path / "city.parquet"), "wb") as file,
        pa.ipc.new_file(file, table.schema) as writer,
    ):
        writer.write_table(table)
    put_file(project, tmp_path / "city.parquet")
    assert "City" in refused(project, tmp_path)


def test_a_capture_of_one_of_the_tables_twice(project: Repository, tmp_path: Path) -> None:
    """A few kB could otherwise write the same large file again and again."""
    store = project.project.store

    def repeat(manifest: Any) -> None:
        for number in range(3):
            manifest["files"][f"data/again{number}.parquet"] = manifest["files"][CITY]

    commit_with(store, {"manifest.json": edited(store, "manifest.json", signed(store, repeat))})
    refused(project, tmp_path)


@pytest.mark.parametrize("path", ["manifest.json", "schema.json", "sequences.json"])
def test_a_document_that_is_no_text(project: Repository, tmp_path: Path, path: str) -> None:
    commit_with(project.project.store, {path: b"\xff\xfe"})
    assert path in refused(project, tmp_path)
    with pytest.raises(MigrationError):
        kept_index(*stored(project))
    capture = Capture(path="City.parquet", table="City", connection=None, columns=("id",))
    with pytest.raises(KuzuvcsError, match=path):
        kept_captures(*stored(project), [capture], tmp_path)


def test_a_column_that_was_not_captured(project: Repository, tmp_path: Path) -> None:
    capture = Capture(path="City.parquet", table="City", connection=None, columns=("id", "other"))
    with pytest.raises(MigrationError, match="what DOWN reads of City was not captured"):
        kept_captures(*stored(project, "v1"), [capture], tmp_path)
