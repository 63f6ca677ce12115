"""``sequences.json``: where each sequence stands.  Data, not schema."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kuzuvcs.core.schema_json import sorted_named
from kuzuvcs.core.strict_json import FORMAT, Node, dump_json, load_json


@dataclass(frozen=True, slots=True, kw_only=True)
class SequencePosition:
    """The last value that a sequence handed out; None while it is unused.

    A sequence of the user's has a ``name``; the one behind a SERIAL column has none of its own
    (the engine's ``T_c_serial`` keeps the names of its birth) and is known by ``table`` and ``column``.
    """

    name: str = ""
    table: str = ""
    column: str = ""
    position: int | None


def positions_to_json(positions: Iterable[SequencePosition]) -> str:
    """The canonical text, whatever the order."""
    sequences: dict[str, int | None] = {}
    serials: dict[str, dict[str, int | None]] = {}
    for found in positions:
        if found.name:
            sequences[found.name] = found.position
        else:
            serials.setdefault(found.table, {})[found.column] = found.position
    return dump_json({"format": FORMAT, "sequences": sequences, "serials": serials})


def positions_from_json(text: str) -> tuple[SequencePosition, ...]:
    """The positions, sequences first, each in name order; ``ManifestError`` when the text holds none."""
    _, sequences, serials = load_json(text, "sequences.json").fields("format", "sequences", "serials")
    own = [SequencePosition(name=name, position=_position(node)) for name, node in sorted_named(sequences)]
    behind = [
        SequencePosition(table=table, column=column, position=_position(node))
        for table, columns in sorted_named(serials)
        for column, node in sorted_named(columns)
    ]
    return (*own, *behind)


def _position(node: Node) -> int | None:
    return None if node.is_null() else node.integer()
