"""A section's statements in the parts that can each be a transaction, for a run without a copy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from kuzuvcs.core.scripts.cypher_tokens import command
from kuzuvcs.core.scripts.outside import INDEX_CALLS
from kuzuvcs.core.scripts.script import Statement
from kuzuvcs.errors import MigrationError

_REFUSED = ("BEGIN", "COMMIT", "ROLLBACK", "IMPORT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Statements in one transaction, from the one at ``first``; or one ``alone`` that is refused in any.

    ``repeatable``: it may be run again where it is not known whether it was run.
    """

    first: int
    statements: tuple[Statement, ...]
    alone: bool = False
    repeatable: bool = True

    @property
    def end(self) -> int:
        """How many statements of the section are done after it."""
        return self.first + len(self.statements)


def parts(id: str, statements: Sequence[Statement]) -> tuple[Part, ...]:
    """The parts of a section, in order.

    :raises MigrationError: a statement takes the transaction out of the runner's hands
    """
    for one in statements:
        if _word(one) in _REFUSED:
            raise MigrationError(
                f"{id} cannot be run in place, because of line {one.line}",
                cause=f"{_word(one)} begins or ends a transaction of its own",
                hint="without --in-place it is run on a copy",
            )
    found: list[Part] = []
    for alone, group in groupby(enumerate(statements), key=lambda one: _is_alone(one[1])):
        numbered = list(group)
        if alone:
            found += [
                Part(first=at, statements=(one,), alone=True, repeatable=_word(one) == "CHECKPOINT")
                for at, one in numbered
            ]
        else:
            found.append(Part(first=numbered[0][0], statements=tuple(one for _, one in numbered)))
    return tuple(found)


def _is_alone(statement: Statement) -> bool:
    words = command(statement.text)
    return _word(statement) == "CHECKPOINT" or (
        _word(statement) == "CALL" and len(words) > 1 and words[1].is_word(*INDEX_CALLS)
    )


def _word(statement: Statement) -> str:
    words = command(statement.text)
    return words[0].text.upper() if words else ""
