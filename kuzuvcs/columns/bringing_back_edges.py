"""The same for edges, which have no key: see :mod:`kuzuvcs.columns.bringing_back`.

An edge is known by its ends and its values.  One that a rollback changed is found by pairing: of the parallel
edges that differ before DOWN and after UP, those with the most values in common belong together.  After that,
an edge that alone of its ends was written to since is taken for the one that is missing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from kuzuvcs.columns.bringing_back import Brought, LostPart
from kuzuvcs.columns.loaded import Rows

Groups = dict[bytes, list[int]]

_MOST_COMPARED = 1_000_000
"""So many pairs of parallel edges are compared value by value; more are paired in their canonical order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """The keys of the nodes at both ends, as bytes, and whether a node may have one edge only."""

    sources: Collection[bytes]
    targets: Collection[bytes]
    one_per_source: bool = False
    one_per_target: bool = False


def lost_edges(before: Rows, base: Rows) -> LostPart:
    """Compare the edges of one connection, parallel ones counted."""
    compared = _Compared.of(before, base)
    values = {column.property: 0 for column in before.columns[2:]}
    for lost, made in compared.pairs:
        for index in range(2, len(before.columns)):
            if compared.old.cell(lost, index) != compared.made.cell(made, index):
                values[before.columns[index].property] += before.arrays[index][lost].is_valid
    differs = bool(compared.pairs or compared.unpaired)
    return LostPart(rows=len(compared.unpaired), values=values, differs=differs)


def bring_back_edges(before: Rows, base: Rows, now: Rows, ends: Ends, *, unstable: bool) -> Brought:
    """Put into ``now`` what ``base`` lacks of ``before``, where both ends are still there."""
    compared = _Compared.of(before, base)
    bringing = _Bringing(compared, _Edges(now), unstable=unstable)
    bringing.bring_values()
    bringing.add(ends)
    return bringing.result()


@dataclass(frozen=True, slots=True)
class _Edges:
    """The edges of a file, by the bytes of their ends and of all that they hold."""

    rows: Rows
    ends: list[bytes] = field(init=False)
    whole: list[bytes] = field(init=False)
    cells: dict[int, pa.Array] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ends", self.rows.key_bytes().to_pylist())
        object.__setattr__(self, "whole", self.rows.row_bytes().to_pylist())
        object.__setattr__(self, "cells", {})

    def cell(self, row: int, index: int) -> bytes:
        if index not in self.cells:
            self.cells[index] = self.rows.value_bytes(index)
        value: bytes = self.cells[index][row].as_py()
        return value

    def beyond(self, other: _Edges) -> list[int]:
        """The edges that ``other`` has not, or not as often."""
        left: dict[bytes, int] = defaultdict(int)
        for one in other.whole:
            left[one] += 1
        found = []
        for row, one in enumerate(self.whole):
            if left.get(one):
                left[one] -= 1
            else:
                found.append(row)
        return found

    def grouped(self, rows: Iterable[int]) -> Groups:
        groups: Groups = defaultdict(list)
        for row in rows:
            groups[self.ends[row]].append(row)
        return groups


@dataclass(frozen=True, slots=True)
class _Compared:
    """The edges before and those that UP makes; which differ in values, and which are gone."""

    old: _Edges
    made: _Edges
    pairs: tuple[tuple[int, int], ...]
    unpaired: tuple[int, ...]

    @classmethod
    def of(cls, before: Rows, base: Rows) -> _Compared:
        old, made = _Edges(before), _Edges(base)
        others = made.grouped(made.beyond(old))
        pairs: list[tuple[int, int]] = []
        unpaired: list[int] = []
        for ends, rows in old.grouped(old.beyond(made)).items():
            found = _paired(old, made, rows, others.get(ends, []))
            pairs += found
            done = {lost for lost, _ in found}
            unpaired += [row for row in rows if row not in done]
        return cls(old, made, tuple(pairs), tuple(sorted(unpaired)))


def _paired(old: _Edges, made: _Edges, lost: Sequence[int], others: Sequence[int]) -> list[tuple[int, int]]:
    """Pairs of parallel edges, those that have most in common first."""
    if not lost or not others:
        return []
    if len(lost) == len(others) == 1:
        return [(lost[0], others[0])]
    if len(lost) * len(others) > _MOST_COMPARED:
        return list(zip(lost, others, strict=False))
    columns = range(2, len(old.rows.columns))
    common = sorted(
        (-sum(old.cell(one, at) == made.cell(other, at) for at in columns), one, other)
        for one in lost
        for other in others
    )
    taken: tuple[set[int], set[int]] = (set(), set())
    pairs = []
    for _, one, other in common:
        if one not in taken[0] and other not in taken[1]:
            pairs.append((one, other))
            taken[0].add(one)
            taken[1].add(other)
    return pairs


class _Bringing:
    def __init__(self, compared: _Compared, now: _Edges, *, unstable: bool) -> None:
        self._old, self._made, self._now = compared.old, compared.made, now
        self._pairs, self._unpaired = compared.pairs, compared.unpaired
        self._unstable = unstable
        self._written = now.grouped(now.beyond(compared.made))
        self._cells: dict[int, dict[int, int]] = defaultdict(dict)
        """By column: the edge of ``now`` that gets the value of an old one."""
        self._added: list[int] = []
        self._newer = 0
        self._gone = 0

    def bring_values(self) -> None:
        """Into the edges that are there."""
        there: Groups = defaultdict(list)
        for row, whole in enumerate(self._now.whole):
            there[whole].append(row)
        left: dict[bytes, list[tuple[int, int]]] = defaultdict(list)
        for lost, made in self._pairs:
            rows = there.get(self._made.whole[made])
            if rows:
                self._bring(lost, made, rows.pop())
            else:
                left[self._old.ends[lost]].append((lost, made))
        for ends, pairs in left.items():
            rows = self._written.get(ends, [])
            if len(pairs) == len(rows) == 1:
                self._bring(*pairs[0], rows.pop())
            else:
                self._gone += len(pairs)

    def _bring(self, lost: int, made: int, row: int) -> None:
        for index in range(2, len(self._old.rows.columns)):
            old, original = self._old.cell(lost, index), self._made.cell(made, index)
            current = self._now.cell(row, index)
            if old in (original, current):
                continue
            if current == original or self._unstable:
                self._cells[index][row] = lost
            else:
                self._newer += 1

    def add(self, ends: Ends) -> None:
        """The edges that UP does not make, unless there is the same again, or none may be."""
        rows = self._now.rows
        busy = [
            set(rows.value_bytes(at).to_pylist()) if once else set()
            for at, once in enumerate((ends.one_per_source, ends.one_per_target))
        ]
        for row in self._unpaired:
            source, target = self._old.cell(row, 0), self._old.cell(row, 1)
            again = self._written.get(self._old.ends[row], [])
            same = next((one for one in again if self._now.whole[one] == self._old.whole[row]), None)
            if same is not None:
                again.remove(same)
            elif source not in ends.sources or target not in ends.targets:
                self._gone += 1
            elif source in busy[0] or target in busy[1]:
                self._newer += 1
            else:
                self._added.append(row)
                if ends.one_per_source:
                    busy[0].add(source)
                if ends.one_per_target:
                    busy[1].add(target)

    def result(self) -> Brought:
        """What comes of it."""
        now, old = self._now.rows, self._old.rows
        count = len(now)
        arrays = []
        for index in range(len(now.columns)):
            places = list(range(count))
            for row, lost in self._cells.get(index, {}).items():
                places[row] = count + lost
            arrays.append(now.take(index, old, [*places, *(count + row for row in self._added)]))
        values = {now.columns[at].property: len(rows) for at, rows in self._cells.items()}
        rows = Rows(now.columns, tuple(arrays), 2)
        return Brought(rows=rows, added=len(self._added), values=values, newer=self._newer, gone=self._gone)
