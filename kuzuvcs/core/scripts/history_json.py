"""The history of migrations as a version keeps it: ``history/runs.json`` in its tree."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from kuzuvcs.core.scripts.history import Applied
from kuzuvcs.core.strict_json import FORMAT, Node, dump_json, load_json

HISTORY_PATH = "history/runs.json"
"""Outside ``data/``, every digest, proof and clean-check."""

_TEXTS = tuple(one.name for one in dataclasses.fields(Applied) if one.name not in ("number", "seconds"))


def history_to_json(runs: Iterable[Applied]) -> str:
    """The canonical text; seconds are in milliseconds, since the format has no fractions."""
    values = [
        {name: getattr(run, name) for name in _TEXTS}
        | {"number": run.number, "milliseconds": round(run.seconds * 1000)}
        for run in runs
    ]
    return dump_json({"format": FORMAT, "runs": values})


def history_from_json(text: str) -> tuple[Applied, ...]:
    """Read it back; ``ManifestError`` for damage."""
    _, runs = load_json(text, HISTORY_PATH).fields("format", "runs")
    return tuple(map(_run, runs.items()))


def _run(node: Node) -> Applied:
    number, milliseconds, *texts = node.fields("number", "milliseconds", *_TEXTS)
    known = {name: text.text() for name, text in zip(_TEXTS, texts, strict=True)}
    return Applied(number=number.integer(1), seconds=milliseconds.integer(0) / 1000, **known)
