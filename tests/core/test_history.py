from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kuzuvcs.core.scripts.history import (
    Applied,
    Known,
    dropped_by_rollback,
    pending,
    require_known,
    require_recorded_named,
    standing,
    to_roll_back,
    upto,
)
from kuzuvcs.core.scripts.history_checkout import after_checkout
from kuzuvcs.core.scripts.history_json import history_from_json, history_to_json
from kuzuvcs.core.scripts.pledge import Pledge
from kuzuvcs.core.scripts.recognition import already_there
from kuzuvcs.core.scripts.sums import Checksum
from kuzuvcs.errors import MigrationError, UsageError

FOLDER = tuple(Known(id=f"2026010{day}_000000_x", checksum=Checksum(value=f"c{day}")) for day in range(1, 6))
IDS = tuple(one.id for one in FOLDER)


def runs(count: int, *, rolled_back: tuple[int, ...] = ()) -> tuple[Applied, ...]:
    return tuple(
        Applied(
            number=at,
            id=one.id,
            checksum=one.checksum.value,
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
    altered = (FOLDER[0], Known(id=FOLDER[1].id, checksum=Checksum(value="other")), *FOLDER[2:])
    with pytest.raises(MigrationError, match="20260102_000000_x was altered"):
        pending(runs(2), altered)
    assert pending(runs(2, rolled_back=(2,)), altered) == IDS[1:]


def test_a_script_before_the_last_that_was_run_is_out_of_order() -> None:
    with pytest.raises(MigrationError, match="stands before"):
        pending(runs(3)[1:], FOLDER)
    require_known(runs(3)[1:], FOLDER)
    with pytest.raises(MigrationError, match="is missing"):
        require_known(runs(3), FOLDER[1:])


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


def leading(count: int, *, undone: int = 0) -> tuple[Applied, ...]:
    """Runs of which each leads from schema ``d0``, ``d1``, … to the next; the last ``undone`` rolled back."""
    back = tuple(range(count - undone + 1, count + 1))
    return tuple(
        replace(one, from_digest=f"d{at}", to_digest=f"d{at + 1}")
        for at, one in enumerate(runs(count, rolled_back=back))
    )


COUNT = st.integers(0, 5)


@given(live=COUNT, undone=COUNT, kept=COUNT)
def test_after_a_checkout_what_the_version_has_seen_stands(live: int, undone: int, kept: int) -> None:
    history = leading(live, undone=min(live, undone))
    after = after_checkout(history, leading(kept), f"d{kept}", "now")
    assert {one.id for one in standing(after)} == set(IDS[:kept])
    assert [one.id for one in after][: len(history)] == [one.id for one in history]
    assert [one.number for one in after] == list(range(1, len(after) + 1))


@given(live=COUNT, version=COUNT)
def test_where_a_version_kept_no_history_its_schema_tells(live: int, version: int) -> None:
    after = after_checkout(leading(live), None, f"d{version}", "now")
    assert len(standing(after)) == (min(version, live))


def test_a_schema_that_no_run_left_changes_nothing() -> None:
    assert after_checkout(leading(3), None, "other", "now") == leading(3)


def pledges(count: int) -> list[Pledge]:
    return [Pledge(id=id, from_digest=f"d{at}", to_digest=f"d{at + 1}") for at, id in enumerate(IDS[:count])]


@given(run=COUNT, found=COUNT)
def test_what_a_schema_shows_is_taken_for_run(run: int, found: int) -> None:
    seen = already_there(pledges(5)[run:], f"d{run}" if run else "", f"d{found}")
    assert seen == IDS[run:found]


def test_a_script_that_does_not_say_where_it_leads_is_not_taken_for_run() -> None:
    by_hand = [pledges(5)[0], Pledge(id=IDS[1], from_digest="d1", to_digest=""), *pledges(5)[2:]]
    assert already_there(by_hand, "", "d1") == IDS[:1]
    assert already_there(by_hand, "", "d3") == ()


def test_scripts_that_lead_back_are_asked_about() -> None:
    back = [pledges(1)[0], Pledge(id=IDS[1], from_digest="d1", to_digest="d0")]
    with pytest.raises(MigrationError, match="cannot be told"):
        already_there(back, "", "d0")
    assert already_there(back, "d0", "d0") == ()
    assert already_there(back, "d0", "d1") == IDS[:1]


@given(COUNT, COUNT)
def test_a_history_reads_back(live: int, undone: int) -> None:
    history = leading(live, undone=min(live, undone))
    assert history_from_json(history_to_json(history)) == history


def test_what_a_rollback_dropped_is_part_of_the_history() -> None:
    up, before, base = ("c1" * 20, "d1" * 20, "d2" * 20)
    rolled = replace(runs(1, rolled_back=(1,))[0], capture=up, dropped=f"{before}+{base}")
    assert rolled.captures == f"{up}+{before}+{base}"
    assert history_from_json(history_to_json([rolled])) == (rolled,)
    assert dropped_by_rollback([rolled], rolled.id) == rolled
    half = replace(rolled, number=2, rolled_back="", unfinished="UP 3", dropped="")
    assert dropped_by_rollback([rolled, half], rolled.id) == rolled
    standing_again = replace(half, unfinished="")
    assert dropped_by_rollback([rolled, standing_again], rolled.id) is None
    assert dropped_by_rollback([replace(rolled, dropped="")], rolled.id) is None


def test_a_recorded_script_is_rolled_back_only_by_name() -> None:
    recorded = replace(runs(1)[0], seconds=0.0)
    with pytest.raises(UsageError, match="was recorded, and never run"):
        require_recorded_named([recorded], ())
    require_recorded_named([recorded], (recorded.id,))
    require_recorded_named(runs(2), ())
    require_recorded_named([replace(recorded, unfinished="DOWN 1")], ())
