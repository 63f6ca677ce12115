"""Put renames in an order in which no name is ever taken twice; swaps and cycles go through a free name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kuzuvcs.core.schema import fold


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleRename:
    """One rename statement, and the old name of the rename that it is part of."""

    origin: str
    old: str
    new: str


def order_renames(renames: Iterable[tuple[str, str]], names: Iterable[str]) -> tuple[SingleRename, ...]:
    """Statements that rename all ``(old, new)`` at once, where ``names`` are all names there are.

    A change of case alone goes through a free name too: to the engine the new name is taken.
    """
    taken = {fold(name) for name in names}
    pending = {old: (old, new) for old, new in renames}
    wanted = {fold(new) for _, new in pending.values()}
    done: list[SingleRename] = []
    while pending:
        now = next((name for name, (_, new) in pending.items() if fold(new) not in taken), None)
        if now is not None:
            origin, new = pending.pop(now)
        else:
            now = next(iter(pending))
            origin, target = pending.pop(now)
            new = _free_name(taken | wanted)
            pending[new] = (origin, target)
        taken = taken - {fold(now)} | {fold(new)}
        done.append(SingleRename(origin=origin, old=now, new=new))
    return tuple(done)


def _free_name(taken: set[str]) -> str:
    number = 1
    while f"kuzuvcs_rename_{number}" in taken:
        number += 1
    return f"kuzuvcs_rename_{number}"
