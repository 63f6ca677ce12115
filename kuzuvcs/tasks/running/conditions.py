"""Look at the conditions of a script on the database on which it runs."""

from __future__ import annotations

from collections.abc import Iterable

from kuzuvcs.core.scripts.script import Directive
from kuzuvcs.engines.client import Worker
from kuzuvcs.errors import EngineError, MigrationFailed


def hold(worker: Worker, directives: Iterable[Directive], word: str, *, id: str, hint: str) -> None:
    """Look at the conditions of one word, ``require`` or ``ensure``.

    :raises MigrationFailed: one is not true
    """
    for one in directives:
        if one.word != word:
            continue
        try:
            rows = worker.execute(one.arguments)
        except EngineError as error:
            raise MigrationFailed(
                f"{id}: what line {one.line} {word}s cannot be looked at",
                cause=f"{one.arguments}\n{error.cause}",
                hint=hint,
            ) from error
        if rows != [[True]]:
            found = f"{len(rows)} rows" if len(rows) != 1 else f"{rows[0]!r}"
            raise MigrationFailed(
                f"{id}: what line {one.line} {word}s does not hold",
                cause=f"{one.arguments}\nreturned {found}, and not [True]",
                hint=hint,
            )
