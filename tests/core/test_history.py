from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kuzuvcs.core.history import Applied, Known, pending, standing, to_roll_back, upto
from kuzuvcs.errors import MigrationError, UsageError

FOLDER = tuple(Known(id=f"2026010{day}_000000_x", checksum=f"c{day}") for day in range(1, 6))
IDS = tuple(one.id for one in FOLDER)


def runs(count: int, *, rolled_back: tuple[int, ...] = ()) -> tuple[Applied, ...]:
    return tuple(
        Applied(
            number=at,
            id=one.id,
            checksum=one.checksum,
            description="x",
            from_version="v1",
            to_version="v2",
            from_digest="c",
            to_digest="d",
            applied="2026-01-01T00:00:00+00:00",
            seconds=1.0,
            release="0.1.0",
            rolled_back="2026-01-02T00:00:00+00:00" if at in rolled_back else "",
        )
        for at, one in enumerate(FOLDER[:count], 1)
    )


@given(st.integers(0, 5), st.integers(0, 5))
def test_what_was_run_and_not_undone_is_not_run_again(run: int, undone: int) -> None:
    history = runs(run, rolled_back=tuple(range(run - undone + 1, run + 1)))
    left = max(0, run - undone)
    assert [one.id for one in standing(history)] == list(IDS[:left])
    assert pending(history, FOLDER) == IDS[left:]


def test_a_script_that_is_missing_or_altered_is_named() -> None:
    with pytest.raises(MigrationError, match="20260101_000000_x is missing"):
        pending(runs(2), FOLDER[1:])
    altered = (FOLDER[0], Known(id=FOLDER[1].id, checksum="other"), *FOLDER[2:])
    with pytest.raises(MigrationError, match="20260102_000000_x was altered"):
        pending(runs(2), altered)
    assert pending(runs(2, rolled_back=(2,)), altered) == IDS[1:]


def test_a_script_before_the_last_that_was_run_is_out_of_order() -> None:
    with pytest.raises(MigrationError, match="stands before"):
        pending(runs(3)[1:], FOLDER)


def test_so_many_or_up_to_one() -> None:
    assert upto(IDS, to=None, steps=None) == IDS
    assert upto(IDS, to=None, steps=2) == IDS[:2]
    assert upto(IDS, to=IDS[2], steps=None) == IDS[:3]
    with pytest.raises(UsageError):
        upto(IDS, to="none", steps=None)


def test_the_last_runs_are_undone_first() -> None:
    history = runs(4, rolled_back=(4,))
    assert [one.id for one in to_roll_back(history, to=None, steps=2)] == [IDS[2], IDS[1]]
    assert [one.id for one in to_roll_back(history, to=None, steps=9)] == [IDS[2], IDS[1], IDS[0]]
    assert [one.id for one in to_roll_back(history, to=IDS[0], steps=1)] == [IDS[2], IDS[1]]
    with pytest.raises(UsageError):
        to_roll_back(history, to=IDS[3], steps=1)
