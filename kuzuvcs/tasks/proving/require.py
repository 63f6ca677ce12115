"""What has to hold of the data for a new key, multiplicity or counter; else it is refused."""

from __future__ import annotations

from collections.abc import Sequence

from kuzuvcs.core.comparing.describe import shown
from kuzuvcs.core.planning.checks import CastCheck, Check, CounterCheck, KeyCheck, NeighbourCheck
from kuzuvcs.engines.client import Worker
from kuzuvcs.errors import UnsupportedChange
from kuzuvcs.render import check_queries as queries

_FURTHEST = 100_000_000
"""A counter is brought on by one row for each number: so far at most."""


def require_constraints(worker: Worker, checks: Sequence[Check], option: str) -> None:
    """Look at the rows.

    :raises UnsupportedChange: a key that is not unique, a node with too many edges, a counter too far away
    """
    for check in checks:
        match check:
            case KeyCheck():
                _require_key(worker, check, option)
            case NeighbourCheck():
                _require_neighbours(worker, check)
            case CounterCheck():
                _require_counter(worker, check)
            case CastCheck():
                continue


def _require_key(worker: Worker, check: KeyCheck, option: str) -> None:
    [[total, filled]] = worker.execute(queries.count_values(check.rows, check.value))
    [[repeated]] = worker.execute(queries.count_repeated(check.rows, check.value))
    faults = []
    if repeated:
        examples = worker.execute(queries.repeated_examples(check.rows, check.value))
        shown_examples = ", ".join(f"{text!r} ({times} times)" for text, times in examples)
        faults.append(
            f"{int(repeated):,} of {total:,} rows share their value with another, first: {shown_examples}"
        )
    if total != filled:
        faults.append(f"{total - filled:,} of {total:,} rows have no value")
    if faults:
        place = f"{check.table}.{check.column}"
        raise UnsupportedChange(
            f"{shown(place)} cannot be the key",
            cause="; ".join(faults),
            hint=f"mend the data and take another snapshot, or give an expression: {option} '{place}=…'",
        )


def _require_neighbours(worker: Worker, check: NeighbourCheck) -> None:
    [[nodes, edges]] = worker.execute(queries.count_crowded(check.rows, check.end))
    if nodes:
        assert check.rows.ends is not None
        verb = ("has", "have") if check.end == 0 else ("is reached by", "are reached by")
        one = nodes == 1
        raise UnsupportedChange(
            f"rel table {shown(check.table)} cannot be {check.multiplicity}",
            cause=f"{nodes:,} node{'' if one else 's'} of {shown(check.rows.ends[check.end])} "
            f"{verb[0] if one else verb[1]} more than one edge, {int(edges):,} in all",
            hint="mend the data and take another snapshot",
        )


def _require_counter(worker: Worker, check: CounterCheck) -> None:
    last = 0
    for rows in check.rows:
        [[found]] = worker.execute(queries.greatest(rows, check.value))
        last = max(last, found or 0)
    if last > _FURTHEST:
        raise UnsupportedChange(
            f"{shown(f'{check.table}.{check.column}')} cannot become SERIAL",
            cause=f"its greatest value is {last:,}, and a counter is brought on to {_FURTHEST:,} at most",
        )
