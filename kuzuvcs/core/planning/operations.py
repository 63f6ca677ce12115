"""What a plan tells the engine to do: one frozen class for each statement, printed by ``render.cypher``."""

from __future__ import annotations

from dataclasses import dataclass

from kuzuvcs.core import schema
from kuzuvcs.core.planning.conversion import Value
from kuzuvcs.core.planning.matching import Hop, Is, IsNone


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateNodeTable:
    """``CREATE NODE TABLE``; the comment is a statement of its own."""

    table: schema.NodeTable


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateRelTable:
    """``CREATE REL TABLE``; the comment is a statement of its own."""

    table: schema.RelTable


@dataclass(frozen=True, slots=True, kw_only=True)
class DropTable:
    """``DROP TABLE``, of nodes or rels."""

    table: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameTable:
    """``ALTER TABLE … RENAME TO``."""

    table: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddColumn:
    """``ALTER TABLE … ADD``."""

    table: str
    column: schema.Column


@dataclass(frozen=True, slots=True, kw_only=True)
class DropColumn:
    """``ALTER TABLE … DROP``."""

    table: str
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameColumn:
    """``ALTER TABLE … RENAME … TO``."""

    table: str
    column: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddConnection:
    """``ALTER TABLE … ADD FROM … TO``."""

    table: str
    connection: schema.Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class DropConnection:
    """``ALTER TABLE … DROP FROM … TO``."""

    table: str
    connection: schema.Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentOn:
    """``COMMENT ON TABLE``; an empty comment takes it away."""

    table: str
    comment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateSequence:
    """``CREATE SEQUENCE``."""

    sequence: schema.Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class DropSequence:
    """``DROP SEQUENCE``."""

    sequence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateMacro:
    """``CREATE MACRO``."""

    macro: schema.Macro


@dataclass(frozen=True, slots=True, kw_only=True)
class DropMacro:
    """``DROP MACRO``; for an engine without it, whoever runs the script builds the database anew."""

    macro: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateIndex:
    """``CALL CREATE_FTS_INDEX`` or ``CALL CREATE_VECTOR_INDEX``."""

    index: schema.Index


@dataclass(frozen=True, slots=True, kw_only=True)
class DropIndex:
    """``CALL DROP_FTS_INDEX`` or ``CALL DROP_VECTOR_INDEX``."""

    index: schema.Index


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBefore:
    """``COPY table(columns) FROM '${before}/path'``: rows that were captured before UP."""

    table: str
    columns: tuple[str, ...]
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mate:
    """How a row finds the captured row that it was: ``column`` of ``table`` equals ``value`` over the row."""

    table: str
    column: str
    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyNodes:
    """``COPY table FROM (MATCH (n:source) RETURN …)``; ``values`` are ``(column, value)``.

    With ``ends`` the rows are the edges of one connection of ``source``, still called ``n``, between ``a``
    and ``b``.  ``distinct``: rows of the same values become one.  ``one_by_one``: MATCH … CREATE, since
    COPY refuses a key that is a DECIMAL.
    """

    table: str
    source: str
    values: tuple[tuple[str, Value], ...]
    ends: tuple[str, str] | None = None
    hops: tuple[Hop, ...] = ()
    where: tuple[Is | IsNone, ...] = ()
    distinct: bool = False
    one_by_one: bool = False
    mate: Mate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyEdges:
    """``COPY table FROM (MATCH (a)-[r:source]->(b) RETURN …)`` for one connection.

    ``ends`` are the tables that ``source`` connects, ``keys`` the new keys as values over their rows.
    Without ``ends`` the rows, still called ``r``, are those of a node table.
    """

    table: str
    connection: schema.Connection
    source: str
    ends: tuple[str, str] | None
    keys: tuple[Value, Value]
    values: tuple[tuple[str, Value], ...]
    hops: tuple[Hop, ...] = ()
    where: tuple[Is | IsNone, ...] = ()
    mate: Mate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyCapturedEdges:
    """Fill a connection from captured edges, those whose ends are there.

    ``source`` has the keys of the ends in the columns ``ends``; ``keys`` are the end tables' keys.
    """

    table: str
    connection: schema.Connection
    source: str
    ends: tuple[str, str]
    keys: tuple[schema.Column, schema.Column]
    values: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RankNodes:
    """Number the captured edges that are alike, from 1 on.

    Alike are edges of the same ends whose ``traits`` are the same; ``table`` is one of ``core.edge_pairs``.
    """

    table: str
    source: str
    ends: tuple[str, str]
    traits: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RankEdges:
    """The same for the edges of a connection; ``keys`` as in :class:`CopyEdges`."""

    table: str
    source: str
    ends: tuple[str, str]
    keys: tuple[Value, Value]
    traits: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRanked:
    """Pair the edges of two such tables that have the same ends, kind and number."""

    table: str
    edges: str
    captured: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PairLast:
    """Pair what is left of the two where it is one edge of the same ends in each."""

    table: str
    edges: str
    captured: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakePaired:
    """Fill ``table`` with the columns of paired edges of ``source``; ``edge`` is its column for the mate."""

    table: str
    edge: str
    pairs: str
    source: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeAsMany:
    """Fill a table that has the columns id and value with as many rows as a counter has given numbers."""

    table: str
    counter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeUpTo:
    """Fill a table that has the columns id and value with rows 0 to the greatest value of a column."""

    table: str
    source: schema.Table
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """``CHECKPOINT``."""


Operation = (
    CreateNodeTable | CreateRelTable | DropTable | RenameTable
    | AddColumn | DropColumn | RenameColumn | AddConnection | DropConnection | CommentOn
    | CreateSequence | DropSequence | CreateMacro | DropMacro | CreateIndex | DropIndex
    | ReadBefore | CopyNodes | CopyEdges | CopyCapturedEdges
    | RankNodes | RankEdges | PairRanked | PairLast | TakePaired | TakeAsMany | TakeUpTo | Checkpoint
)  # fmt: skip


def is_transactional(operation: Operation) -> bool:
    """Whether the engine takes it inside a transaction; the others end one with an error."""
    return not isinstance(operation, CreateIndex | DropIndex | Checkpoint)
