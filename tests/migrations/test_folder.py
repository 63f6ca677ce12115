from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kuzuvcs.errors import MigrationError
from kuzuvcs.migrations.folder import migration_id, read_folder, slug, write_migration

TEXT = "// id: x\n\n-- UP\n\nCOMMENT ON TABLE `T` IS 'a\r\nb';\n\n-- DOWN\n"


def test_ids_are_utc_and_sort_by_time() -> None:
    zone = timezone(timedelta(hours=2))
    first = migration_id(datetime(2026, 11, 22, 12, 15, 0, tzinfo=zone), "Add user's e-mail!")
    assert first == "20261122_101500_add_user_s_e_mail"
    assert first < migration_id(datetime(2026, 11, 22, 10, 15, 1, tzinfo=UTC), "a")


@given(st.text(max_size=200))
def test_every_message_makes_a_name(message: str) -> None:
    made = migration_id(datetime(2026, 1, 2, tzinfo=UTC), message)
    assert made == f"20260102_000000_{slug(message)}"
    assert len(made) <= 76
    assert slug(slug(message)) == slug(message)


def test_scripts_are_listed_oldest_first_with_their_bytes(tmp_path: Path) -> None:
    for id in ("20270101_000000_b", "20261231_235959_z"):
        write_migration(tmp_path, id, TEXT)
    (tmp_path / "README.md").write_text("no script")
    (tmp_path / ".20270101_000000_b.cypher.tmp.cypher").write_text("left over")
    found = read_folder(tmp_path)
    assert [file.id for file in found] == ["20261231_235959_z", "20270101_000000_b"]
    assert [statement.text for statement in found[0].script.up] == ["COMMENT ON TABLE `T` IS 'a\r\nb'"]


def test_no_folder_is_no_scripts(tmp_path: Path) -> None:
    assert read_folder(tmp_path / "none") == ()


def test_a_script_is_never_overwritten(tmp_path: Path) -> None:
    path = write_migration(tmp_path, "20270101_000000_b", TEXT)
    with pytest.raises(MigrationError, match="already"):
        write_migration(tmp_path, "20270101_000000_b", "other")
    assert path.read_bytes() == TEXT.encode()


@pytest.mark.parametrize(
    "id", ["x", "20270101_000000", "20271301_000000_a", "20270101_000000_A", "20270101_000000_a b"]
)
def test_a_name_that_is_none_is_refused(id: str, tmp_path: Path) -> None:
    with pytest.raises(MigrationError, match="no name"):
        write_migration(tmp_path, id, TEXT)
    (tmp_path / f"{id}.cypher").write_text(TEXT)
    with pytest.raises(MigrationError, match="no name"):
        read_folder(tmp_path)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "20270101_000000_a.cypher").write_bytes(b"-- UP\n\xff;")
    with pytest.raises(MigrationError, match="cannot read"):
        read_folder(tmp_path)
