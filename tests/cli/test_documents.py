"""What `--json` prints has the documented keys, and is one document of plain JSON."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from kuzuvcs.cli.output import write_document
from kuzuvcs.core.comparing.changes import RenameColumn
from kuzuvcs.core.manifest import Manifest
from kuzuvcs.core.planning.before import Capture
from kuzuvcs.core.planning.hazards import Hazard
from kuzuvcs.core.schema import Column, NodeTable, Schema
from kuzuvcs.render import documents
from kuzuvcs.results import (
    Checkout,
    Diff,
    Exported,
    Generated,
    LeftOut,
    Proof,
    Proven,
    RowsChange,
    Snapshot,
    Status,
    TableRows,
    TableValues,
    TableVerified,
    Verified,
    VersionDetail,
    VersionSummary,
)
from tests.cli.calls import Program

VERSION = VersionSummary(
    version="v1",
    commit="5e" * 20,
    created=datetime(2026, 11, 22, 1, 30, tzinfo=timezone(timedelta(hours=2))),
    message="first",
    schema_digest="ab" * 32,
    rows=3,
)
TABLES = (TableRows(name="User", kind="node", rows=3),)
RENAME = RenameColumn(table="User", old="name", new="full_name")
ROWS = (RowsChange(table="User", before=3, after=None),)


def test_snapshot() -> None:
    snapshot = Snapshot(
        version="v1",
        commit="5e" * 20,
        schema_digest="ab" * 32,
        changed=True,
        tables=TABLES,
        stored_bytes=10,
        reused_bytes=20,
        warnings=("w",),
    )
    assert documents.snapshot_document(snapshot) == {
        "version": "v1",
        "commit": "5e" * 20,
        "schema": "ab" * 32,
        "changed": True,
        "tables": [{"name": "User", "kind": "node", "rows": 3}],
        "stored_bytes": 10,
        "reused_bytes": 20,
        "warnings": ["w"],
    }


def test_log_has_times_in_utc() -> None:
    assert documents.log_document([VERSION]) == {
        "versions": [
            {
                "version": "v1",
                "commit": "5e" * 20,
                "created": "2026-11-21T23:30:00+00:00",
                "message": "first",
                "schema": "ab" * 32,
                "rows": 3,
            }
        ]
    }


def test_show_has_manifest_and_schema_as_the_version_holds_them() -> None:
    manifest = Manifest(
        engine="kuzu",
        engine_release="0.11.3",
        storage_version=39,
        kuzuvcs_release="0.1.0",
        pyarrow_release="26.0.1",
        schema_digest="ab" * 32,
        content_digest="cd" * 32,
    )
    table = NodeTable(name="User", columns=(Column(name="id", type="INT64"),), primary_key="id")
    document = documents.show_document(
        VersionDetail(summary=VERSION, manifest=manifest, schema=Schema(node_tables=(table,)), tables=TABLES)
    )
    assert document["manifest"]["engine"] == {"name": "kuzu", "release": "0.11.3", "storage_version": 39}
    assert document["schema"]["node_tables"]["User"]["primary_key"] == "id"
    assert document["version"] == "v1"


def test_diff_and_status() -> None:
    changes = [{"kind": "rename_column", "table": "User", "from": "name", "to": "full_name"}]
    rows = [{"table": "User", "from": 3, "to": None, "data": None}]
    assert documents.diff_document(Diff(before="v1", after="@live", changes=(RENAME,), rows=ROWS)) == {
        "from": "v1",
        "to": "@live",
        "changes": changes,
        "rows": rows,
        "values": [],
        "sequences": [],
        "hazards": [],
        "warnings": [],
    }
    status = Status(
        head="v1",
        version=None,
        clean=False,
        changes=(RENAME,),
        rows=ROWS,
        pending=("1.cypher",),
        values=(TableValues(table="User", state="not_compared"),),
        sequences=("numbers",),
    )
    assert documents.status_document(status) == {
        "head": "v1",
        "version": None,
        "clean": False,
        "changes": changes,
        "rows": rows,
        "values": [{"table": "User", "state": "not_compared"}],
        "sequences": ["numbers"],
        "by_value": False,
        "applied": [],
        "pending": ["1.cypher"],
        "warnings": [],
    }


def test_generate() -> None:
    generated = Generated(
        path=Path("/p/1.cypher"),
        before="v1",
        after="v2",
        up=("a",),
        down=("b",),
        hazards=(Hazard(name="drops_values", text="drops 3 values of A.b", count=3),),
        lost=(Capture(path="User.parquet", table="User", connection=None, columns=("id",)),),
        proof=Proof(up=True, down=True),
        left_out=(LeftOut(kind="index", name="ix", reason="no extension"),),
        down_hazards=(Hazard(name="drops_rows", text="drops all rows of B"),),
    )
    assert documents.generate_document(generated) == {
        "path": "/p/1.cypher",
        "from": "v1",
        "to": "v2",
        "up": ["a"],
        "down": ["b"],
        "hazards": [{"code": "KV103", "name": "drops_values", "text": "drops 3 values of A.b", "count": 3}],
        "down_hazards": [
            {"code": "KV101", "name": "drops_rows", "text": "drops all rows of B", "count": None}
        ],
        "already": [],
        "before": [{"path": "User.parquet", "table": "User", "columns": ["id"]}],
        "left_out": [{"kind": "index", "name": "ix", "reason": "no extension"}],
        "proof": {"up": True, "down": True, "data": True},
        "marked": False,
    }
    nothing = Generated(path=None, before="v1", after="v2", up=(), down=(), hazards=(), lost=(), proof=None)
    assert documents.generate_document(nothing)["path"] is None
    assert documents.generate_document(nothing)["proof"] is None
    already = dataclasses.replace(nothing, already=("20270101_000000_a",))
    assert documents.generate_document(already)["already"] == ["20270101_000000_a"]


def test_prove() -> None:
    proven = Proven(
        path=Path("/p/1.cypher"),
        before="v1",
        proof=Proof(up=True, down=False, data=False),
        digest="d",
        hazards=("KV101 a",),
        down_hazards=(),
        lost=("other values in A, column b",),
    )
    assert documents.prove_document(proven) == {
        "path": "/p/1.cypher",
        "id": "1",
        "from": "v1",
        "proof": {"up": True, "down": False, "data": False},
        "proof_digest": "d",
        "hazards": ["KV101 a"],
        "down_hazards": [],
        "lost": ["other values in A, column b"],
    }


def test_checkout_verify_and_export() -> None:
    checkout = Checkout(version="v1", database=Path("/p/a.kuzu"), rows=3, verified="values")
    assert documents.checkout_document(checkout) == {
        "version": "v1",
        "database": "/p/a.kuzu",
        "rows": 3,
        "verified": "values",
        "engine": "kuzu",
        "left_out": [],
        "indexes": None,
        "warnings": [],
    }
    table = TableVerified(name="User", rows=3, ok=False, problems=("p",))
    assert documents.verify_document(Verified(version="v1", ok=False, tables=(table,))) == {
        "version": "v1",
        "ok": False,
        "tables": [{"name": "User", "rows": 3, "ok": False, "problems": ["p"]}],
    }
    assert documents.export_document(Exported(version="v1", path=Path("/p/plain"))) == {
        "version": "v1",
        "path": "/p/plain",
        "warnings": [],
    }


def test_a_document_is_ascii_whatever_the_names(capsys: pytest.CaptureFixture[str]) -> None:
    document = {"name": "城市\x1b[2J\u202e\udcff"}
    write_document(document)
    out = capsys.readouterr().out
    assert out.isascii()
    assert "\x1b" not in out
    assert json.loads(out) == document


def test_init_says_where_everything_is(kuzuvcs: Program, tmp_path: Path) -> None:
    call = kuzuvcs("init", "--database", "app.kuzu", "--json")
    assert call.code == 0
    assert call.document == {
        "project": str(tmp_path),
        "database": str(tmp_path / "app.kuzu"),
        "engine": "kuzu",
        "store": str(tmp_path / "snapshots"),
        "migrations": str(tmp_path / "migrations"),
        "made": [
            str(tmp_path / name)
            for name in ("snapshots", "migrations", "migrations/.gitattributes", "kuzuvcs.toml")
        ],
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kuzuvcs.toml", "migrations", "snapshots"]
