"""``sequences.json``: where each sequence stands.  Data, not schema."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kuzuvcs.core.schema import Schema, Sequence
from kuzuvcs.core.schema_json import sorted_named
from kuzuvcs.core.strict_json import FORMAT, Node, dump_json, load_json
from kuzuvcs.errors import ManifestError

_LARGEST = 2**63 - 1


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
        SequencePosition(table=table, column=column, position=_counter(node))
        for table, columns in sorted_named(serials)
        for column, node in sorted_named(columns)
    ]
    return (*own, *behind)


def check_positions(schema: Schema, positions: Iterable[SequencePosition]) -> None:
    """Hold the positions to the schema that they are of.

    :raises ManifestError: a position is of no sequence or SERIAL column of the schema
    """
    sequences = {sequence.name for sequence in schema.sequences}
    serials = {
        (table.name, column.name)
        for table in schema.tables()
        for column in table.columns
        if column.type == "SERIAL"
    }
    for one in positions:
        if one.name and one.name not in sequences:
            raise ManifestError(
                "cannot read sequences.json", cause=f"the schema has no sequence {one.name!r}"
            )
        if not one.name and (one.table, one.column) not in serials:
            raise ManifestError(
                "cannot read sequences.json",
                cause=f"{one.table!r} has no column {one.column!r} of the type SERIAL",
            )


def calls_to(sequence: Sequence, position: int) -> int | None:
    """How many values a fresh sequence gives up to ``position``; None if it never gives that.

    A sequence that cycles is taken to be in its first or second round.
    """
    step = sequence.increment
    if step == 0 or not sequence.minimum <= position <= sequence.maximum:
        return None
    if (position - sequence.start) * step >= 0:
        calls, off = divmod(position - sequence.start, step)
        return None if off else calls + 1
    end, restart = (sequence.maximum, sequence.minimum) if step > 0 else (sequence.minimum, sequence.maximum)
    calls, off = divmod(position - restart, step)
    if off or not sequence.cycle:
        return None
    return (end - sequence.start) // step + 1 + calls + 1


def _position(node: Node) -> int | None:
    return None if node.is_null() else node.integer(-_LARGEST - 1, _LARGEST)


def _counter(node: Node) -> int | None:
    """Of a SERIAL column, which counts from 0."""
    return None if node.is_null() else node.integer(0, _LARGEST)
