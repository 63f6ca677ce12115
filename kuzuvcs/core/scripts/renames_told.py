"""Which names tables and columns have after a script, as its ALTER … RENAME statements say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kuzuvcs.core.schema import fold
from kuzuvcs.core.scripts.cypher_tokens import Token, tokens


class RenamesTold:
    """The renames of some statements, run in order; names are compared as the engine compares them."""

    def __init__(self, statements: Iterable[str]) -> None:
        self._tables: dict[str, list[str]] = {}
        self._columns: dict[tuple[str, str], list[str]] = {}
        self._born: dict[str, str] = {}
        self._born_columns: dict[tuple[str, str], str] = {}
        for text in statements:
            self._read(tokens(text))

    def table_names(self, table: str) -> tuple[str, ...]:
        """Names that a table may have now (folded), the likeliest first."""
        key = fold(table)
        return (*reversed(self._tables.get(key, [])), key)

    def column_names(self, table: str, column: str) -> tuple[str, ...]:
        """Names that a column of a table, by its old name, may have now (folded), the likeliest first."""
        key = (fold(table), fold(column))
        return (*reversed(self._columns.get(key, [])), key[1])

    def _read(self, words: Sequence[Token]) -> None:
        if len(words) < 6 or not words[0].is_word("ALTER") or not words[3].is_word("RENAME"):
            return
        table = self._born.get(words[2].key, words[2].key)
        if words[4].is_word("TO") and len(words) == 6:
            self._born.pop(words[2].key, None)
            self._born[words[5].key] = table
            self._tables.setdefault(table, []).append(words[5].key)
        elif len(words) > 6 and words[5].is_word("TO"):
            old = (table, words[4].key)
            column = self._born_columns.pop(old, words[4].key)
            self._born_columns[table, words[6].key] = column
            self._columns.setdefault((table, column), []).append(words[6].key)
