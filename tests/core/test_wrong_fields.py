"""Every field of every document, with everything that it cannot be: a typed error, or a value that fits."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import functools
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kuzuvcs.core.backup import Backup, backup_from_json, backup_to_json
from kuzuvcs.core.manifest import (
    CatalogIds,
    ColumnRecord,
    DataFile,
    Manifest,
    Orders,
    manifest_from_json,
    manifest_to_json,
)
from kuzuvcs.core.positions import SequencePosition, positions_from_json, positions_to_json
from kuzuvcs.core.schema import (
    Column,
    Connection,
    Constant,
    Expression,
    Index,
    Macro,
    NodeTable,
    RelTable,
    Schema,
    Sequence,
)
from kuzuvcs.core.schema_json import schema_from_json, schema_to_json
from kuzuvcs.core.scripts.history import Applied
from kuzuvcs.core.scripts.history_json import history_from_json, history_to_json
from kuzuvcs.core.scripts.history_rows import require_consistent, run_of
from kuzuvcs.errors import ManifestError

WRONG: tuple[Any, ...] = (
    None, True, -1, 0, 1.5, float("nan"), 2**63, -(2**63) - 1, 10**40, "", "x", "\0", "a`b", "\ud800",
    "1970-01-01", "0001-01-01T00:00:00.000000+00:00", "9999-12-31T23:59:59.999999+00:00",
    "2026-02-31T00:00:00.000000+00:00",
    [], [1], [[]], {}, {"a": 1}, "y" * 5000, "INT64[999999999999]", "INT64" + "[]" * 90,
)  # fmt: skip

DIGEST = "ab" * 32
RUN = Applied(
    number=1,
    id="20260101_000000_first",
    description="first",
    checksum=DIGEST,
    from_version="v1",
    to_version="v2",
    from_digest=DIGEST,
    to_digest=DIGEST,
    applied="2026-01-01T00:00:00+00:00",
    seconds=0.5,
    release="0.1.0",
    capture="ab" * 20,
    rolled_back="2026-01-02T00:00:00+00:00",
    unfinished="UP 3+",
)
BACKUP = Backup(
    name="app.kuzu.20260101T000000.000000Z",
    database="app.kuzu",
    created="2026-01-01T00:00:00.000000+00:00",
    automatic=True,
    reason="before migrate",
    size=4096,
    sha256=DIGEST,
    engine="kuzu",
    release="0.11.3",
    storage=39,
    schema=DIGEST,
    rows=(("User", 3),),
)
SCHEMA = Schema(
    node_tables=(
        NodeTable(
            name="User",
            columns=(
                Column(name="id", type="SERIAL"),
                Column(name="n", type="INT64", default=Expression(text="nextval('numbers')")),
                Column(name="c", type="INT64[]", default=Constant(json='["1"]')),
            ),
            primary_key="id",
        ),
    ),
    rel_tables=(RelTable(name="Knows", connections=(Connection(source="User", target="User"),)),),
    sequences=(Sequence(name="numbers"),),
    macros=(Macro(name="F", parameters=(("x", None), ("y", "1")), body="x + y"),),
    indexes=(Index(table="User", name="i", kind="FTS", columns=("n",), options=(("stemmer", "'none'"),)),),
)
MANIFEST = Manifest(
    engine="kuzu",
    engine_release="0.11.3",
    storage_version=39,
    kuzuvcs_release="0.1.0",
    pyarrow_release="26.0.0",
    schema_digest=DIGEST,
    content_digest=DIGEST,
    files=(
        DataFile(
            path="data/Knows/User/User.parquet",
            kind="rel",
            table="Knows",
            source="User",
            target="User",
            rows=1,
            size=100,
            digest=DIGEST,
            columns=(
                ColumnRecord(parquet_column="from", property="", type="INT64", digest=DIGEST, nulls=0),
                ColumnRecord(parquet_column="p", property="p", type="INT64", digest=DIGEST, nulls=0),
            ),
        ),
    ),
    orders=Orders(
        tables=("User", "Knows"),
        columns=(("User", ("id",)),),
        connections=(("Knows", (("User", "User"),)),),
    ),
    ids=CatalogIds(tables=(("User", 0),), columns=(("User", "id", 0),)),
    warnings=("one",),
)
POSITIONS = (
    SequencePosition(name="numbers", position=3),
    SequencePosition(table="User", column="id", position=None),
)

DOCUMENTS: dict[str, tuple[str, Callable[[str], object]]] = {
    "manifest": (manifest_to_json(MANIFEST), manifest_from_json),
    "schema": (schema_to_json(SCHEMA), schema_from_json),
    "sequences": (positions_to_json(POSITIONS), positions_from_json),
    "history": (history_to_json([RUN]), history_from_json),
    "backup": (backup_to_json(BACKUP), lambda text: backup_from_json(text, "record")),
}


def places(value: Any) -> Iterator[tuple[Any, ...]]:
    """The path to every value in a document."""
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, inner in entries:
        yield (key,)
        yield from ((key, *rest) for rest in places(inner))


def changed(document: Any, path: tuple[Any, ...], change: Callable[[Any, Any], None]) -> str:
    found = copy.deepcopy(document)
    place = found
    for key in path[:-1]:
        place = place[key]
    change(place, path[-1])
    return json.dumps(found)


def renamed(place: Any, key: Any) -> None:
    if isinstance(place, dict):
        place[f"{key}\0"] = place.pop(key)
    else:
        place.append(place[key])


def put(wrong: Any, place: Any, key: Any) -> None:
    place[key] = wrong


def removed(place: Any, key: Any) -> None:
    del place[key]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_field_with_every_wrong_value(name: str) -> None:
    text, read = DOCUMENTS[name]
    document = json.loads(text)
    read(text)
    refused: list[str] = []
    for path in places(document):
        changes = [changed(document, path, removed), changed(document, path, renamed)]
        changes += [changed(document, path, functools.partial(put, wrong)) for wrong in WRONG]
        for one in changes:
            try:
                read(one)
            except ManifestError as error:
                refused.append(str(error))
    assert len(refused) > 10 * len(list(places(document)))
    assert max(map(len, refused)) < 12_000


FIELDS = tuple(one.name for one in dataclasses.fields(Applied) if one.name != "dropped")
"""The columns of the history's table: what a rollback dropped is kept in ``capture``."""


@pytest.mark.parametrize("name", FIELDS)
def test_every_column_of_the_history_with_every_wrong_value(name: str) -> None:
    row = dataclasses.asdict(RUN)
    assert run_of(row) == RUN
    never: tuple[Any, ...] = (
        None,
        3 if name not in ("number", "seconds") else "3",
        [],
        {},
        float("inf"),
        float("nan"),
    )
    for wrong in never:
        with pytest.raises(ValueError, match=f"{name} is "):
            run_of(row | {name: wrong})
    for wrong in WRONG:
        with contextlib.suppress(ValueError):
            require_consistent([run_of(row | {name: wrong})])


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("unfinished", "LEFT 3"), ("unfinished", "UP x"), ("applied", "yesterday"), ("rolled_back", "no"),
     ("capture", "v1"), ("capture", "0" * 40 + "+" + "1" * 40), ("capture", "0" * 40 + "+1+2"),
     ("id", ""), ("number", 0), ("seconds", -1.0)],
)  # fmt: skip
def test_a_value_of_the_history_that_kuzuvcs_never_writes(name: str, wrong: object) -> None:
    with pytest.raises(ValueError, match=f"{name} is "):
        run_of(dataclasses.asdict(RUN) | {name: wrong})


def test_rows_of_the_history_that_contradict_each_other() -> None:
    applied = dataclasses.replace(RUN, rolled_back="", unfinished="")
    with pytest.raises(ValueError, match="2 rows have the number 1"):
        require_consistent([RUN, RUN])
    with pytest.raises(ValueError, match="2 rows have the id"):
        require_consistent([applied, dataclasses.replace(applied, number=2)])
    assert require_consistent([dataclasses.replace(applied, number=2), RUN])[0] == RUN
