"""What lint says of generated scripts is what their plans say of themselves."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kuzuvcs.core.diff import diff
from kuzuvcs.core.hazard_codes import kind_of
from kuzuvcs.core.hazards import Hazard
from kuzuvcs.core.plan import Plan, plan
from kuzuvcs.core.renames import Renames
from kuzuvcs.core.schema import Column, Connection, NodeTable, RelTable, Schema
from kuzuvcs.core.script import script_head
from kuzuvcs.core.step import hazards_in
from kuzuvcs.errors import SchemaError, UnsupportedChange
from kuzuvcs.migrations.lexer import parse_script
from kuzuvcs.migrations.lint import lint_script
from kuzuvcs.render.script import render_script
from kuzuvcs.results import Finding
from tests.core.schemas import schemas
from tests.core.test_rebuild_plans import pairs

HEAD = script_head(
    id="x", description="", source="", target="", source_digest="", target_digest="", proof="", hazards=(),
    engine="", release="",
)  # fmt: skip


def linted(planned: Plan) -> tuple[Finding, ...]:
    return lint_script(parse_script(render_script(HEAD, planned), "x"), Path("x"))


def errors(found: Iterable[Hazard | Finding]) -> set[str]:
    return {
        one.code
        for one in found
        if kind_of(one.name).severity == "error" and not (isinstance(one, Finding) and one.allowed)
    }


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.tuples(schemas(), schemas(), st.just(Renames())), pairs()))
def test_lint_finds_the_errors_that_the_plan_names(pair: tuple[Schema, Schema, Renames]) -> None:
    old, new, renames = pair
    try:
        planned = plan(old, new, diff(old, new, renames))
        found = linted(planned)
    except (UnsupportedChange, SchemaError):
        return
    up = {one for one in found if one.section == "up"}
    down = {one for one in found if one.section == "down"}
    # Whether a cast narrows is in the data, which lint does not see.
    assert errors(up) - {"KV201"} == errors(hazards_in(planned.up)) - {"KV201"}
    assert errors(down) - {"KV201"} <= errors(hazards_in(planned.down))


USER = NodeTable(
    name="User",
    columns=(
        Column(name="id", type="INT64"),
        Column(name="age", type="INT32"),
        Column(name="n", type="SERIAL"),
    ),
    primary_key="id",
)
KNOWS = RelTable(name="Knows", connections=(Connection(source="User", target="User"),))


@pytest.mark.parametrize(("type", "narrows"), [("INT64", False), ("INT16", True)])
def test_a_rebuild_allows_what_it_knows_to_be_harmless(type: str, *, narrows: bool) -> None:
    changed = NodeTable(
        name="User",
        columns=(USER.columns[0], Column(name="age", type=type), USER.columns[2]),
        primary_key="id",
    )
    old = Schema(node_tables=(USER,), rel_tables=(KNOWS,))
    new = Schema(node_tables=(changed,), rel_tables=(KNOWS,))
    planned = plan(old, new, diff(old, new, Renames()))
    found = [one for one in linted(planned) if one.section == "up"]
    assert errors(found) == ({"KV201"} if narrows else set())
    assert {one.code for one in found if one.allowed} >= {"KV101", "KV203"}
    assert {one.code for one in found if not one.allowed} >= {"KV401", "KV301"}
