"""How long the command line takes to start, beside the bare interpreter."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from scripts.benchmarks.measure import kuzuvcs, measure

_RUNS = 10
BOUND = 15.0
"""``kuzuvcs --help`` may take so many times what ``python -c pass`` takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Startup:
    """Seconds of the quickest of ten runs each."""

    bare: float
    help: float


def startup() -> Startup:
    """Run both in turn, so that what else the machine does touches both."""
    runs = [
        (measure([sys.executable, "-c", "pass"]).seconds, measure(kuzuvcs("--help")).seconds)
        for _ in range(_RUNS)
    ]
    return Startup(bare=min(bare for bare, _ in runs), help=min(help for _, help in runs))
