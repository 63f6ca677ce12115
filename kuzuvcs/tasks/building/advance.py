"""Bring a sequence to its position by taking values of it, in bounded memory.

No statement moves a sequence, and with another START it would be another sequence.  A COPY takes one value
for each row and each ``nextval`` in a column's default: a default with many of them takes millions of values
while little is stored.  Some 40 million a second (kuzu 0.11.3, 100,000 rows × 256 calls), where a
COPY with one call takes one million and all the memory of its rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from kuzuvcs.core import limits
from kuzuvcs.core.positions import SequencePosition, calls_to
from kuzuvcs.core.progress import Progress
from kuzuvcs.core.quoting import string_literal
from kuzuvcs.core.schema import Schema, Sequence
from kuzuvcs.engines.client import Worker
from kuzuvcs.errors import EngineError

_MOST_SINGLE = 200
"""So many values are taken one by one."""
_STEPS = ((256, 5_000_000), (16, 10_000), (1, _MOST_SINGLE + 1))
"""Calls in a default, and the least number of values for it: the engine binds 256 calls in over a second."""
_ROWS = 100_000
"""Rows of one COPY."""
_COPIES = 40
"""So many COPYs go into one table."""
_TABLE = "kuzuvcs_advance"


def of_users(schema: Schema, positions: Iterable[SequencePosition]) -> Iterator[tuple[Sequence, int]]:
    """The used sequences with their positions; those behind SERIAL columns are left out."""
    declared = {sequence.name: sequence for sequence in schema.sequences}
    for one in positions:
        if one.name and one.position is not None:
            yield declared[one.name], one.position


def advance_sequences(worker: Worker, used: Collection[tuple[Sequence, int]], progress: Progress) -> None:
    """Bring each fresh sequence to its position.

    :raises EngineError: a position cannot be reached, or only after too many values
    """
    calls = [calls_to(sequence, position) for sequence, position in used]
    for (sequence, position), count in zip(used, calls, strict=True):
        if count is None:
            steps = f"it starts at {sequence.start} in steps of {sequence.increment}"
            raise _refused(sequence, position, steps)
    if (total := sum(count or 0 for count in calls)) > limits.SEQUENCE_CALLS:
        sequence, position = max(zip(used, calls, strict=True), key=lambda one: one[1] or 0)[0]
        raise _refused(
            sequence,
            position,
            f"the sequences have given {total:,} values, and {limits.SEQUENCE_CALLS:,} are taken at most",
        )
    for (sequence, position), count in zip(used, calls, strict=True):
        _advance(worker, sequence, position, count or 0, progress)


def _advance(worker: Worker, sequence: Sequence, position: int, calls: int, progress: Progress) -> None:
    if calls > _STEPS[0][1]:
        progress.stage(f"advancing sequence {sequence.name}", calls)
    left = calls
    for terms, least in _STEPS:
        if left >= least:
            _take(worker, sequence.name, left // terms, terms, progress)
            left %= terms
    for _ in range(left):
        worker.execute(f"RETURN nextval({string_literal(sequence.name)})")
    [[now]] = worker.execute(f"RETURN currval({string_literal(sequence.name)})")
    if int(now) != position:
        raise _refused(sequence, position, f"after {calls:,} values it is at {now}")


def _take(worker: Worker, sequence: str, rows: int, terms: int, progress: Progress) -> None:
    """Take ``rows`` times ``terms`` values."""
    default = _sum(f"nextval({string_literal(sequence)})", terms)
    for first in range(0, rows, _ROWS * _COPIES):
        worker.execute(f"CREATE NODE TABLE {_TABLE}(id INT64 PRIMARY KEY, value INT64 DEFAULT {default})")
        end = min(first + _ROWS * _COPIES, rows)
        for start in range(first, end, _ROWS):
            last = min(start + _ROWS, end)
            worker.execute(f"COPY {_TABLE}(id) FROM (UNWIND range({start + 1}, {last}) AS i RETURN i)")
            progress.advance((last - start) * terms)
        worker.execute(f"DROP TABLE {_TABLE}")


def _sum(call: str, terms: int) -> str:
    """So many calls in one expression, not deeply nested, whose value never overflows."""
    if terms == 1:
        return call
    return f"bitwise_xor({_sum(call, terms // 2)}, {_sum(call, terms - terms // 2)})"


def _refused(sequence: Sequence, position: int | None, cause: str) -> EngineError:
    return EngineError(
        f"sequence {sequence.name} cannot be brought to {position}",
        cause=cause,
        hint="drop it in the database and create it with a START near that value, then take a new snapshot; "
        "nothing was put in place",
    )
