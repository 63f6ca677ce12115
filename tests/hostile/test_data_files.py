"""Parquet files of a stranger's: what they claim is looked at before a reader believes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kuzuvcs.columns.arrow import arrow_type
from kuzuvcs.columns.bounds import check_bounds
from kuzuvcs.columns.canonical import table_digest
from kuzuvcs.columns.parquet import WRITER_OPTIONS
from kuzuvcs.core import limits
from kuzuvcs.core.types import parse_type
from kuzuvcs.errors import KuzuvcsError
from kuzuvcs.repository import Repository
from tests.hostile.test_stored import Edit, commit_with, edited, forge, prepared, project, refused, signed
from tests.tasks.building import git

__all__ = ["prepared", "project"]

INT64 = parse_type("INT64")
CITY = "data/City.parquet"


def put_file(project: Repository, file: Path) -> None:
    """v2: this file in the place of City's, its size in the manifest, every digest as it has to be."""
    data = file.read_bytes()

    def resize(manifest: Any) -> None:
        manifest["files"][CITY]["size"] = len(data)

    store = project.project.store
    parts = {f"{CITY}/0-head": data[:4], f"{CITY}/1/000000/000000": data[4:-20], f"{CITY}/2-foot": data[-20:]}
    manifest = edited(store, "manifest.json", signed(store, resize))
    commit_with(store, {**parts, "manifest.json": manifest})


def named(project: Repository) -> set[str]:
    """The tables that verify finds fault with; whatever reads the data refuses it, too."""
    found = {table.name: table.problems for table in project.verify("v2").tables if not table.ok}
    root = project.project.root
    for call in (
        lambda: project.checkout("v2", to=root / "beside.kuzu"),
        lambda: project.checkout("v2", to=root / "beside.kuzu", verify="counts"),
        lambda: project.export("v2", root / "plain"),
    ):
        with pytest.raises(KuzuvcsError, match="City"):
            call()
    assert not (root / "beside.kuzu").exists()
    assert not (root / "plain").exists()
    return set(found)


@pytest.mark.parametrize("array", [pa.array([1], pa.int32()), pa.array(["1"]), pa.array([[1]])])
def test_a_file_of_another_type_than_the_manifest_says(
    project: Repository, tmp_path: Path, array: pa.Array
) -> None:
    pq.write_table(pa.table({"id": array}), tmp_path / "city.parquet", **WRITER_OPTIONS)
    put_file(project, tmp_path / "city.parquet")
    assert named(project) == {"City"}


def test_a_file_whose_columns_have_other_names(project: Repository, tmp_path: Path) -> None:
    pq.write_table(pa.table({"ID": pa.array([1], pa.int64())}), tmp_path / "city.parquet", **WRITER_OPTIONS)
    put_file(project, tmp_path / "city.parquet")
    assert named(project) == {"City"}


def test_a_page_that_unpacks_to_more_than_we_write(
    project: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """100 kB of zeros stand in for 2 GiB: they are refused before anything unpacks them."""
    monkeypatch.setattr(limits, "PARQUET_PAGE", 50_000)
    table = pa.table({"id": pa.array([0] * 20_000, pa.int64())})
    pq.write_table(table, tmp_path / "city.parquet", **WRITER_OPTIONS)
    assert (tmp_path / "city.parquet").stat().st_size < 5_000
    put_file(project, tmp_path / "city.parquet")
    assert named(project) == {"City"}
    assert "a page has" in next(table.problems[0] for table in project.verify("v2").tables if not table.ok)


def test_a_row_group_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "wide.parquet"
    pq.write_table(
        pa.table({f"c{n}": pa.array([0] * 5_000, pa.int64()) for n in range(10)}), file, **WRITER_OPTIONS
    )
    columns = [(f"c{n}", INT64) for n in range(10)]
    check_bounds(file, columns)
    monkeypatch.setattr(limits, "PARQUET_ROW_GROUP", 50)
    with pytest.raises(pa.ArrowInvalid, match="a row group has"):
        check_bounds(file, columns)


def varint(value: int) -> bytes:
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def parquet_of(schema: bytes) -> bytes:
    """A file that is nothing but a footer: its version, and its schema."""
    footer = b"\x15\x02" + b"\x19" + schema + b"\x00"
    return b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1"


GROUP = b"\x48\x01g\x15\x02\x00"
"""A part of a schema: field 4, the name; field 5, one child; end."""


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        (b"\xfc" + varint(50_000) + GROUP * 50_000, "is not stored as"),
        (b"\xfc" + varint(10_000_000) + GROUP * 10, "ends too early"),
        (b"\xfc" + varint(2**60), "ends too early"),
        (b"\x2c" + b"\x48\x01g\x00" * 2, "is not stored as"),
        (b"\x1c" + b"\x48" + varint(2**40), "ends too early"),
        (b"\x1c" + b"\x1c" * 1_000, "too deep|ends too early"),
        (b"\xff" * 100, "Parquet file is malformed"),
    ],
)
def test_a_schema_without_end(tmp_path: Path, schema: bytes, why: str) -> None:
    """A reader that goes down 50,000 levels overflows its stack, and the process with it."""
    file = tmp_path / "deep.parquet"
    file.write_bytes(parquet_of(schema))
    with pytest.raises(pa.ArrowInvalid, match=why):
        check_bounds(file, [("id", INT64)])


@pytest.mark.parametrize(
    "data", [b"", b"PAR1", b"PAR1PAR1PAR1", b"PAR1" + b"\xff" * 4 + b"PAR1", b"x" * 1000]
)
def test_a_file_without_a_footer(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "none.parquet"
    file.write_bytes(data)
    with pytest.raises(pa.ArrowInvalid):
        check_bounds(file, [("id", INT64)])


def test_every_byte_of_a_small_file_altered(tmp_path: Path) -> None:
    """Whatever is altered, the answer is yes or no, and comes at once."""
    sound = tmp_path / "sound.parquet"
    lists = pa.array([["a"], None], arrow_type(parse_type("STRING[]")))
    table = pa.table({"id": pa.array([1, 2], pa.int64()), "s": lists})
    pq.write_table(table, sound, **WRITER_OPTIONS)
    columns = [("id", INT64), ("s", parse_type("STRING[]"))]
    check_bounds(sound, columns)
    data = sound.read_bytes()
    refused = 0
    altered = tmp_path / "altered.parquet"
    for at in range(0, len(data), 3):
        for byte in (0x00, 0x7F, 0xFF):
            altered.write_bytes(data[:at] + bytes([byte]) + data[at + 1 :])
            try:
                check_bounds(altered, columns)
            except (pa.ArrowException, OSError):
                refused += 1
    assert refused > 50


def nulls(manifest: Any) -> None:
    manifest["files"][CITY]["columns"][0]["nulls"] = 1


def many_nulls(manifest: Any) -> None:
    manifest["files"][CITY]["columns"][0]["nulls"] = 2


def digest_of_file(manifest: Any) -> None:
    manifest["files"][CITY]["digest"] = "ab" * 32


def column_type(manifest: Any) -> None:
    manifest["files"][CITY]["columns"][0]["type"] = "INT32"


def property_name(manifest: Any) -> None:
    manifest["files"][CITY]["columns"][0]["property"] = "nobody"


def rows(manifest: Any) -> None:
    city = manifest["files"][CITY]
    city["rows"] = 2
    digests = [(column["parquet_column"], column["digest"]) for column in city["columns"]]
    city["digest"] = table_digest("node", 2, digests)


@pytest.mark.parametrize("edit", [many_nulls, digest_of_file, column_type, property_name])
def test_a_manifest_that_contradicts_itself_or_the_schema(project: Repository, edit: Edit) -> None:
    forge(project.project.store, manifest=edit)
    assert refused(project).startswith("v2 is damaged")


@pytest.mark.parametrize("edit", [nulls, rows])
def test_counts_that_are_not_those_of_the_file(project: Repository, edit: Edit) -> None:
    """verify says "every value" only where the counts of NULLs are right, too."""
    forge(project.project.store, manifest=edit)
    assert {table.name for table in project.verify("v2").tables if not table.ok} == {"City"}
    with pytest.raises(KuzuvcsError, match="City"):
        project.checkout("v2", to=project.project.root / "beside.kuzu")


def test_what_our_own_writer_makes_is_within_bounds(project: Repository) -> None:
    assert project.verify("v1").ok
    assert "City" in git(project.project.store, "show", "v1:manifest.json")
