from __future__ import annotations

import json
import string
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kuzuvcs.core.declared_order import declared, orders_of
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
from kuzuvcs.core.schema import Column, Constant, NodeTable, Schema
from kuzuvcs.core.schema_json import schema_digest, schema_from_json, schema_to_json
from kuzuvcs.errors import ManifestError, SchemaError
from tests.core.schemas import names, schemas, shuffled, texts

T = TypeVar("T")

DIGEST = "0123456789abcdef" * 4
MANIFEST = Manifest(
    engine="kuzu",
    engine_release="0.11.3",
    storage_version=39,
    kuzuvcs_release="0.1.0",
    pyarrow_release="26.0.1",
    schema_digest=DIGEST,
    content_digest=DIGEST,
    files=(
        DataFile(
            path="data/Knows/Us%2Fer/User.parquet",
            kind="rel",
            table="Knows",
            source="Us/er",
            target="User",
            rows=3,
            size=12345,
            digest=DIGEST,
            columns=(
                ColumnRecord(parquet_column="from", property="", type="INT64", digest=DIGEST, nulls=0),
                ColumnRecord(parquet_column="w", property="w", type="DECIMAL(18, 3)", digest=DIGEST, nulls=1),
            ),
        ),
        DataFile(
            path="data/User.parquet", kind="node", table="User", rows=0, size=1, digest=DIGEST, columns=()
        ),
    ),
    orders=Orders(
        tables=("User", "Us/er", "Knows"),
        columns=(("User", ("id", "a")),),
        connections=(("Knows", (("Us/er", "User"),)),),
    ),
    ids=CatalogIds(tables=(("User", 0),), columns=(("User", "id", 7),), database="ab" * 16),
    warnings=("macro 'x' cannot be read",),
)
POSITIONS = (
    SequencePosition(name="s", position=None),
    SequencePosition(name="t", position=-3),
    SequencePosition(table="User", column="id", position=9),
)
READERS = (schema_from_json, manifest_from_json, positions_from_json)


def test_a_manifest_reads_back() -> None:
    assert manifest_from_json(manifest_to_json(MANIFEST)) == MANIFEST
    assert positions_from_json(positions_to_json(reversed(POSITIONS))) == POSITIONS


@settings(max_examples=100, deadline=None)
@given(schemas(), st.randoms(use_true_random=False))
def test_a_schema_reads_back_whatever_its_order(schema: Schema, random: Random) -> None:
    text = schema_to_json(schema)
    assert schema_to_json(schema_from_json(text)) == text
    assert schema_digest(shuffled(schema, random)) == schema_digest(schema)


@settings(max_examples=50, deadline=None)
@given(schemas(), st.randoms(use_true_random=False))
def test_the_declared_order_is_given_back(schema: Schema, random: Random) -> None:
    mixed = shuffled(schema, random)
    assert declared(mixed, orders_of(schema)).node_tables == schema.node_tables
    assert declared(mixed, orders_of(schema)).rel_tables == schema.rel_tables


def test_a_constant_is_the_same_however_it_is_spaced() -> None:
    def digest(text: str) -> str:
        column = Column(name="id", type="INT64[]", default=Constant(json=text))
        return schema_digest(Schema(node_tables=(NodeTable(name="T", columns=(column,), primary_key="id"),)))

    assert digest('["1","2"]') == digest('[ "1", "2" ]') != digest('["2","1"]')


def test_letters_stay_legible_and_what_cannot_be_seen_is_escaped() -> None:
    column = Column(name="id", type="INT64")
    name = "日本é\u202e\x7f\n"
    text = schema_to_json(Schema(node_tables=(NodeTable(name=name, columns=(column,), primary_key="id"),)))
    assert '"日本é\\u202e\\u007f\\n"' in text
    assert schema_from_json(text).node_tables[0].name == name


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    "bad", ["", "{", "[]", "null", '{"format": 1}', '{"format": true}', '{"format": "1"}', "[" * 99999]
)
def test_what_is_none_is_refused(read: Any, bad: str) -> None:
    with pytest.raises(ManifestError):
        read(bad)


@pytest.mark.parametrize("read", READERS)
def test_a_newer_format_is_refused_with_a_clear_word(read: Any) -> None:
    with pytest.raises(ManifestError, match="format 2; this kuzuvcs reads up to format 1"):
        read('{"format": 2, "new": "things"}')


@pytest.mark.parametrize("name", ["", "a`b", "nul\0", "\ud800"])
def test_a_name_that_no_statement_can_hold_is_refused(name: str) -> None:
    text = schema_to_json(Schema(node_tables=(_table("HERE"),)))
    with pytest.raises(ManifestError):
        schema_from_json(text.replace('"HERE"', json.dumps(name)))
    with pytest.raises(SchemaError):
        schema_to_json(Schema(node_tables=(_table(name),)))


@pytest.mark.parametrize("other", ["user", "USER"])
def test_two_names_that_the_engine_takes_for_one_are_refused(other: str) -> None:
    schema = Schema(node_tables=(_table("User"), _table(other)))
    with pytest.raises(SchemaError, match="are one"):
        schema_to_json(schema)
    assert schema_to_json(Schema(node_tables=(_table("É"), _table("é"))))


@pytest.mark.parametrize("bad", ['"\\ud800"', "1e999", '{"\\udc00": "1"}', "[" * 150 + "]" * 150])
def test_a_default_that_cannot_be_written_again_is_refused(bad: str) -> None:
    column = Column(name="id", type="INT64", default=Constant(json='"HERE"'))
    schema = Schema(node_tables=(NodeTable(name="T", columns=(column,), primary_key="id"),))
    text = schema_to_json(schema).replace('"HERE"', bad)
    try:
        found = schema_from_json(text)
    except ManifestError:
        return
    assert bad.startswith("[[")
    assert schema_from_json(schema_to_json(found)) == found


def test_the_same_key_twice_is_refused() -> None:
    with pytest.raises(ManifestError, match="twice"):
        positions_from_json('{"format": 1, "sequences": {"s": 1, "s": 2}, "serials": {}}')


def _table(name: str) -> NodeTable:
    return NodeTable(name=name, columns=(Column(name="id", type="INT64"),), primary_key="id")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts | names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts | names, inner, max_size=3),
    max_leaves=6,
)


def _damage(value: Any, random: Random, replacement: Any) -> Any:
    """The value with one place in it, anywhere, replaced, taken out or given another key."""
    if not isinstance(value, dict | list) or not value or random.random() < 0.1:
        return replacement
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = random.choice(keys)
    damaged = value.copy()
    match random.randrange(4):
        case 0:
            del damaged[key]
        case 1 if isinstance(damaged, dict):
            damaged[random.choice(string.ascii_letters)] = damaged.pop(key)
        case _:
            damaged[key] = _damage(value[key], random, replacement)
    return damaged


@settings(max_examples=200, deadline=None)
@given(schemas(), st.randoms(use_true_random=False), json_values)
def test_damage_is_a_manifest_error_or_another_document(
    schema: Schema, random: Random, replacement: Any
) -> None:
    _check_damaged(schema_from_json, schema_to_json, schema_to_json(schema), random, replacement)
    _check_damaged(manifest_from_json, manifest_to_json, manifest_to_json(MANIFEST), random, replacement)
    _check_damaged(positions_from_json, positions_to_json, positions_to_json(POSITIONS), random, replacement)


def _check_damaged(
    read: Callable[[str], T], write: Callable[[T], str], text: str, random: Random, replacement: Any
) -> None:
    damaged = json.dumps(_damage(json.loads(text), random, replacement))
    try:
        found = read(damaged)
    except ManifestError:
        return
    assert read(write(found)) == found


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 400), st.characters(codec="utf-8"))
def test_a_changed_character_is_refused_or_read(at: int, character: str) -> None:
    text = manifest_to_json(replace(MANIFEST, warnings=()))
    try:
        found = manifest_from_json(text[:at] + character + text[at + 1 :])
    except ManifestError:
        return
    assert manifest_from_json(manifest_to_json(found)) == found
