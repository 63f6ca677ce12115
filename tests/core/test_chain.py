from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from kuzuvcs.core.scripts.chain import chain_faults, leads_to
from kuzuvcs.core.scripts.history import Applied, Known, pending
from kuzuvcs.core.scripts.mending import mended_runs
from kuzuvcs.core.scripts.pledge import Pledge
from kuzuvcs.core.scripts.sums import Checksum


def pledges(*ways: str) -> list[Pledge]:
    """``AB`` leads from A to B; a space is what a head does not say."""
    return [
        Pledge(id=f"{number}_{way}", from_digest=way[0].strip(), to_digest=way[1].strip())
        for number, way in enumerate(ways)
    ]


@given(st.lists(st.sampled_from("ABCD"), min_size=2, max_size=6))
def test_scripts_that_follow_one_another_have_no_fault(places: list[str]) -> None:
    ways = [a + b for a, b in itertools.pairwise(places)]
    assert chain_faults(pledges(*ways)) == ()
    assert leads_to(pledges(*ways)) == places[-1]


def test_a_fork_names_both_and_a_gap_the_one_before() -> None:
    [fork] = chain_faults(pledges("AB", "BC", "BD"))
    assert (fork.kind, fork.id, fork.other) == ("divergent", "2_BD", "1_BC")
    assert "1_BC" in fork.message
    assert "2_BD" in fork.message
    assert "--diverged" in fork.hint
    [gap] = chain_faults(pledges("AB", "CD"))
    assert (gap.kind, gap.id, gap.other) == ("broken_chain", "1_CD", "0_AB")


def test_what_a_head_does_not_say_is_not_judged() -> None:
    assert chain_faults(pledges("AB", "  ", "CD", "D ", "EF")) == ()


def run(number: int, checksum: str, *, rolled_back: str = "") -> Applied:
    return Applied(
        number=number,
        id=f"{number}",
        description="",
        checksum=checksum,
        from_version="",
        to_version="",
        from_digest="",
        to_digest="",
        applied="",
        seconds=0.0,
        release="",
        rolled_back=rolled_back,
    )


def test_after_mending_the_history_knows_the_folder() -> None:
    history = [run(1, "a"), run(2, "b"), run(3, "c"), run(4, "x", rolled_back="2026")]
    folder = [
        Known(id="1", checksum=Checksum(value="a")),
        Known(id="2", checksum=Checksum(value="new")),
        Known(id="5", checksum=Checksum(value="e")),
    ]
    mended = mended_runs(history, folder)
    assert [(one.id, one.checksum) for one in mended] == [("2", "new"), ("3", "")]
    by_number = {one.number: one for one in mended}
    after = [by_number.get(one.number, one) for one in history]
    assert mended_runs(after, folder) == ()
    assert pending(after, folder) == ("5",)
