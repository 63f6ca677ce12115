"""Scripts that a database must have seen, by its schema, though its history does not name them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kuzuvcs.core.scripts.merging import Merges
from kuzuvcs.core.scripts.pledge import Pledge
from kuzuvcs.errors import MigrationError


def already_there(
    left: Sequence[Pledge], expected: str, found: str, merges: Merges | None = None
) -> tuple[str, ...]:
    """The ids of the scripts still to be run that a database of schema ``found`` must have seen.

    ``expected`` is the schema that the last run left, empty where there was none.  Seen were scripts of which
    each leads on from the one before, and the last to ``found``.  Of branches that one of the ``merges``
    joins, it is known where they lead together.

    :raises MigrationError: without a history ``found`` is where the scripts start as well as where one leads
    """
    if found == expected:
        return ()
    at = expected
    seen = 0
    staying: list[str] = []
    """Scripts that leave the schema as it is: no schema tells whether they were run."""
    merges = merges or Merges(())
    passed: list[str] = []
    for number, one in enumerate(left, 1):
        if merges.any_beside(one.id, passed) and one.from_digest != at:
            passed.append(one.id)
            continue
        joins = merges.is_outer(one.id)
        if not one.to_digest or (at and one.from_digest != at and not joins):
            break
        passed.append(one.id)
        at = one.to_digest
        if one.from_digest == at and not one.branches:
            staying.append(one.id)
        elif at == found:
            seen = number
    for id in staying:
        if id in {one.id for one in left[:seen]}:
            raise MigrationError(
                f"it cannot be told whether {id} was run",
                cause="it leaves the schema as it is, and a later script's schema is there already",
                hint=f"--mark-applied --to {left[seen - 1].id} says that all up to that one were",
            )
    if seen and not expected and left[0].from_digest == found:
        raise MigrationError(
            f"it cannot be told whether the scripts up to {left[seen - 1].id} were run",
            cause="the live database has no history, and they lead back to the schema that they start from",
            hint=f"--mark-applied --to {left[seen - 1].id} says that they were, --as-recorded runs them",
        )
    return tuple(one.id for one in left[:seen])


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkQuestion:
    """Whether a script that was just written is recorded as run: the live database has its schema."""

    id: str

    def text(self) -> str:
        """The question for people."""
        return f"record {self.id} as run? the live database has its schema already"

    def options(self) -> tuple[str, str]:
        """The command-line options for yes and for no."""
        return "--mark-applied", "--no-input"
