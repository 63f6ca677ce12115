"""Which script takes the place of an applied one that is gone, and which steps a folder makes already."""

from __future__ import annotations

import dataclasses

import pytest

from kuzuvcs.core.scripts.history import Applied, Known
from kuzuvcs.core.scripts.pledge import Pledge
from kuzuvcs.core.scripts.replacing import may_be_replaced, replacements, require_none_replaced
from kuzuvcs.core.scripts.steps import already_made, steps_between
from kuzuvcs.core.scripts.sums import Checksum
from kuzuvcs.errors import MigrationError


def pledges(*steps: str) -> tuple[Pledge, ...]:
    """``a:12`` is the script ``a`` from schema 1 to 2; a space where the head does not say."""
    return tuple(Pledge(id=one[0], from_digest=one[2].strip(), to_digest=one[3].strip()) for one in steps)


def history(*steps: str) -> tuple[Applied, ...]:
    """The same as runs; each has its id as checksum, a capital one has none."""
    return tuple(
        Applied(
            number=number,
            id=one.id,
            description="",
            checksum="" if one.id.isupper() else one.id,
            from_version="",
            to_version="",
            from_digest=one.from_digest,
            to_digest=one.to_digest,
            applied="",
            seconds=0.0,
            release="",
        )
        for number, one in enumerate(pledges(*steps), 1)
    )


def found(runs: str, folder: str, live: str, *, texts: str = "") -> list[tuple[str, str]]:
    """``texts`` are the folder's checksums, where they are not the ids."""
    steps = pledges(*folder.split(","))
    known = [
        Known(id=one.id, checksum=Checksum(value=text))
        for one, text in zip(steps, texts or [s.id for s in steps], strict=True)
    ]
    found = replacements(history(*runs.split(",")), steps, known, live)
    return [("".join(run.id for run in one.runs), "".join(one.by)) for one in found]


@pytest.mark.parametrize(
    ("runs", "folder", "live", "expected"),
    [
        ("a:12", "x:12", "2", [("a", "x")]),
        ("A:12", "x:12", "2", [("A", "x")]),
        # Another step, and one whose head does not say: these may be anything.
        ("a:12", "x:13", "2", []),
        ("a:12", "x:  ", "2", []),
        # It can run: from the live schema, from the last run's, or after one that can.
        ("a:12", "x:12", "1", []),
        ("a:12,b:21", "b:21,x:12", "1", []),
        ("a:12,b:21", "b:21,x:12", "2", []),
        ("a:12,b:23", "b:23,y:31,x:12", "3", []),
        # The live schema drifted: the run is the script's all the same.
        ("a:12", "x:12", "9", [("a", "x")]),
        # A script of data alone is like any other of that schema.
        ("a:11", "x:11", "1", []),
        ("a:12,b:23", "b:23,x:12", "3", [("a", "x")]),
        ("a:12,b:23", "x:13", "3", [("ab", "x")]),
        ("a:13", "x:12,y:23", "3", [("a", "xy")]),
        ("a:12,b:23,c:34", "x:12,y:24", "4", [("a", "x"), ("bc", "y")]),
        ("a:12,b:23", "a:12,x:13", "3", []),
        ("a:12", "a:12", "2", []),
    ],
)
def test_what_takes_the_place_of_what(
    runs: str, folder: str, live: str, expected: list[tuple[str, str]]
) -> None:
    assert found(runs, folder, live) == expected


def test_the_same_text_under_another_name_is_a_rename_whatever_it_does() -> None:
    assert found("a:11", "x:11", "1", texts="a") == [("a", "x")]
    assert found("a:12,b:23", "y:12,x:23", "3", texts="ab") == [("a", "y"), ("b", "x")]
    assert found("a:12", "x:  ", "1", texts="a") == [("a", "x")]


def test_a_run_that_was_rolled_back_keeps_no_place() -> None:
    [run] = history("a:12")
    gone = dataclasses.replace(run, rolled_back="2027")
    assert replacements((gone,), pledges("x:12"), [Known(id="x", checksum=Checksum(value="x"))], "2") == ()


def test_the_refusal_names_the_repair() -> None:
    known = [Known(id="x", checksum=Checksum(value="x"))]
    assert may_be_replaced(history("a:12"), known)
    assert not may_be_replaced(history("x:12"), known)
    with pytest.raises(MigrationError, match="the script x makes the same change as a") as refused:
        require_none_replaced(history("a:12"), pledges("x:12"), known, "2")
    assert refused.value.hint == "kuzuvcs repair records x as applied in its place"
    require_none_replaced(history("a:12"), pledges("x:12"), known, "1")


def test_steps_that_a_folder_makes() -> None:
    folder = pledges("a:12", "b:22", "c:23", "d:14", "e:  ")
    assert steps_between(folder, "1", "3") == ("a", "c")
    assert steps_between(folder, "1", "4") == ("d",)
    assert steps_between(folder, "3", "1") == ()
    assert steps_between(folder, "2", "2") == ()
    assert steps_between(pledges("b:23", "a:12"), "1", "3") == ()
    assert already_made(folder, "1", "2") == ("a",)
    assert already_made(pledges("a:12", "b:21"), "1", "2") == ()
    assert already_made((), "1", "2") == ()
