"""What a plan tells the engine to do: one frozen class for each statement, printed by ``render.cypher``."""

from __future__ import annotations

from dataclasses import dataclass

from kuzuvcs.core import schema


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
    """``CREATE MACRO``; the engine has no statement to drop one."""

    macro: schema.Macro


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateIndex:
    """``CALL CREATE_FTS_INDEX`` or ``CALL CREATE_VECTOR_INDEX``."""

    index: schema.Index


@dataclass(frozen=True, slots=True, kw_only=True)
class DropIndex:
    """``CALL DROP_FTS_INDEX`` or ``CALL DROP_VECTOR_INDEX``."""

    index: schema.Index


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """``CHECKPOINT``."""


Operation = (
    CreateNodeTable | CreateRelTable | DropTable | RenameTable
    | AddColumn | DropColumn | RenameColumn | AddConnection | DropConnection | CommentOn
    | CreateSequence | DropSequence | CreateMacro | CreateIndex | DropIndex | Checkpoint
)  # fmt: skip


def is_transactional(operation: Operation) -> bool:
    """Whether the engine takes it inside a transaction; the others end one with an error."""
    return not isinstance(operation, CreateIndex | DropIndex | Checkpoint)
