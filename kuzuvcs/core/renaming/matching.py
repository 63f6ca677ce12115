"""Which old thing became which new one, from catalog ids, names and data.

Catalog ids are evidence, not proof: a kuzu file has no identity and ids start at 0, so a file that was
deleted and built again pairs strangers.  A pair of ids counts only where the data confirm it, or where
both sides carry the same database identity.  What stays open is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from kuzuvcs.core.schema import fold

Doubt = Literal[
    "no data", "data differ", "ids and names disagree", "data alone", "alike", "dropped or changed"
]
Agrees = Callable[[str, str], bool | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """A table or column: its catalog id where one is known, and what no ALTER can change of it."""

    name: str
    id: int | None
    shape: Hashable


@dataclass(slots=True, kw_only=True)
class Matching:
    """Old names to new: renames that are certain, names that were dropped and made again, open pairs."""

    renamed: dict[str, str] = field(default_factory=dict)
    replaced: set[str] = field(default_factory=set)
    open: dict[tuple[str, str], Doubt] = field(default_factory=dict)
    confirmed: dict[str, str] = field(default_factory=dict)
    """New name to old, of the things whose data say that they kept their name."""


def match_things(
    olds: tuple[Thing, ...],
    news: tuple[Thing, ...],
    agrees: Agrees,
    alike: Callable[[str, str], bool],
    *,
    same_database: bool,
) -> Matching:
    """The rule of the design, for one list of tables or of columns.

    ``alike`` says whether to ask about what went and what came with the same shape and no data to compare.
    """
    found = Matching()
    by_id = {thing.id: thing for thing in news if thing.id is not None}
    by_name = {fold(thing.name): thing for thing in news}
    context = _Context(olds=olds, by_id=by_id, by_name=by_name, same_database=same_database)
    for old in olds:
        by_its_id, by_its_name = context.mates(old)
        if by_its_id is not None and by_its_id is not by_its_name:
            _settle_id(found, old, by_its_id, by_its_name, agrees, same_database)
        elif by_its_name is not None and by_its_id is None:
            _settle_name(found, old, by_its_name, agrees, context)
    _reopen_conflicts(found)
    if not same_database:
        _drop_weaker_claims(found, olds, news, agrees)
        _ask_lookalikes(found, olds, news, context, lambda a, b: agrees(a, b) is True, "data alone")
        _ask_lookalikes(
            found,
            olds,
            tuple(new for new in news if not context.is_fresh(new)),
            context,
            lambda a, b: agrees(a, b) is None and alike(a, b),
            "alike",
        )
    return found


@dataclass(frozen=True, kw_only=True)  # without slots: it has cached properties
class _Context:
    olds: tuple[Thing, ...]
    by_id: dict[int, Thing]
    by_name: dict[str, Thing]
    same_database: bool

    def mates(self, old: Thing) -> tuple[Thing | None, Thing | None]:
        """The new things of the same id and of the same name; an id that now has another shape lies."""
        mate = self.by_id.get(old.id) if old.id is not None else None
        if mate is not None and mate.shape != old.shape:
            mate = None
        return mate, self.by_name.get(fold(old.name))

    def is_fresh(self, new: Thing) -> bool:
        """Whether an id was given after the old ones, in one life of the database: something kept both."""
        highest = self._highest
        return new.id is not None and highest is not None and new.id > highest and self._steady

    @cached_property
    def _highest(self) -> int | None:
        return max((old.id for old in self.olds if old.id is not None), default=None)

    @cached_property
    def _steady(self) -> bool:
        return any(mate is not None and mate is named for mate, named in map(self.mates, self.olds))


def _settle_id(
    found: Matching, old: Thing, by_id: Thing, by_name: Thing | None, agrees: Agrees, same_database: bool
) -> None:
    """The id says that it has another name now; perhaps its old name is there too."""
    moved = True if same_database else agrees(old.name, by_id.name)
    stayed = agrees(old.name, by_name.name) if by_name and by_name.shape == old.shape else None
    if moved and (same_database or not stayed):
        found.renamed[old.name] = by_id.name
    elif by_name is not None and stayed and not moved:
        found.confirmed[by_name.name] = old.name
    elif by_name is not None:
        found.open[old.name, by_id.name] = "ids and names disagree"
    else:
        found.open[old.name, by_id.name] = "no data" if moved is None else "data differ"


def _settle_name(found: Matching, old: Thing, new: Thing, agrees: Agrees, context: _Context) -> None:
    """The name is there, the id is gone: made again, or a database built again, where ids say nothing."""
    if old.id is None or new.id is None:
        return
    comparable = old.shape == new.shape
    stayed = agrees(old.name, new.name) if comparable else None
    made_again = context.same_database or context.is_fresh(new)
    if stayed:
        found.confirmed[new.name] = old.name  # a rebuild, or a script that was rolled back and run again
    elif made_again and not comparable:
        found.open[old.name, new.name] = "dropped or changed"
    elif made_again and stayed is False:
        found.replaced.add(old.name)


def _reopen_conflicts(found: Matching) -> None:
    """What data confirm under its old name ends weaker claims to it; two confirmed claims are asked."""
    for old, new in list(found.open):
        if found.confirmed.get(new, old) != old:
            del found.open[old, new]
    for old, new in list(found.renamed.items()):
        if new in found.confirmed and found.confirmed[new] != old:
            del found.renamed[old]
            found.open[old, new] = "ids and names disagree"


def _drop_weaker_claims(
    found: Matching, olds: tuple[Thing, ...], news: tuple[Thing, ...], agrees: Agrees
) -> None:
    """What an id claims and no data confirm gives way where the data are another new thing's."""
    shapes = {old.name: old.shape for old in olds}
    for (old, new), doubt in list(found.open.items()):
        if doubt in ("data differ", "no data") and any(
            other.name != new
            and other.name not in shapes
            and other.shape == shapes[old]
            and agrees(old, other.name)
            for other in news
        ):
            del found.open[old, new]


def _ask_lookalikes(
    found: Matching,
    olds: tuple[Thing, ...],
    news: tuple[Thing, ...],
    context: _Context,
    is_like: Callable[[str, str], bool],
    doubt: Doubt,
) -> None:
    """What went and what came with the same data or looks: a rename, perhaps, that no id tells of."""
    old_names = {fold(old.name) for old in olds}
    taken = {*found.renamed.values(), *(new for _, new in found.open)}
    come = [new for new in news if fold(new.name) not in old_names and new.name not in taken]
    asked = {old for old, _ in found.open}
    for old in olds:
        if fold(old.name) in context.by_name or old.name in found.renamed or old.name in asked:
            continue
        for new in come:
            if new.shape == old.shape and is_like(old.name, new.name):
                found.open[old.name, new.name] = doubt
                come.remove(new)
                break
