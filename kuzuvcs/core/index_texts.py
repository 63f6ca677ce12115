"""What the texts of an index may be: the engine writes them into statements of its own, mostly as they are.

In kuzu 0.11.3, ``CREATE_VECTOR_INDEX('T', 'i', 'v')`` becomes ``CREATE REL TABLE _0_i_UPPER (FROM T TO T)``
and more, without quotes, so a crafted name runs any statement.  ``CREATE_FTS_INDEX`` quotes names, and
escapes nothing in them; it writes columns without quotes.  And its stop words may be the path of a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from kuzuvcs.core.schema import IndexKind, fold

_STRING = re.compile(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)\"""", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_STOP_WORDS = "stopwords"
_DEFAULT = "default"


def index_fault(
    kind: IndexKind, table: str, name: str, columns: Sequence[str], options: Iterable[tuple[str, str]]
) -> str:
    """Why the engine cannot be given such an index; empty where it can.  ``options`` have literals."""
    plain = (table, f"_{name}") if kind == "HNSW" else tuple(columns)
    for text in plain:
        if not text.isidentifier():
            return f"the engine writes {text.removeprefix('_')!r} into a statement without quotes"
    for text in (table, name, *columns):
        if set("'\\`\0") & set(text):
            return f"the engine does not escape {text!r}"
    for option, literal in options:
        found = _STRING.fullmatch(literal)
        text = "" if found is None else _ESCAPED.sub(r"\1", found[1] or found[2] or "")
        if "'" in text or text.endswith("\\"):
            return f"the engine does not escape the option {option!r}"
        if fold(option) == _STOP_WORDS and stop_words_file(text):
            return f"its stop words are in the file {text!r}"
    return ""


def stop_words_file(text: str) -> bool:
    """Whether stop words so named may be in a file; else they are in a node table, or the engine's own."""
    return fold(text) != _DEFAULT and any(one in text for one in "/.:~*?[\\")


def reads_file(options: Iterable[tuple[str, str]]) -> bool:
    """Whether an index's stop words come from a file."""
    return any(
        fold(option) == _STOP_WORDS and stop_words_file(literal.strip("'\"")) for option, literal in options
    )
