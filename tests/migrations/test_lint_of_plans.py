"""What lint says of generated scripts is what their plans say of themselves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kuzuvcs.core.comparing.diff import diff
from kuzuvcs.core.comparing.renames import Renames
from kuzuvcs.core.planning.hazard_codes import kind_of
from kuzuvcs.core.planning.hazards import Hazard
from kuzuvcs.core.planning.operations import CopyEdges, CopyNodes
from kuzuvcs.core.planning.plan import Plan, plan
from kuzuvcs.core.planning.step import hazards_in
from kuzuvcs.core.schema import Column, Connection, NodeTable, RelTable, Schema
from kuzuvcs.core.scripts.script import script_head
from kuzuvcs.errors import SchemaError, UnsupportedChange
from kuzuvcs.migrations.lexer import parse_script
from kuzuvcs.migrations.lint import lint_script
from kuzuvcs.render.script import render_script
from kuzuvcs.results import Finding
from tests.core.pairs import Pair, pairs
from tests.core.schemas import schemas
from tests.core.test_rebuild_plans import PARTS, TYPES
from tests.render.test_plans_on_kuzu import CASES
from tests.render.test_rebuilds_on_kuzu import CASES as REBUILDS


def linted(planned: Plan, *, declared: bool = True) -> tuple[Finding, ...]:
    before = tuple(one.capture for one in planned.lost)
    head = script_head(
        id="x", description="", source="", target="", source_digest="", target_digest="", proof="",
        hazards=(), before=before, rows=(), engine="", release="",
    )  # fmt: skip
    text = render_script(head, planned)
    if not declared:
        text = text.replace("// hazard:", "// hidden:")
    return lint_script(parse_script(text, "x"), Path("x"))


def errors(found: Iterable[Hazard | Finding]) -> set[str]:
    return {
        one.code
        for one in found
        if kind_of(one.name).severity == "error" and not (isinstance(one, Finding) and one.allowed)
    }


def plannable(schema: Schema) -> Schema:
    """Without rel tables that the engine cannot read or make."""
    rels = tuple(replace(rel, storage_direction="both") for rel in schema.rel_tables if rel.connections)
    return replace(schema, rel_tables=rels)


any_schemas = schemas().map(plannable)
any_pairs = st.builds(Pair, old=any_schemas, new=any_schemas, renames=st.just(Renames()))


@settings(max_examples=200, deadline=None)
@given(st.one_of(any_pairs, pairs(PARTS, lambda *_: st.sampled_from(TYPES))))
def test_lint_finds_the_errors_that_a_plan_names(pair: Pair) -> None:
    try:
        compare(pair.old, pair.new, pair.renames)
    except (UnsupportedChange, SchemaError):
        return


@pytest.mark.parametrize("case", [*CASES.values(), *REBUILDS.values()], ids=[*CASES, *REBUILDS])
def test_lint_finds_the_errors_of_every_kind_of_change(case: tuple[Schema, Schema, Renames]) -> None:
    compare(*case)
    old, new, renames = case
    compare(new, old, renames.inverse())


def compare(old: Schema, new: Schema, renames: Renames) -> None:
    planned = plan(old, new, diff(old, new, renames))
    up, down = errors(hazards_in(planned.up)), errors(hazards_in(planned.down))
    found = linted(planned)
    # Whether a cast narrows is in the data, which lint does not see.
    beyond = {"KV201", "KV606", "KV607"}  # a generated macro may be any text, and no Cypher at all
    assert of(found, "up") - beyond == up - beyond
    assert of(found, "down") - beyond <= down
    found = linted(planned, declared=False)
    assert of(found, "up") - beyond <= up
    if not any(isinstance(one, CopyNodes | CopyEdges) for step in planned.up for one in step.operations):
        unknown = beyond - {"KV201"}
        assert of(found, "up") - unknown == up - unknown


def of(found: tuple[Finding, ...], section: str) -> set[str]:
    return errors(one for one in found if one.section == section)


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


def test_a_rebuild_that_leaves_a_column_out_declares_it_where_it_copies() -> None:
    old = Schema(node_tables=(USER,))
    new = Schema(node_tables=(NodeTable(name="User", columns=USER.columns[:2], primary_key="age"),))
    (loss,) = [one for one in linted(plan(old, new, diff(old, new))) if one.code == "KV103"]
    assert (loss.section, loss.text, loss.allowed) == ("up", "drops all values of User.n", False)
    assert loss.statement.startswith("COPY `User`(`id`, `age`) FROM")
