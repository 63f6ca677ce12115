"""Random pairs of schemas with random rows: gone UP and DOWN, every row and edge read before and after."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from kuzuvcs.errors import CastRefused, UnsupportedChange
from kuzuvcs.render.cypher import create_schema
from tests.core.pairs import Pair, pairs
from tests.pairs.graphs import PARTS, Rows, becomes, insertions, rows
from tests.pairs.refusals import REFUSALS, refusal
from tests.pairs.round_trip import NO_CASTS, Engine, null_casts, round_trip

LIMITS = Path(__file__).parents[2] / "docs" / "limits.md"
SEEDS, EXAMPLES = 25, 24
"""Many seeds and few examples of each: of one seed, hypothesis makes many that are much alike."""

any_pairs = pairs(PARTS, becomes)
with_rows = any_pairs.flatmap(lambda pair: st.tuples(st.just(pair), rows(pair.old), st.booleans()))
any_order = settings(database=None, suppress_health_check=list(HealthCheck))


@settings(any_order, derandomize=True, max_examples=20)
@given(with_rows)
def test_all_comes_back_or_is_refused_by_name(made: tuple[Pair, Rows, bool]) -> None:
    outcome(*made)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_all_comes_back_of_many_pairs() -> None:
    outcomes: Counter[str] = Counter()
    for number in range(SEEDS):

        @seed(number)
        @settings(any_order, max_examples=EXAMPLES, phases=[Phase.generate])
        @given(with_rows)
        def some(made: tuple[Pair, Rows, bool]) -> None:
            outcomes[outcome(*made)] += 1

        some()
    assert outcomes.total() >= 500
    assert outcomes["came back"] >= 300
    assert outcomes.keys() <= {*REFUSALS, "came back", "no change"}


def outcome(pair: Pair, inserted: Rows, null: bool) -> str:
    """What became of a pair: everything came back, or the name of a refusal."""
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(Path(folder))
        engine.run((*create_schema(pair.old), *insertions(pair.old, inserted)))
        up, down = null_casts(pair) if null else (NO_CASTS, NO_CASTS)
        try:
            done = round_trip(engine, pair, up=up, down=down)
        except (UnsupportedChange, CastRefused) as error:
            return refusal(error)
    assert done.after == done.before
    return "no change" if pair.old == pair.new else "came back"


def test_the_page_lists_every_refusal_and_no_other() -> None:
    page = LIMITS.read_text(encoding="utf-8")
    section = page.split("## What generate refuses\n")[1].split("\n## ")[0]
    assert re.findall(r"^- \*\*(.*?)\*\*", section, re.MULTILINE) == [*REFUSALS]
