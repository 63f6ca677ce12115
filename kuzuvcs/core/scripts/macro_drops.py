"""``DROP MACRO``: ladybug's statement, which scripts may use on every engine."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from kuzuvcs.core.schema import Macro, fold
from kuzuvcs.core.scripts.cypher_tokens import tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class MacroDrop:
    """``DROP MACRO name``; ``guarded``, with IF EXISTS."""

    name: str
    guarded: bool = False


def macro_drop(statement: str) -> MacroDrop | None:
    """What a statement drops, if it is one."""
    words = tokens(statement)
    if len(words) < 3 or not (words[0].is_word("DROP") and words[1].is_word("MACRO")):
        return None
    guarded = len(words) > 4 and words[2].is_word("IF") and words[3].is_word("EXISTS")
    return MacroDrop(name=words[4 if guarded else 2].identifier, guarded=guarded)


def drops_at(statements: Sequence[str], apart: Collection[int] = ()) -> dict[int, tuple[MacroDrop, ...]]:
    """For each place of a drop what is to be dropped there, where those in a row go with the last of them.

    Those at the places ``apart`` are in no row.
    """
    found: dict[int, tuple[MacroDrop, ...]] = {}
    for at, drop in enumerate(map(macro_drop, statements)):
        if drop is None:
            continue
        before: tuple[MacroDrop, ...] = ()
        if at - 1 in found and not {at - 1, at} & {*apart}:
            before, found[at - 1] = found[at - 1], ()
        found[at] = (*before, drop)
    return found


def without_macros(
    macros: Sequence[Macro], drops: Iterable[MacroDrop]
) -> tuple[tuple[Macro, ...], tuple[str, ...]]:
    """The macros that stay, and the names that are to be dropped and are not there."""
    left = {fold(macro.name): macro for macro in macros}
    missing = [one.name for one in drops if left.pop(fold(one.name), None) is None and not one.guarded]
    return tuple(left.values()), tuple(missing)
