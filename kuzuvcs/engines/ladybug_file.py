"""What ladybug keeps in its catalog and no statement shows, read from the bytes of the database file.

Ladybug 0.22 has no function that shows a multiplicity of one connection, a sort order, or where a table is
stored.  Its export of the schema shows the first for tables of one connection, and the others not at all.
So the catalog's pages are read.  Names, ids and connections come from the engine; only what lies between them
is parsed, and a table whose bytes are not fully understood is reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from kuzuvcs.core.schema import Multiplicity

KNOWN_STORAGE: Final = 49
"""The storage version whose catalog is known, that of ladybug 0.22."""

_PAGE = 4096
_NODE, _REL = b"\x00", b"\x02"
_ENDS = ("MANY", "ONE")
_NUMBER = 8
_CSR_OF_NODES = 9
_NODE_FLAGS = 3
_REL_TAIL = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A table as the engine lists it; ``key`` is a node table's, ``pairs`` a rel table's, by table id."""

    id: int
    name: str
    key: str | None = None
    pairs: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Beyond:
    """What the file says of one table.

    ``multiplicities`` are by connection, in the order of :attr:`Place.pairs`; ``storage`` is where its rows
    are if not in the database; ``sorted`` says that it has a sort order; ``unknown`` that it has something
    else, or that its bytes were not understood.
    """

    multiplicities: tuple[Multiplicity, ...] = ()
    storage: str | None = None
    sorted: bool = False
    unknown: bool = False


def catalog_pages(head: bytes) -> tuple[int, int] | None:
    """Offset and size of the catalog in the file, from its first bytes; None for another storage version."""
    if len(head) < 20 or int.from_bytes(head[4:12], "little") != KNOWN_STORAGE:
        return None
    first, pages = (int.from_bytes(head[at : at + 4], "little") for at in (12, 16))
    return (first * _PAGE, pages * _PAGE) if 0 < pages < 1 << 20 else None


def read_beyond(catalog: bytes, places: Sequence[Place]) -> Mapping[int, Beyond]:
    """What the catalog's bytes say of each table, by its id."""
    starts = {place.id: _start(catalog, place) for place in places}
    known = {start for start in starts.values() if start is not None}
    ends = {start: min((other for other in known if other > start), default=None) for start in known}
    found = {}
    for place in places:
        start = starts[place.id]
        if start is None:
            found[place.id] = Beyond(unknown=True)
        else:
            entry = _Entry(catalog, start, ends[start])
            found[place.id] = entry.node(place) if place.key is not None else entry.rel(place)
    return found


def _start(catalog: bytes, place: Place) -> int | None:
    """Where the table's entry begins: the first such place, since what an older catalog left lies behind.

    The end of another table's entry can look like a head: a key of this name, and zeros.
    """
    kind = _REL if place.key is None else _NODE
    head = kind + _text(place.name) + _number(place.id)
    start = catalog.find(head)
    while start >= 0 and not _has_properties(catalog, start + len(head)):
        start = catalog.find(head, start + 1)
    return start if start >= 0 else None


def _has_properties(catalog: bytes, at: int) -> bool:
    """Whether a flag, a comment and two counters are followed by a number of properties."""
    comment = int.from_bytes(catalog[at + 1 : at + 1 + _NUMBER], "little")
    at += 1 + _NUMBER + comment + _NUMBER
    return 0 < int.from_bytes(catalog[at : at + _NUMBER], "little") < 1 << 16


class _Entry:
    """The bytes of one table, from ``start`` to the next table's, or for the last one to somewhere."""

    def __init__(self, catalog: bytes, start: int, end: int | None) -> None:
        self._bytes = catalog
        self._start = start
        self._end = end

    def node(self, place: Place) -> Beyond:
        """After the key's name: sort order, CSR, where it is stored."""
        assert place.key is not None
        key = _text(place.key)
        return self._first(key, lambda at: self._node_at(at + len(key)))

    def rel(self, place: Place) -> Beyond:
        """Connections with their multiplicities; the place where it is stored lies before them."""
        return self._first(_number(len(place.pairs)), lambda at: self._rel_at(at, place))

    def _first(self, pattern: bytes, parse: Callable[[int], Beyond | None]) -> Beyond:
        for at in self._places(pattern):
            if (found := parse(at)) is not None:
                return found
        return Beyond(unknown=True)

    def _places(self, pattern: bytes) -> Iterator[int]:
        end = len(self._bytes) if self._end is None else self._end
        at = self._bytes.find(pattern, self._start, end)
        while at >= 0:
            yield at
            at = self._bytes.find(pattern, at + 1, end)

    def _node_at(self, at: int) -> Beyond | None:
        items, at = self._number_at(at), at + _NUMBER
        if items > 1 << 16:
            return None
        for _ in range(items):
            size = self._number_at(at)
            at += _NUMBER + size + 1
            if size == 0 or at > len(self._bytes):
                return None
        csr, at = self._bytes[at : at + _CSR_OF_NODES], at + _CSR_OF_NODES
        size, at = self._number_at(at), at + _NUMBER
        storage, at = self._bytes[at : at + size], at + size
        flags, at = self._bytes[at : at + _NODE_FLAGS], at + _NODE_FLAGS
        if not self._ends_at(at):
            return None
        outside = bool(size) or flags[:1] != b"\x00"
        return Beyond(
            storage=storage.decode(errors="replace") if outside else None,
            sorted=items > 0,
            unknown=any(flags[1:]) or (any(csr) and not items),
        )

    def _rel_at(self, at: int, place: Place) -> Beyond | None:
        first, record = at + _NUMBER, 3 * _NUMBER + 2
        found: dict[tuple[int, int], Multiplicity] = {}
        for start in range(first, first + len(place.pairs) * record, record):
            pair = (self._number_at(start), self._number_at(start + _NUMBER))
            ends = self._bytes[start + 3 * _NUMBER : start + record]
            if pair not in place.pairs or len(ends) < 2 or max(ends) > 1:
                return None
            found[pair] = _multiplicity(ends)
        end = first + len(place.pairs) * record
        tail = self._bytes[end : end + _REL_TAIL]
        if len(found) != len(place.pairs) or not self._ends_at(end + _REL_TAIL):
            return None
        storage = self._storage_before(at)
        return Beyond(
            multiplicities=tuple(found[pair] for pair in place.pairs),
            storage=storage if storage or tail[0] else None,
            sorted=tail[1] != 0,
            unknown=storage is None or any(tail[2:]),
        )

    def _storage_before(self, at: int) -> str | None:
        """The text that ends at ``at``; it follows two ends of a multiplicity and a storage direction."""
        for size in range(min(at - self._start, 1 << 16)):
            begin = at - size - _NUMBER
            if self._number_at(begin) == size and max(self._bytes[begin - 3 : begin], default=9) <= 2:
                return self._bytes[at - size : at].decode(errors="replace")
        return None

    def _number_at(self, at: int) -> int:
        return int.from_bytes(self._bytes[at : at + _NUMBER], "little")

    def _ends_at(self, at: int) -> bool:
        """Whether the entry may end here: the next table's begins, or two counts of something else."""
        if self._end is not None:
            return at == self._end
        return at + 2 * _NUMBER <= len(self._bytes) and all(
            self._number_at(start) < 1 << 32 for start in (at, at + _NUMBER)
        )


def _multiplicity(ends: bytes) -> Multiplicity:
    names: dict[tuple[str, str], Multiplicity] = {
        ("MANY", "MANY"): "MANY_MANY",
        ("MANY", "ONE"): "MANY_ONE",
        ("ONE", "MANY"): "ONE_MANY",
        ("ONE", "ONE"): "ONE_ONE",
    }
    return names[_ENDS[ends[0]], _ENDS[ends[1]]]


def _text(text: str) -> bytes:
    encoded = text.encode()
    return _number(len(encoded)) + encoded


def _number(number: int) -> bytes:
    return number.to_bytes(_NUMBER, "little")
