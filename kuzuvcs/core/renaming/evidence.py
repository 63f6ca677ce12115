"""What the stored data say about two columns, or two tables, being one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

AGREEMENT = 0.95
"""The share of values at shared keys that must be equal: rows change between two versions, names too."""

Measure = Callable[[str, str, tuple[tuple[str, str], ...]], Sequence["Evidence"]]
"""Compares columns of an old and a new table: ``(old table, new table, pairs)``, one evidence a pair.

Rows are matched by primary key; edges by from, to and, where they are parallel, their order.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Of the ``shared`` keys of two tables, ``compared`` have a value on either side, ``equal`` the same."""

    equal: int
    compared: int
    shared: int = 0

    def agrees(self) -> bool | None:
        """Whether the data say that it is one column; None when they say nothing."""
        return None if self.compared == 0 else self.equal >= AGREEMENT * self.compared


NO_EVIDENCE = Evidence(equal=0, compared=0)


def no_data(_old: str, _new: str, pairs: tuple[tuple[str, str], ...]) -> Sequence[Evidence]:
    """The measure where there is nothing to measure."""
    return [NO_EVIDENCE] * len(pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A measure that asks for each pair once."""

    measure: Measure
    known: dict[tuple[str, str, str, str], Evidence] = field(default_factory=dict)

    def column(self, old_table: str, new_table: str, old: str, new: str) -> bool | None:
        """Whether the data of two columns agree."""
        return self._evidence(old_table, new_table, [(old, new)])[0].agrees()

    def table(self, old_table: str, new_table: str, pairs: Iterable[tuple[str, str]]) -> bool | None:
        """Whether most of the columns agree; keys are to be left out, for 1, 2, 3, … say nothing."""
        found = [evidence.agrees() for evidence in self._evidence(old_table, new_table, pairs)]
        told = [agrees for agrees in found if agrees is not None]
        return 2 * sum(told) > len(told) if told else None

    def shares_rows(self, old_table: str, new_table: str) -> bool:
        """Whether the tables have a key in common, as far as was measured."""
        return any(one.shared for key, one in self.known.items() if key[:2] == (old_table, new_table))

    def found(self, old_table: str, new_table: str, pairs: Iterable[tuple[str, str]]) -> Evidence:
        """What was measured of these columns, together; nothing is measured for it."""
        keys = [(old_table, new_table, old, new) for old, new in pairs]
        known = [self.known[key] for key in keys if key in self.known]
        return Evidence(equal=sum(one.equal for one in known), compared=sum(one.compared for one in known))

    def _evidence(self, old_table: str, new_table: str, pairs: Iterable[tuple[str, str]]) -> list[Evidence]:
        keys = [(old_table, new_table, old, new) for old, new in pairs]
        missing = tuple(dict.fromkeys(key[2:] for key in keys if key not in self.known))
        if missing:
            for pair, evidence in zip(missing, self.measure(old_table, new_table, missing), strict=True):
                self.known[old_table, new_table, *pair] = evidence
        return [self.known[key] for key in keys]
