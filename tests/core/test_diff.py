from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from kuzuvcs.core.comparing.apply import apply
from kuzuvcs.core.comparing.changes import invert
from kuzuvcs.core.comparing.diff import diff
from kuzuvcs.core.comparing.renames import Renames, renames_in
from kuzuvcs.core.schema import Schema
from kuzuvcs.core.schema_json import same_schema, schema_to_json
from tests.core.schemas import schemas, shuffled


@st.composite
def renamed(draw: st.DrawFn, old: Schema, new: Schema) -> Renames:
    """Renames, and replacements, that fit two schemas."""
    tables: list[tuple[str, str]] = []
    for olds, news in ((old.node_tables, new.node_tables), (old.rel_tables, new.rel_tables)):
        tables += _pairs(draw, [t.name for t in olds], [t.name for t in news])
    columns: list[tuple[str, str, str]] = []
    for a, b in [*tables, *((t.name, t.name) for t in old.tables())]:
        before, after = old.table(a), new.table(b)
        if before and after and before.name == a and after.name == b and type(before) is type(after):
            free = a not in dict(tables) and b not in dict(tables).values()
            if (a, b) in tables or free:
                pairs = _pairs(draw, [c.name for c in before.columns], [c.name for c in after.columns])
                columns += [(a, x, y) for x, y in pairs if all(c[:2] != (a, x) for c in columns)]
    unsure = [t.name for t in old.tables() if t.name not in dict(tables)]
    replaced = draw(st.sets(st.sampled_from(unsure), max_size=1)) if unsure else set()
    return Renames(
        tables=tuple(tables),
        columns=tuple(c for c in columns if c[0] not in replaced),
        replaced_tables=tuple(replaced),
    )


def _pairs(draw: st.DrawFn, olds: list[str], news: list[str]) -> list[tuple[str, str]]:
    olds, news = draw(st.permutations(olds)), draw(st.permutations(news))
    count = draw(st.integers(0, min(len(olds), len(news))))
    return list(zip(olds[:count], news[:count], strict=True))


@settings(max_examples=150, deadline=None)
@given(st.data(), schemas(), schemas())
def test_applying_the_difference_gives_the_new_schema(data: st.DataObject, old: Schema, new: Schema) -> None:
    renames = data.draw(renamed(old, new))
    changes = diff(old, new, renames)
    assert schema_to_json(apply(old, changes)) == schema_to_json(new)


@settings(max_examples=100, deadline=None)
@given(st.data(), schemas(), schemas())
def test_the_inverse_in_reverse_gives_the_old_schema_back(
    data: st.DataObject, old: Schema, new: Schema
) -> None:
    changes = diff(old, new, data.draw(renamed(old, new)))
    back = [invert(change) for change in reversed(changes)]
    assert schema_to_json(apply(new, back)) == schema_to_json(old)
    assert tuple(invert(change) for change in reversed(back)) == changes


@settings(max_examples=100, deadline=None)
@given(st.data(), schemas(), schemas())
def test_the_renames_are_read_back_from_the_changes(data: st.DataObject, old: Schema, new: Schema) -> None:
    changes = diff(old, new, data.draw(renamed(old, new)))
    found = renames_in(changes)
    assert diff(old, new, found) == changes
    assert schema_to_json(apply(new, diff(new, old, found.inverse()))) == schema_to_json(old)


@settings(max_examples=50, deadline=None)
@given(schemas(), st.randoms(use_true_random=False))
def test_the_same_schema_in_another_order_has_no_difference(schema: Schema, random: Random) -> None:
    assert diff(schema, schema) == ()
    assert diff(schema, shuffled(schema, random)) == ()
    assert same_schema(schema, shuffled(schema, random))
