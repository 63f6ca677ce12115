"""Plans with rebuilds, run on a schema in place of an engine."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from kuzuvcs.core.comparing.diff import diff
from kuzuvcs.core.comparing.renames import Renames
from kuzuvcs.core.planning.hazards import Counts
from kuzuvcs.core.planning.operations import Operation
from kuzuvcs.core.planning.plan import Plan, plan
from kuzuvcs.core.planning.step import Step
from kuzuvcs.core.schema import Schema
from kuzuvcs.core.schema_json import same_schema
from kuzuvcs.errors import UnsupportedChange
from tests.core.interpreter import Interpreter
from tests.core.pairs import Pair, pairs
from tests.core.schemas import ANY, schemas

TYPES = ("INT64", "INT32", "STRING", "SERIAL", "DOUBLE[]")


PARTS = replace(ANY, directions=("both",), sequences=st.just(()), macros=st.just(()))


def _planned(pair: Pair) -> Plan:
    empty: Counts = {(table.name,): 0 for table in pair.old.tables()}
    return plan(pair.old, pair.new, diff(pair.old, pair.new, pair.renames), empty)


def _operations(steps: tuple[Step, ...]) -> list[Operation]:
    return [operation for step in steps for operation in step.operations]


@settings(max_examples=300, deadline=None)
@given(pairs(PARTS, lambda *_: st.sampled_from(TYPES)))
def test_up_leads_to_the_new_schema_and_down_back(pair: Pair) -> None:
    try:
        planned = _planned(pair)
    except UnsupportedChange:
        return  # a cast that ends the engine's process: tests/render/test_plans_on_kuzu.py
    interpreter = Interpreter(pair.old)
    interpreter.run(_operations(planned.up))
    assert same_schema(interpreter.schema(), pair.new)
    assert len(set(interpreter.copied)) == len(interpreter.copied)
    interpreter.run(_operations(planned.down))
    assert same_schema(interpreter.schema(), pair.old)


@given(schemas())
def test_what_does_not_change_is_not_rebuilt(schema: Schema) -> None:
    assert _operations(_planned(Pair(old=schema, new=schema, renames=Renames())).up) == []
