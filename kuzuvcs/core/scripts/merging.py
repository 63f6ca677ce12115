"""Scripts that were written beside each other, from one schema, and the merge scripts that join them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from kuzuvcs.core.scripts.pledge import Pledge
from kuzuvcs.errors import MigrationError


class Merges:
    """The merge scripts of a folder: which scripts may run in either order, and which order is proven.

    A merge script is inner if another one has it in a branch, and superseded if another one merges the same
    scripts and more.  Only what the outer one promises of the schema holds in every order.
    """

    def __init__(self, scripts: Iterable[Pledge]) -> None:
        self._merges = tuple(one for one in scripts if one.branches)
        self._superseded = {
            one.id: other
            for one in self._merges
            for other in self._merges
            if one.id < other.id and one.members <= other.members and one.id not in other.members
        }

    def is_outer(self, id: str) -> bool:
        """Whether it is a merge script whose promise holds in every order."""
        inner = id in self._superseded or any(id in one.members for one in self._merges)
        return not inner and any(one.id == id for one in self._merges)

    def is_superseded(self, id: str) -> bool:
        """Whether another merge script takes its place."""
        return id in self._superseded

    def beside(self, a: str, b: str) -> bool:
        """Whether one of the two may run before the other, and after it."""
        return any(_apart(one, a, b) for one in self._merges) or any(
            x in self._superseded and y in self._superseded[x].members for x, y in ((a, b), (b, a))
        )

    def any_beside(self, id: str, others: Iterable[str]) -> bool:
        """Whether it may run after one of the others, from whose branch it does not come."""
        return any(self.beside(id, other) for other in others)

    def in_order(self, ids: Sequence[str], begun: Collection[str]) -> tuple[str, ...]:
        """The scripts branch by branch, as it is proven: first the branch that has a script in ``begun``."""
        ordered = list(ids)
        for merge in self._merges:
            rank = {
                id: (not any(one in begun for one in branch), number)
                for number, branch in enumerate(merge.branches)
                for id in branch
            }
            places = [place for place, id in enumerate(ordered) if id in rank]
            members = sorted((ordered[place] for place in places), key=lambda id: rank[id])
            for place, id in zip(places, members, strict=True):
                ordered[place] = id
        return tuple(ordered)

    def orders(self, ids: Sequence[str], begun: Collection[str]) -> Iterable[tuple[str, ...]]:
        """The order above, and those of databases on which another branch was begun."""
        yield self.in_order(ids, begun)
        for merge in self._merges:
            for branch in merge.branches[1:]:
                yield self.in_order(ids, {*branch})


def _apart(merge: Pledge, a: str, b: str) -> bool:
    branches = [number for id in (a, b) for number, one in enumerate(merge.branches) if id in one]
    return len(branches) == 2 and branches[0] != branches[1]


def collapsed(scripts: Sequence[Pledge], without: Collection[str] = ()) -> list[Pledge]:
    """The scripts with each outer merge script in place of all that it merges, leading from base to end.

    Merge scripts that are superseded or among ``without`` are left out.
    """
    merges = Merges(one for one in scripts if one.id not in without)
    outer = [one for one in scripts if one.id not in without and merges.is_outer(one.id)]
    place = {id: one for one in outer for id in (*one.members, one.id)}
    units: list[Pledge] = []
    for one in scripts:
        if one.id in place:
            merge = place[one.id]
            unit = Pledge(
                id=merge.id, from_digest=merge.base, to_digest=merge.to_digest, branches=merge.branches
            )
            if unit not in units:
                units.append(unit)
        elif not one.branches:
            units.append(one)
    return units


def misplaced(merge: Pledge, scripts: Mapping[str, Pledge]) -> str:
    """A script that does not belong where a merge script names it; empty if there is none.

    ``scripts`` are all that it names, by their ids.  A merge script decides in which order others run, so a
    forged one must not put a script before another one that it depends on.
    """
    named = [id for branch in merge.branches for id in branch]
    for id in named:
        if id >= merge.id or named.count(id) > 1:
            return id
    for branch in merge.branches:
        if list(branch) != sorted(branch):
            return branch[0]
        at = merge.base
        for unit in collapsed([scripts[id] for id in branch]):
            if unit.from_digest and at not in ("", unit.from_digest):
                return unit.id
            at = unit.to_digest
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """Branches that start from one schema, ``base``: for each the ids of its scripts, in their order.

    ``one_end``: they lead to one schema by themselves, as scripts do that make the same change.
    """

    base: str
    branches: tuple[tuple[str, ...], ...]
    one_end: bool = False

    def orders(self) -> list[tuple[str, ...]]:
        """The orders that have to be proven: each branch first, and then the others."""
        return [
            tuple(id for branch in (first, *(one for one in self.branches if one != first)) for id in branch)
            for first in self.branches
        ]


def find_fork(scripts: Sequence[Pledge]) -> Fork | None:
    """The last place where scripts, oldest first, part and are not merged; None where they are one line.

    A script that starts within what a merge script joins takes that one's place: the next one supersedes it.

    :raises MigrationError: a script starts from a schema that no other one leads to
    """
    without: set[str] = set()
    while True:
        units = collapsed(scripts, without)
        try:
            fork = _last_fork(units)
        except MigrationError:
            merges = [one.id for one in units if one.branches]
            if not merges:
                raise
            without.add(merges[-1])
            continue
        if fork is None:
            return None
        base, branches = fork
        ends = {branch[-1].to_digest for branch in branches}
        return Fork(
            base=base,
            branches=tuple(_ids(branch, scripts) for branch in branches),
            one_end=len(ends) == 1 and "" not in ends,
        )


def _ids(units: Iterable[Pledge], scripts: Sequence[Pledge]) -> tuple[str, ...]:
    held = {id for one in units for id in (one.id, *one.members)}
    return tuple(one.id for one in scripts if one.id in held)


def _last_fork(units: Sequence[Pledge]) -> tuple[str, list[list[Pledge]]] | None:
    line: list[Pledge] = []
    forks: list[tuple[int, list[Pledge]]] = []
    for one in units:
        branches = [line, *(branch for _, branch in reversed(forks))]
        behind = next((branch for branch in branches if _follows(branch, one)), None)
        if behind is not None:
            behind.append(one)
            continue
        places = [place for place, other in enumerate(line) if other.from_digest == one.from_digest]
        if not places:
            raise MigrationError(
                f"{one.id} starts from a schema that no script leads to",
                cause=f"its head names the schema {one.from_digest[:12]}…",
                hint="get the script that is missing from version control, then kuzuvcs repair",
            )
        forks.append((places[-1], [one]))
    if not forks:
        return None
    last = max(place for place, _ in forks)
    return line[last].from_digest, [line[last:], *(branch for place, branch in forks if place == last)]


def _follows(branch: Sequence[Pledge], one: Pledge) -> bool:
    if not branch or not one.from_digest:
        return True
    return branch[-1].to_digest in ("", one.from_digest)
