"""Whether statements can be tried on a copy: what they write elsewhere would stay."""

from __future__ import annotations

from collections.abc import Iterable

from kuzuvcs.core.scripts.script import Statement
from kuzuvcs.migrations.seen import Seen
from kuzuvcs.migrations.statement_hazards import statement_hazards


def is_repeatable(statements: Iterable[Statement]) -> bool:
    """Whether none of them reaches outside of the database (hazard ``KV603``)."""
    seen = Seen(kinds={})
    hazards = (hazard for one in statements for hazard in statement_hazards(one, seen))
    return not any(hazard.name == "reaches_outside" for hazard in hazards)
