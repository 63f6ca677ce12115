"""The hazards of COPY beside those of reading files."""

from __future__ import annotations

from collections.abc import Iterator

from kuzuvcs.core.comparing.describe import shown
from kuzuvcs.core.planning.hazards import Hazard
from kuzuvcs.core.scripts.cypher_tokens import Token, at
from kuzuvcs.core.scripts.outside import is_query, source_of
from kuzuvcs.migrations.casts import cast_types
from kuzuvcs.migrations.seen import Seen

Words = tuple[Token, ...]


def copied(words: Words, seen: Seen) -> Iterator[Hazard]:
    """``COPY table FROM …``; nothing for ``COPY (query) TO …``."""
    if at(words, 1).is_symbol("("):
        return
    table = at(words, 1)
    query = is_query(words, source_of(words, "FROM"))
    reads_rows = not query or any(word.is_word("MATCH", "LOAD") for word in words)
    if query and any(word.is_word("MATCH") for word in words):
        yield Hazard(
            name="rewrites_table", text=f"writes rows of other tables into {shown(table.identifier)}"
        )
        types = cast_types(words)
        if types:
            what = f"casts values to {', '.join(types)}: what does not fit is changed, or refused"
            yield Hazard(name="narrows_values", text=what)
    if reads_rows and seen.kinds.get(table.key) == "node":
        what = f"every row of {shown(table.identifier)} needs a key of its own"
        yield Hazard(name="requires_unique", text=what)
    if table.key in seen.extended and not at(words, 2).is_symbol("("):
        what = (
            f"COPY goes by position, and {shown(table.identifier)} has its new column last: name the columns"
        )
        yield Hazard(name="column_order", text=what)
    # It holds rows from elsewhere now, so dropping it is a loss.
    seen.made.discard((table.key,))
