"""Which old thing became which new one, from catalog ids, names and data.

Catalog ids are evidence, not proof.  A kuzu file has no identity and ids start at 0, so a file that was
deleted and built again pairs strangers.  A ladybug file keeps its identity when a backup is restored, and
uses the same ids again.  A pair of ids counts only where the data confirm it.  What stays open is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, Protocol

from kuzuvcs.core.schema import fold

Doubt = Literal[
    "no data", "data differ", "ids and names disagree", "data alone", "alike", "dropped or changed"
]


class Comparison(Protocol):
    """What is known of an old and a new thing, by their names, apart from ids."""

    def agrees(self, old: str, new: str) -> bool | None:
        """Whether the data say that they are one thing; None where the data say nothing."""

    def shares_rows(self, old: str, new: str) -> bool:
        """Whether both have a row of one key in common."""

    def alike(self, old: str, new: str) -> bool:
        """Whether they look alike enough to ask about, where there are no data to compare."""


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
    """New name to old, of the things that kept their name: the data say so, or nothing speaks against it."""


def match_things(
    olds: tuple[Thing, ...], news: tuple[Thing, ...], comparison: Comparison, *, same_database: bool
) -> Matching:
    """The rule of the design, for one list of tables or of columns.

    ``same_database`` says that both sides have one identity: then a name under another id was made again.
    """
    found = Matching()
    by_id = {thing.id: thing for thing in news if thing.id is not None}
    by_name = {fold(thing.name): thing for thing in news}
    context = _Context(
        olds=olds, by_id=by_id, by_name=by_name, comparison=comparison, same_database=same_database
    )
    for old in olds:
        by_its_id, by_its_name = context.mates(old)
        if by_its_id is not None and by_its_id is not by_its_name:
            _settle_id(found, old, by_its_id, by_its_name, context)
        elif by_its_name is not None and by_its_id is None:
            _settle_name(found, old, by_its_name, context)
    _reopen_conflicts(found)
    agrees = comparison.agrees
    _drop_weaker_claims(found, olds, news, agrees)
    _ask_lookalikes(found, olds, news, context, lambda a, b: agrees(a, b) is True, "data alone")
    _ask_lookalikes(
        found,
        olds,
        tuple(new for new in news if not context.is_fresh(new)),
        context,
        lambda a, b: agrees(a, b) is None and comparison.alike(a, b),
        "alike",
    )
    return found


@dataclass(frozen=True, kw_only=True)  # without slots: it has cached properties
class _Context:
    olds: tuple[Thing, ...]
    by_id: dict[int, Thing]
    by_name: dict[str, Thing]
    comparison: Comparison
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


def _settle_id(found: Matching, old: Thing, by_id: Thing, by_name: Thing | None, context: _Context) -> None:
    """The id says that it has another name now; perhaps its old name is there too."""
    agrees = context.comparison.agrees
    moved = agrees(old.name, by_id.name)
    stayed = agrees(old.name, by_name.name) if by_name and by_name.shape == old.shape else None
    if moved and not stayed:
        found.renamed[old.name] = by_id.name
    elif by_name is not None and not moved and (stayed or _name_wins(old, by_id, by_name, stayed, context)):
        found.confirmed[by_name.name] = old.name
    elif by_name is not None:
        found.open[old.name, by_id.name] = "ids and names disagree"
    else:
        found.open[old.name, by_id.name] = "no data" if moved is None else "data differ"


def _name_wins(old: Thing, by_id: Thing, by_name: Thing, stayed: bool | None, context: _Context) -> bool:
    """Whether a thing kept its name although its id belongs to another, as in a database built from new DDL.

    No row may speak against it.  Where the other name is new, a rename is as likely once rows are shared.
    """
    if context.same_database or stayed is not None or by_name.shape != old.shape:
        return False
    comparison = context.comparison
    if comparison.alike(old.name, by_id.name) and not comparison.alike(old.name, by_name.name):
        return False
    both_sides = any(fold(other.name) == fold(by_id.name) for other in context.olds)
    return both_sides or not comparison.shares_rows(old.name, by_name.name)


def _settle_name(found: Matching, old: Thing, new: Thing, context: _Context) -> None:
    """The name is there, the id is gone: made again, or a database built again, where ids say nothing."""
    if old.id is None or new.id is None:
        return
    comparable = old.shape == new.shape
    stayed = context.comparison.agrees(old.name, new.name) if comparable else None
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
    found: Matching,
    olds: tuple[Thing, ...],
    news: tuple[Thing, ...],
    agrees: Callable[[str, str], bool | None],
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
