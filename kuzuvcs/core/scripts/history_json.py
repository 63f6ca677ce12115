"""The history of migrations as a version keeps it: ``history/runs.json`` in its tree."""

from __future__ import annotations

from collections.abc import Iterable

from kuzuvcs.core.scripts.history import Applied
from kuzuvcs.core.scripts.history_rows import TEXTS, require_consistent, run_of
from kuzuvcs.core.strict_json import FORMAT, Node, dump_json, load_json

HISTORY_PATH = "history/runs.json"
"""Outside ``data/``, every digest, proof and clean-check."""

_LARGEST = 2**63 - 1


def history_to_json(runs: Iterable[Applied]) -> str:
    """The canonical text; seconds are in milliseconds, since the format has no fractions."""
    values = [
        {name: getattr(run, name) for name in TEXTS}
        | {
            "number": run.number,
            "milliseconds": round(run.seconds * 1000),
            "capture": run.captures,
        }
        for run in runs
    ]
    return dump_json({"format": FORMAT, "runs": values})


def history_from_json(text: str) -> tuple[Applied, ...]:
    """Read it back; ``ManifestError`` for damage."""
    _, runs = load_json(text, HISTORY_PATH).fields("format", "runs")
    try:
        return require_consistent(map(_run, runs.items()))
    except ValueError as error:
        runs.fault(str(error))


def _run(node: Node) -> Applied:
    number, milliseconds, *texts = node.fields("number", "milliseconds", *TEXTS)
    known: dict[str, object] = {name: text.text() for name, text in zip(TEXTS, texts, strict=True)}
    seconds = milliseconds.integer(0, _LARGEST) / 1000
    try:
        return run_of(known | {"number": number.integer(1), "seconds": seconds})
    except ValueError as error:
        node.fault(str(error))
