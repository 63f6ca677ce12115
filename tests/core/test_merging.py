"""Branches of scripts: where they part, and in which order merged ones are run."""

from __future__ import annotations

import pytest

from kuzuvcs.core.scripts.chain import chain_faults, require_chain, require_merges
from kuzuvcs.core.scripts.history import Applied, Known, pending
from kuzuvcs.core.scripts.merging import Merges, find_fork
from kuzuvcs.core.scripts.pledge import Pledge
from kuzuvcs.core.scripts.recognition import already_there
from kuzuvcs.core.scripts.sums import Checksum
from kuzuvcs.errors import MigrationError


def way(id: str, start: str, end: str) -> Pledge:
    return Pledge(id=id, from_digest=start, to_digest=end)


def merge(id: str, base: str, end: str, *branches: str) -> Pledge:
    return Pledge(
        id=id,
        from_digest=end,
        to_digest=end,
        base=base,
        branches=tuple(tuple(branch.split()) for branch in branches),
    )


ANN, BEN, CAROL = way("1", "S", "A"), way("2", "S", "B"), way("3", "S", "C")
JOINED = merge("4", "S", "AB", "1", "2")
"""Merges Ann's and Ben's."""


def ran(*ids: str) -> list[Applied]:
    return [
        Applied(
            number=number,
            id=id,
            description="",
            checksum="c",
            from_version="",
            to_version="",
            from_digest="",
            to_digest="",
            applied="",
            seconds=0.0,
            release="",
        )
        for number, id in enumerate(ids, 1)
    ]


def known(*scripts: Pledge) -> list[Known]:
    return [Known(id=one.id, checksum=Checksum(value="c"), pledge=one) for one in scripts]


def test_two_scripts_from_one_schema_are_a_fork_until_they_are_merged() -> None:
    fork = find_fork([ANN, BEN])
    assert fork is not None
    assert (fork.base, fork.branches) == ("S", (("1",), ("2",)))
    assert fork.orders() == [("1", "2"), ("2", "1")]
    assert [one.kind for one in chain_faults([ANN, BEN])] == ["divergent"]
    assert find_fork([ANN, BEN, JOINED]) is None
    assert chain_faults([ANN, BEN, JOINED]) == ()
    assert chain_faults([ANN, BEN, JOINED, way("5", "AB", "D")]) == ()
    assert [one.kind for one in chain_faults([ANN, BEN, JOINED, way("5", "A", "D")])] == ["broken_chain"]


def test_a_branch_is_all_that_follows_the_fork() -> None:
    scripts = [way("0", "R", "S"), ANN, BEN, way("3", "B", "B2"), way("4", "A", "A2")]
    fork = find_fork(scripts)
    assert fork is not None
    assert fork.branches == (("1", "4"), ("2", "3"))


def test_three_branches_are_one_fork_and_the_last_fork_comes_first() -> None:
    fork = find_fork([ANN, BEN, CAROL])
    assert fork is not None
    assert fork.branches == (("1",), ("2",), ("3",))
    assert ("3", "1", "2") in fork.orders()
    deep = find_fork([ANN, way("2", "A", "X"), way("3", "A", "Y"), way("4", "S", "Z")])
    assert deep is not None
    assert (deep.base, deep.branches) == ("A", (("2",), ("3",)))


def test_a_late_colleague_is_merged_with_what_was_merged_before() -> None:
    late = way("0", "S", "C")
    after = way("5", "AB", "D")
    fork = find_fork([late, ANN, BEN, JOINED, after])
    assert fork is not None
    assert fork.branches == (("0",), ("1", "2", "4", "5"))
    outer = merge("6", "S", "E", "0", "1 2 4 5")
    scripts = [late, ANN, BEN, JOINED, after, outer]
    assert chain_faults(scripts) == ()
    merges = Merges(scripts)
    assert (merges.is_outer("4"), merges.is_outer("6")) == (False, True)
    assert pending(ran("1", "2", "4", "5"), known(*scripts)) == ("0", "6")
    assert pending(ran("2"), known(*scripts)) == ("1", "4", "5", "0", "6")


def test_work_that_went_on_beside_a_merge_supersedes_it() -> None:
    more = way("5", "A", "A2")
    fork = find_fork([ANN, BEN, JOINED, more])
    assert fork is not None
    assert (fork.base, fork.branches) == ("S", (("1", "5"), ("2",)))
    wider = merge("6", "S", "A2B", "1 5", "2")
    scripts = [ANN, BEN, JOINED, more, wider]
    assert chain_faults(scripts) == ()
    assert find_fork(scripts) is None
    assert not Merges(scripts).is_outer("4")
    assert pending(ran("1", "2", "4"), known(*scripts)) == ("5", "6")
    early = [ANN, BEN, way("3", "A", "A2"), JOINED, merge("6", "S", "A2B", "1 3", "2")]
    assert pending(ran("1", "2", "4"), known(*early)) == ("3", "6")
    assert chain_faults(early) == ()


def test_what_starts_nowhere_is_no_fork() -> None:
    with pytest.raises(MigrationError, match="no script leads to"):
        find_fork([ANN, way("2", "X", "Y")])


def test_a_merged_script_that_is_missing_is_named() -> None:
    [fault] = chain_faults([ANN, JOINED])
    assert (fault.kind, fault.id, fault.other) == ("broken_merge", "4", "2")


NEXT = way("2", "A", "B")
"""Follows Ann's."""


@pytest.mark.parametrize(
    ("scripts", "wrong"),
    [
        ([ANN, NEXT, merge("4", "S", "B", "2", "1")], "2"),
        ([ANN, NEXT, merge("4", "S", "B", "2 1")], "2"),
        ([ANN, BEN, merge("4", "X", "AB", "1", "2")], "1"),
        ([ANN, BEN, merge("4", "S", "AB", "1", "2", "1")], "1"),
        ([ANN, BEN, merge("15", "S", "AB", "1", "2")], "2"),
        ([ANN, BEN, CAROL, JOINED, merge("5", "S", "ABC", "1 2 4", "3"), way("6", "ABC", "D")], ""),
    ],
)
def test_a_merge_script_may_not_change_the_order_of_scripts_that_follow_one_another(
    scripts: list[Pledge], wrong: str
) -> None:
    faults = [one for one in chain_faults(scripts) if one.kind == "broken_merge"]
    assert [one.other for one in faults] == [wrong] * bool(wrong)
    if wrong:
        with pytest.raises(MigrationError, match="does not join the scripts that it names"):
            require_merges(scripts)


@pytest.mark.parametrize(
    ("before", "left"), [((), "124"), (("1",), "24"), (("2",), "14"), (("2", "1"), "4"), (("1", "2"), "4")]
)
def test_each_database_runs_what_it_lacks(before: tuple[str, ...], left: str) -> None:
    assert pending(ran(*before), known(ANN, BEN, JOINED)) == tuple(left)
    digest = {"": "S", "1": "A", "2": "B"}.get("".join(before), "AB")
    by_id = {one.id: one for one in (ANN, BEN, JOINED)}
    require_chain([by_id[id] for id in left], digest, Merges(by_id.values()), before)


def test_a_fresh_database_runs_branch_by_branch_and_one_that_began_ends_its_own_first() -> None:
    scripts = [ANN, BEN, way("3", "A", "A2"), way("4", "B", "B2"), merge("5", "S", "E", "1 3", "2 4")]
    assert pending([], known(*scripts)) == ("1", "3", "2", "4", "5")
    assert pending(ran("2"), known(*scripts)) == ("4", "1", "3", "5")


def test_without_a_merge_the_order_is_refused_with_the_way_out() -> None:
    with pytest.raises(MigrationError, match="1 stands before 2") as refused:
        pending(ran("2"), known(ANN, BEN))
    assert refused.value.hint.startswith("kuzuvcs merge")
    with pytest.raises(MigrationError, match="0 stands before 2") as data:
        pending(ran("2"), known(way("0", "S", "S"), BEN))
    assert data.value.hint.startswith("migrate --out-of-order")
    with pytest.raises(MigrationError, match="starts from another schema"):
        require_chain([JOINED], "Z", Merges([ANN, BEN, JOINED]))
    with pytest.raises(MigrationError, match="starts from another schema"):
        require_chain([BEN], "A", Merges([ANN, BEN]), ["1"])


@pytest.mark.parametrize(("found", "seen"), [("S", ""), ("A", "1"), ("AB", "124")])
def test_a_database_whose_schema_is_there_is_recognised(found: str, seen: str) -> None:
    merges = Merges([ANN, BEN, JOINED])
    assert already_there([ANN, BEN, JOINED], "", found, merges) == tuple(seen)
    assert already_there([BEN, ANN, JOINED], "", "B", merges) == ("2",)
