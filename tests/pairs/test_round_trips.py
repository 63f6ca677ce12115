"""Random pairs of schemas with random rows: planned, gone UP and DOWN, every row and edge read before and after."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, event, given, seed, settings
from hypothesis import strategies as st

from kuzuvcs.errors import CastRefused, UnsupportedChange
from tests.core.pairs import pairs
from tests.pairs.graphs import PARTS, becomes, insertions, rows
from tests.pairs.refusals import REFUSALS, refusal
from tests.pairs.round_trip import round_trip

LIMITS = Path(__file__).parents[2] / "docs" / "limits.md"
ROUNDS, EXAMPLES = 10, 55
"""Many seeds, few examples of each: from one seed, hypothesis varies what it has drawn before."""

graphs = pairs(PARTS, becomes).flatmap(lambda pair: st.tuples(st.just(pair), rows(pair.old), st.booleans()))


def _settings(examples: int) -> settings:
    return settings(
        max_examples=examples,
        derandomize=False,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )


def check(made: tuple[object, ...], outcomes: Counter[str]) -> None:
    ...
