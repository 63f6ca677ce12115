"""How many rows a script promises to leave: what a run of it is held to, on whatever data it meets."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from kuzuvcs.core.planning.kept_data import FileKey, KeptFile
from kuzuvcs.core.refactor.counting import Balance
from kuzuvcs.core.strict_json import Node, load_object


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRows:
    """Some node tables or connections have together as many rows before UP as others have after it.

    ``back``: DOWN leaves that many, too, whatever was written in between.
    """

    before: tuple[FileKey, ...]
    after: tuple[FileKey, ...]
    back: bool = True

    def inverted(self) -> KeptRows:
        """The same promise of DOWN."""
        return KeptRows(before=self.after, after=self.before, back=self.back)


def rows_of_plan(kept: Iterable[KeptFile], touched: Collection[str]) -> tuple[KeptRows, ...]:
    """Of the files that a plan keeps, those of the tables that it touches (old names)."""
    return tuple(KeptRows(before=(one.old,), after=(one.new,)) for one in kept if one.old[0] in touched)


def rows_of_refactoring(balances: Iterable[Balance]) -> Iterator[KeptRows]:
    """Of a refactoring's balances, those of rows alone of which none are lost."""
    for one in balances:
        if not one.lost and not any(tally.column for tally in (*one.before, *one.after)):
            before, after = (tuple(tally.file for tally in side) for side in (one.before, one.after))
            yield KeptRows(before=before, after=after, back=False)


def kept_rows_to_json(kept: KeptRows) -> str:
    """``{"before": [["Knows", "User", "City"]], "after": [["Met", "User", "City"]], "back": true}``.

    One line of ASCII; a node table is its name alone.
    """
    sides = {"before": kept.before, "after": kept.after}
    value = {side: [[name for name in key if name] for key in keys] for side, keys in sides.items()}
    return json.dumps(value | {"back": kept.back})


def kept_rows_from_json(text: str) -> KeptRows:
    """Read a line back; ``ManifestError`` for one that says something else."""
    before, after, back = load_object(text, "a line 'rows' of a script").fields("before", "after", "back")
    return KeptRows(before=_keys(before), after=_keys(after), back=back.flag())


def _keys(node: Node) -> tuple[FileKey, ...]:
    return tuple(map(_key, node.items()))


def _key(node: Node) -> FileKey:
    names = node.names()
    if len(names) not in (1, 3):
        node.fault("a table is expected, or a rel table and both its ends")
    table, source, target = (*names, "", "")[:3]
    return table, source, target
