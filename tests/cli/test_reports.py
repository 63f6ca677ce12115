"""Results as people read them."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from kuzuvcs.core.comparing.changes import (
    AddColumn,
    AddNodeTable,
    DropIndex,
    DropNodeTable,
    DropRelTable,
    RenameTable,
)
from kuzuvcs.core.manifest import DataFile, Manifest
from kuzuvcs.core.planning.hazards import Hazard
from kuzuvcs.core.schema import Column, Connection, Index, NodeTable, RelTable, Schema, Sequence
from kuzuvcs.render.differences_report import diff_report, status_report
from kuzuvcs.render.report import (
    checkout_report,
    export_report,
    generate_report,
    snapshot_report,
    verify_report,
    warning_lines,
)
from kuzuvcs.render.text import plain_text
from kuzuvcs.render.version_report import log_report, show_report
from kuzuvcs.results import (
    Checkout,
    Diff,
    Exported,
    Generated,
    Proof,
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

CITY = NodeTable(name="City", columns=(Column(name="name", type="STRING"),), primary_key="name")
LIVES_IN = RelTable(
    name="LivesIn",
    connections=(Connection(source="User", target="City"),),
    columns=(Column(name="since", type="DATE"),),
    multiplicity="MANY_ONE",
)
NOW = datetime(2026, 11, 22, 20, tzinfo=timezone(timedelta(hours=1)))
FIRST = VersionSummary(
    version="v1",
    commit="5e2aa022183da23ccfb67581d5ee46f48cf74c07",
    created=datetime(2026, 11, 20, 8, 5, tzinfo=UTC),
    message="first\n\nwith a body",
    schema_digest="ab" * 32,
    rows=12_345,
)


def _diff(*rows: RowsChange) -> Diff:
    return Diff(
        before="v1",
        after="@live",
        changes=(
            DropRelTable(table=LIVES_IN),
            RenameTable(old="Person", new="User"),
            AddNodeTable(table=CITY),
            AddColumn(table="User", column=Column(name="email", type="STRING")),
        ),
        rows=rows,
    )


def test_a_diff_is_grouped_by_table_with_rows_beside() -> None:
    diff = _diff(
        RowsChange(table="City", before=None, after=300),
        RowsChange(table="LivesIn", before=1, after=None),
        RowsChange(table="Tag", before=7, after=7, data=True),
        RowsChange(table="Unchanged", before=7, after=7, data=False),
        RowsChange(table="User", before=1200, after=1250),
    )
    assert (
        plain_text(diff_report(diff))
        == """\
v1 → @live

+ node table City   300 rows
    + column name STRING, primary key

- rel table LivesIn   1 row
    - connection User → City
    - MANY_ONE
    - column since DATE

~ table Tag   7 rows, values differ

~ table User   1,200 → 1,250 rows (+50)
    ~ renamed from Person
    + column email STRING

4 schema changes; 2 tables have other values
"""
    )


USER_SAME = RowsChange(table="User", before=3, after=3, data=False)


def test_no_differences() -> None:
    diff = Diff(before="v1", after="v2", changes=(), rows=(USER_SAME,))
    assert plain_text(diff_report(diff)) == "no differences between v1 and v2\n"


def _status(
    *,
    head: str | None = "v2",
    version: str | None = "v2",
    diff: Diff | None = None,
    pending: tuple[str, ...] = (),
    not_compared: tuple[str, ...] = (),
) -> Status:
    return Status(
        head=head,
        version=version,
        clean=diff is None,
        changes=() if diff is None else diff.changes,
        rows=() if diff is None else diff.rows,
        pending=pending,
        sequences=() if diff is None else diff.sequences,
        values=tuple(TableValues(table=name, state="not_compared") for name in not_compared),
        by_value=not not_compared,
    )


def test_a_clean_status_says_how_far_it_looked() -> None:
    assert plain_text(status_report(_status(not_compared=("User", "Tag")))) == (
        "head is v2\n"
        "the live database is v2 by schema and row counts\n"
        "(values not compared: User, Tag; kuzuvcs status --data compares them)\n"
    )
    assert plain_text(status_report(_status())) == ("head is v2\nthe live database is v2 in every value\n")


def test_a_status_before_the_first_version() -> None:
    text = plain_text(status_report(_status(head=None, version=None)))
    assert text == "no version yet\n\nkuzuvcs snapshot makes the first one\n"


def test_work_that_is_in_no_version() -> None:
    status = _status(version=None, diff=_diff(), pending=("20261122_add_email.cypher",))
    text = plain_text(status_report(status))
    assert text.startswith(
        "head is v2\n\n"
        "Differences that are in no version:\n"
        "  (kuzuvcs snapshot makes them the next version)\n\n"
        "  + node table City\n"
    )
    assert text.endswith("\nPending migration scripts:\n  20261122_add_email.cypher\n")


def test_a_sequence_with_another_value_is_named() -> None:
    diff = Diff(before="v2", after="@live", changes=(), rows=(), sequences=("numbers", "User.id"))
    text = plain_text(status_report(_status(version=None, diff=diff)))
    first, second = (f"~ sequence {name}   its current value differs\n" for name in diff.sequences)
    assert text.endswith(f"\n\n  {first}\n  {second}")
    assert plain_text(diff_report(diff)) == (
        f"v2 → @live\n\n{first}\n{second}\nno schema differences; 2 sequences have other values\n"
    )


def test_a_diff_says_what_it_did_not_compare() -> None:
    rows = tuple(RowsChange(table=f"T{number}", before=3, after=3) for number in range(6))
    assert plain_text(diff_report(Diff(before="v1", after="@live", changes=(), rows=rows))) == (
        "no differences in schema and row counts between v1 and @live\n"
        "(values not compared: T0, T1, T2, T3, T4 and 1 more; kuzuvcs diff --data compares them)\n"
    )
    differs = RowsChange(table="User", before=2, after=2, data=True)
    diff = Diff(before="v1", after="@live", changes=(), rows=(rows[0], differs))
    assert plain_text(diff_report(diff)) == (
        "v1 → @live\n\n~ table User   2 rows, values differ\n\n"
        "no schema differences; 1 table has other values\n"
        "(values not compared: T0; kuzuvcs diff --data compares them)\n"
    )


def test_what_a_dropped_table_takes_with_it_stands_below_it() -> None:
    index = Index(table="City", name="names", kind="FTS", columns=("name",))
    diff = Diff(before="v1", after="v2", changes=(DropIndex(index=index), DropNodeTable(table=CITY)), rows=())
    assert "- node table City\n    - index names FTS (name)\n    - column name" in plain_text(
        diff_report(diff)
    )


def test_a_live_database_that_is_an_older_version() -> None:
    text = plain_text(status_report(_status(version="v1", diff=_diff())))
    assert text.startswith(
        "head is v2\nthe live database is v1 in every value\n\nDifferences from the head:\n\n  + node"
    )
    assert "in no version" not in text


def test_the_log_in_the_readers_time_zone() -> None:
    second = VersionSummary(
        version="v2",
        commit="7f" * 20,
        created=datetime(2026, 11, 22, 18, 59, 30, tzinfo=UTC),
        message="",
        schema_digest="cd" * 32,
        rows=9,
    )
    assert (
        plain_text(log_report([second, FIRST], NOW, 100))
        == """\
version  created           age           rows  message
v2       2026-11-22 19:59  just now         9
v1       2026-11-20 09:05  2 days ago  12,345  first
"""
    )


def test_the_log_on_narrow_and_wide_terminals() -> None:
    long = VersionSummary(
        version="v1",
        commit=FIRST.commit,
        created=FIRST.created,
        message="one two three four five six seven eight nine ten eleven twelve",
        schema_digest=FIRST.schema_digest,
        rows=1,
    )
    assert (
        plain_text(log_report([long], NOW, 40))
        == """\
version  age         rows  message
v1       2 days ago     1  one two thre…
"""
    )
    for width in (72, 80, 90):
        lines = plain_text(log_report([long], NOW, width)).splitlines()
        assert max(map(len, lines)) == width
    assert plain_text(log_report([long], NOW, None)).endswith("twelve\n")


def test_an_empty_log() -> None:
    assert plain_text(log_report([], NOW, 80)) == "no version yet\n"


def test_show_has_tables_with_rows_and_bytes() -> None:
    user = NodeTable(
        name="User", columns=(Column(name="id", type="INT64"),), primary_key="id", comment="people"
    )
    manifest = Manifest(
        engine="kuzu",
        engine_release="0.11.3",
        storage_version=39,
        kuzuvcs_release="0.1.0",
        pyarrow_release="26.0.1",
        schema_digest="ab" * 32,
        content_digest="cd" * 32,
        files=(
            DataFile(
                path="data/LivesIn/User/City.parquet",
                kind="rel",
                table="LivesIn",
                source="User",
                target="City",
                rows=9,
                size=628,
                digest="00" * 32,
                columns=(),
            ),
            DataFile(
                path="data/User.parquet",
                kind="node",
                table="User",
                rows=12_336,
                size=81_600,
                digest="00" * 32,
                columns=(),
            ),
        ),
    )
    detail = VersionDetail(
        summary=FIRST,
        manifest=manifest,
        schema=Schema(
            node_tables=(user, CITY), rel_tables=(LIVES_IN,), sequences=(Sequence(name="s", start=5),)
        ),
        tables=(
            TableRows(name="User", kind="node", rows=12_336),
            TableRows(name="LivesIn", kind="rel", rows=9),
        ),
    )
    assert (
        plain_text(show_report(detail, NOW))
        == f"""\
version  v1
commit   {FIRST.commit}
created  2026-11-20 09:05 (2 days ago)
engine   kuzu 0.11.3, storage version 39
schema   {"ab" * 32}
content  {"cd" * 32}
size     12,345 rows, 82.2 kB of Parquet

    first

    with a body

node table User   12,336 rows, 81.6 kB
    id  INT64  primary key
    comment 'people'

node table City   0 rows, 0 B
    name  STRING  primary key

rel table LivesIn   9 rows, 628 B
    User → City  9 rows, 628 B
    MANY_ONE
    since  DATE

sequence s START 5 INCREMENT 1
"""
    )


def _snapshot(*, changed: bool) -> Snapshot:
    return Snapshot(
        version="v1",
        commit=FIRST.commit,
        schema_digest="ab" * 32,
        changed=changed,
        tables=(TableRows(name="User", kind="node", rows=1200), TableRows(name="City", kind="node", rows=1)),
        stored_bytes=1_400_000,
        reused_bytes=0,
        warnings=(),
    )


def test_a_snapshot() -> None:
    assert plain_text(snapshot_report(_snapshot(changed=True), "first\nmore")) == (
        "v1  first\n2 tables, 1,201 rows; 1.4 MB stored, 0 B reused\n"
    )
    assert plain_text(snapshot_report(_snapshot(changed=True), "")).startswith("v1\n")
    assert plain_text(snapshot_report(_snapshot(changed=False), "first")) == (
        "nothing to do: the database is v1 already\n"
    )


def test_a_script() -> None:
    generated = Generated(
        path=Path("/p/migrations/1_add.cypher"),
        before="v1",
        after="v2",
        up=("ALTER TABLE User ADD email STRING", "CHECKPOINT"),
        down=("ALTER TABLE User DROP email",),
        hazards=(Hazard(name="drops_values", text="drops 1,200 values of User.email", count=1200),),
        lost=(),
        proof=Proof(up=True, down=True),
        down_hazards=(Hazard(name="drops_rows", text="drops all rows of City"),),
    )
    assert plain_text(generate_report(generated)) == (
        "/p/migrations/1_add.cypher\n"
        "v1 → v2   2 statements up, 1 down\n"
        "! KV103 drops 1,200 values of User.email\n"
        "! DOWN: KV101 drops all rows of City\n"
        "UP proved, DOWN proved\n"
    )


def test_no_script() -> None:
    generated = Generated(path=None, before="v1", after="v2", up=(), down=(), hazards=(), lost=(), proof=None)
    assert plain_text(generate_report(generated)) == "v1 → v2: nothing to do, the schemas are the same\n"
    twice = dataclasses.replace(generated, already=("1_a", "2_b"))
    assert plain_text(generate_report(twice)) == (
        "v1 → v2: nothing was written, because 1_a and 2_b make this step already\n"
        "kuzuvcs migrate runs what is pending; --again writes the step a second time\n"
    )


def test_a_checkout_says_how_it_was_verified() -> None:
    checkout = Checkout(version="v1", database=Path("/p/old.kuzu"), rows=1, verified="counts")
    assert plain_text(checkout_report(checkout)) == (
        "v1 is now in /p/old.kuzu\n1 row, row counts verified\n"
    )  # fmt: skip


def test_a_bad_table_is_named_with_what_is_wrong() -> None:
    tables = (
        TableVerified(name="City", rows=1, ok=True),
        TableVerified(name="User", rows=1200, ok=False, problems=("id = 7: balance is 1, committed was 2",)),
    )
    assert (
        plain_text(verify_report(Verified(version="v1", ok=False, tables=tables)))
        == """\
ok   City      1  row
BAD  User  1,200  rows
        id = 7: balance is 1, committed was 2

v1: 1 of 2 tables differ from what was committed
"""
    )
    text = plain_text(verify_report(Verified(version="v1", ok=True, tables=tables[:1])))
    assert text == "ok  City  1  row\n\nv1: all is as it was committed\n"


def test_an_export_and_a_warning() -> None:
    exported = Exported(version="v1", path=Path("/p/plain"))
    assert plain_text(export_report(exported)) == "v1 exported to /p/plain\n"
    assert plain_text(warning_lines(["a", "b\x1b"])) == "warning: a\nwarning: b\\x1b\n"
