from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kuzuvcs.core.planning.checks import Rows
from kuzuvcs.core.planning.kept_data import FileKey, KeptFile
from kuzuvcs.core.refactor.counting import Balance, Crowded, Tally
from kuzuvcs.core.scripts.kept_rows import (
    KeptRows,
    kept_rows_from_json,
    kept_rows_to_json,
    rows_of_plan,
    rows_of_refactoring,
)
from kuzuvcs.errors import ManifestError
from tests.core.schemas import names

USER: FileKey = ("User", "", "")
PERSON: FileKey = ("Person", "", "")
KNOWS: FileKey = ("Knows", "User", "City")

keys: st.SearchStrategy[FileKey] = st.tuples(names, st.just(""), st.just("")) | st.tuples(names, names, names)
sides = st.lists(keys, max_size=3).map(tuple)
promises = st.builds(KeptRows, before=sides, after=sides, back=st.booleans())


@given(promises)
def test_a_promise_reads_back_from_its_line(kept: KeptRows) -> None:
    line = kept_rows_to_json(kept)
    assert line.isascii()
    assert line.isprintable()
    assert kept_rows_from_json(line) == kept


@given(promises)
def test_inverted_twice_is_the_same(kept: KeptRows) -> None:
    back = kept.inverted()
    assert (back.before, back.after, back.back) == (kept.after, kept.before, kept.back)
    assert back.inverted() == kept


def test_the_line_of_a_script_is_this() -> None:
    kept = KeptRows(before=(KNOWS,), after=(("Met", "User", "City"),))
    assert kept_rows_to_json(kept) == (
        '{"before": [["Knows", "User", "City"]], "after": [["Met", "User", "City"]], "back": true}'
    )
    assert kept_rows_to_json(KeptRows(before=(USER,), after=(), back=False)) == (
        '{"before": [["User"]], "after": [], "back": false}'
    )


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[]",
        "{}",
        '{"before": [], "after": []}',
        '{"before": [], "after": [], "back": 1}',
        '{"before": [], "after": [], "back": true, "more": 1}',
        '{"before": [], "before": [], "after": [], "back": true}',
        '{"before": {}, "after": [], "back": true}',
        '{"before": [[]], "after": [], "back": true}',
        '{"before": [["A", "B"]], "after": [], "back": true}',
        '{"before": [["A", "B", "C", "D"]], "after": [], "back": true}',
        '{"before": ["A"], "after": [], "back": true}',
        '{"before": [[1]], "after": [], "back": true}',
        '{"before": [["a`b"]], "after": [], "back": true}',
        '{"before": [["A", "", ""]], "after": [], "back": true}',
    ],
)
def test_a_line_that_is_none_is_refused(line: str) -> None:
    with pytest.raises(ManifestError):
        kept_rows_from_json(line)


def test_a_plan_promises_the_rows_of_what_it_touches() -> None:
    kept = [_kept(USER, PERSON), _kept(KNOWS, KNOWS)]
    assert rows_of_plan(kept, {"User"}) == (KeptRows(before=(USER,), after=(PERSON,)),)
    assert rows_of_plan(kept, set()) == ()


def test_a_refactoring_promises_rows_of_which_none_are_lost() -> None:
    rows = Balance(text="", before=(Tally(file=USER),), after=(Tally(file=PERSON),))
    lossy = Balance(
        text="",
        before=(Tally(file=USER),),
        after=(Tally(file=PERSON),),
        lost=(Crowded(rows=Rows(table="User"), end=0, key="id"),),
    )
    values = Balance(text="", before=(Tally(file=USER, column="city"),), after=(Tally(file=PERSON),))
    assert list(rows_of_refactoring([rows, lossy, values])) == [
        KeptRows(before=(USER,), after=(PERSON,), back=False)
    ]


def _kept(old: FileKey, new: FileKey) -> KeptFile:
    return KeptFile(old=old, new=new, columns=())
