"""A section's statements in the parts that can each be a transaction, for a run without a copy."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from kuzuvcs.core.scripts.cypher_tokens import command
from kuzuvcs.core.scripts.outside import INDEX_CALLS
from kuzuvcs.core.scripts.script import Statement
from kuzuvcs.errors import MigrationError

_REFUSED = ("BEGIN", "COMMIT", "ROLLBACK", "IMPORT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Statements in one transaction, from the one at ``first``; or one ``alone``, in none or its own.

    ``repeatable``: it may be run again where it is not known whether it was run.  ``copies`` is the table
    that a COPY fills: how many rows that has tells whether it was run.  ``checkpoint``: a CHECKPOINT has to
    come before it.
    """

    first: int
    statements: tuple[Statement, ...]
    alone: bool = False
    repeatable: bool = True
    copies: str = ""
    checkpoint: bool = False

    @property
    def end(self) -> int:
        """How many statements of the section are done after it."""
        return self.first + len(self.statements)


def parts(id: str, statements: Sequence[Statement], checkpoints: Collection[int] = ()) -> tuple[Part, ...]:
    """The parts of a section, in order; a part ends before each place in ``checkpoints``.

    A COPY is alone, because its rows are not in the write-ahead log.  Where the process is killed while a
    transaction with a COPY is committed, the rest of the transaction comes back without the COPY's rows, or
    the engine crashes when it opens the database (both engines).

    :raises MigrationError: a statement takes the transaction out of the runner's hands
    """
    for one in statements:
        if _word(one) in _REFUSED:
            raise MigrationError(
                f"{id} cannot be run in place, because of line {one.line}",
                cause=f"{_word(one)} begins or ends a transaction of its own",
                hint="without --in-place it is run on a copy",
            )
        if _creates_and_copies(one):
            raise MigrationError(
                f"{id} cannot be run in place, because of line {one.line}",
                cause="CREATE TABLE … AS also copies rows, which a kill before its end would lose",
                hint="write it as CREATE and COPY; without --in-place it is run on a copy",
            )
    found: list[Part] = []
    for alone, group in groupby(enumerate(statements), key=lambda one: _is_alone(one[1])):
        numbered = list(group)
        if alone:
            found += [
                Part(
                    first=at,
                    statements=(one,),
                    alone=True,
                    repeatable=_word(one) == "CHECKPOINT",
                    copies=_copied(one),
                    checkpoint=at in checkpoints,
                )
                for at, one in numbered
            ]
        else:
            found += _split(numbered, checkpoints)
    return tuple(found)


def _split(numbered: Sequence[tuple[int, Statement]], checkpoints: Collection[int]) -> Iterator[Part]:
    starts = [place for place, (at, _) in enumerate(numbered) if not place or at in checkpoints]
    for start, end in zip(starts, [*starts[1:], len(numbered)], strict=True):
        first = numbered[start][0]
        statements = tuple(one for _, one in numbered[start:end])
        yield Part(first=first, statements=statements, checkpoint=first in checkpoints)


def _is_alone(statement: Statement) -> bool:
    words = command(statement.text)
    return (
        _word(statement) == "CHECKPOINT"
        or bool(_copied(statement))
        or (_word(statement) == "CALL" and len(words) > 1 and words[1].is_word(*INDEX_CALLS))
    )


def _copied(statement: Statement) -> str:
    """The table that a ``COPY table FROM`` fills; empty for every other statement."""
    words = command(statement.text)
    is_copy = _word(statement) == "COPY" and len(words) > 1 and words[1].is_identifier
    return words[1].identifier if is_copy else ""


def _creates_and_copies(statement: Statement) -> bool:
    words = [token for token in command(statement.text) if token.depth == 0]
    starts = len(words) > 3 and words[0].is_word("CREATE") and words[1].is_word("NODE", "REL")
    return starts and any(token.is_word("AS") for token in words[3:])


def _word(statement: Statement) -> str:
    words = command(statement.text)
    return words[0].text.upper() if words else ""
