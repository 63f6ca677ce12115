"""What a process that holds an engine refuses to run.

Two rules, whoever asks.  A call runs one statement: the engine itself would run several in one text.  And a
statement reaches nothing but its own database, unless the caller says what it is for: ``files`` that it may
name, the official ``extensions``, or anything ``outside``.  So no text that came from a store, a catalog or
a project file can write a file, load a library or reach a server, even where it should become part of a
statement.

The check knows the statements that this program itself runs and refuses every other kind.  It is a second
wall behind the quoting of names, strings, types and expressions (docs/decisions/0012).  The module needs
nothing but the standard library and parts of :mod:`kuzuvcs.core` that do not either: it also runs in an
environment where kuzuvcs is not installed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from kuzuvcs.core.index_texts import index_fault
from kuzuvcs.core.schema import IndexKind
from kuzuvcs.core.scripts.cypher_text import pieces
from kuzuvcs.core.scripts.cypher_tokens import Token, tokens

_PLAIN = frozenset({
    "RETURN", "MATCH", "OPTIONAL", "UNWIND", "WITH", "MERGE", "ALTER", "COMMENT", "BEGIN", "COMMIT",
    "ROLLBACK", "CHECKPOINT", "CALL", "LOAD",
})  # fmt: skip
"""First words of statements that stay inside their database; later words are checked separately."""

_MADE = frozenset({"NODE", "REL", "SEQUENCE", "MACRO", "TYPE"})
_DROPPED = frozenset({"TABLE", "SEQUENCE", "MACRO"})
_EXTENSIONS = frozenset({"FTS", "VECTOR"})
_FUNCTIONS = frozenset({
    "SHOW_TABLES", "TABLE_INFO", "SHOW_CONNECTION", "SHOW_SEQUENCES", "SHOW_INDEXES", "SHOW_MACROS",
    "SHOW_LOADED_EXTENSIONS", "DB_VERSION", "STORAGE_INFO", "CURRENT_SETTING",
    "CREATE_FTS_INDEX", "DROP_FTS_INDEX", "CREATE_VECTOR_INDEX", "DROP_VECTOR_INDEX",
    "QUERY_FTS_INDEX", "QUERY_VECTOR_INDEX", "SHOW_FUNCTIONS", "SHOW_ATTACHED_DATABASES", "SHOW_WARNINGS",
    "SHOW_PROJECTED_GRAPHS", "SHOW_GRAPHS", "STATS_INFO", "BM_INFO", "CATALOG_VERSION",
})  # fmt: skip
"""Table functions and procedures of both engines that stay inside their database."""

_INDEXES: dict[str, IndexKind] = {
    "CREATE_FTS_INDEX": "FTS",
    "DROP_FTS_INDEX": "FTS",
    "CREATE_VECTOR_INDEX": "HNSW",
    "DROP_VECTOR_INDEX": "HNSW",
}

_NUMBER = re.compile(r"[0-9.]+(?:[eE][+-]?[0-9]*)?")
_LEGIBLE = re.compile(r"[\t\n\r\x20-\x7e]*")
_NEVER_ENDS = re.compile(
    r"""(?:[^'"`/;]|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`|/(?![/*]))*""", re.DOTALL
)
"""A text with no semicolon outside of quotes, no comment, and no quote that does not end: most are so."""

_NO_TOKEN = Token(kind="symbol", text="", start=-1, depth=0)


class Refused(Exception):
    """A statement that is not run, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What one call may touch beside its database.

    ``files`` are the literals, as the statement has them, of the files and folders that it may name.
    """

    files: frozenset[str] = frozenset()
    extensions: bool = False
    outside: bool = False


def check_statement(text: str, reach: Reach) -> None:
    """Raise :class:`Refused` for what is not exactly one statement, or reaches further than ``reach``."""
    _check_single(text)
    if not reach.outside:
        words = tokens(text)
        _check_characters(text, words)
        while words and words[0].is_word("EXPLAIN", "PROFILE"):
            words = words[1:]
        _check_kind(words, reach)
        _check_inside(words, reach)


def _check_single(text: str) -> None:
    if _NEVER_ENDS.fullmatch(text):
        return
    ended = False
    for piece in pieces(text):
        if piece.kind == "open":
            raise Refused("it has a quote or a comment that does not end")
        if ended and piece.kind != "comment" and not piece.text.isspace():
            raise Refused("it is more than one statement")
        ended = ended or (piece.kind == "code" and piece.text == ";")


def _check_characters(text: str, words: Sequence[Token]) -> None:
    """Refuse what the engine might cut into other words than this program does."""
    for piece in () if _LEGIBLE.fullmatch(text) else pieces(text):
        if piece.kind == "code" and not _is_known(piece.text):
            raise Refused(f"it has the character {piece.text!a} outside of quotes")
    for word in words:
        if word.kind == "number" and not _NUMBER.fullmatch(word.text):
            raise Refused(f"{word.text!r} is no number")


def _is_known(character: str) -> bool:
    if character.isascii():
        return character.isprintable() or character in "\t\n\r"
    return f"_{character}".isidentifier()


def _check_kind(words: Sequence[Token], reach: Reach) -> None:
    first, second = _at(words, 0), _at(words, 1)
    if first.is_word("CREATE"):
        known = second.is_symbol("(") or second.is_word(*_MADE)
    elif first.is_word("DROP"):
        known = second.is_word(*_DROPPED)
    elif first.is_word("COPY"):
        _check_copy(words, reach)
        return
    elif first.is_word("EXPORT"):
        _check_file(_at(words, 2), reach)
        known = second.is_word("DATABASE")
    elif first.is_word("INSTALL") or (first.is_word("LOAD") and not second.is_word("FROM", "WITH")):
        known = reach.extensions and _is_official(words)
    else:
        known = first.is_word(*_PLAIN)
    if not known:
        raise Refused(
            f"a statement that begins with {first.text} {second.text} may reach outside the database"
        )


def _is_official(words: Sequence[Token]) -> bool:
    return len(words) == 2 and words[1].is_word(*_EXTENSIONS)


def _check_copy(words: Sequence[Token], reach: Reach) -> None:
    """``COPY table [(columns)] FROM source [(options)]``; ``COPY (query) TO file`` writes one."""
    if not _at(words, 1).is_identifier:
        raise Refused("COPY TO writes a file")
    place = 2
    if _at(words, place).is_symbol("("):
        place = next((at for at in range(3, len(words)) if words[at].depth == 0), len(words)) + 1
    if not _at(words, place).is_word("FROM"):
        raise Refused("a COPY of this form may reach outside the database")
    if not _at(words, place + 1).is_symbol("("):
        _check_source(words, place + 1, reach)


def _check_inside(words: Sequence[Token], reach: Reach) -> None:
    for at, word in enumerate(words):
        if _at(words, at - 1).is_symbol(".", ":", "|"):
            continue  # a property or a table
        following = _at(words, at + 1)
        if word.is_word("LOAD") and following.is_word("FROM", "WITH"):
            depth = word.depth
            after = (one for one in range(at + 1, len(words)) if words[one].depth == depth)
            source = next((one + 1 for one in after if words[one].is_word("FROM")), len(words))
            _check_source(words, source, reach)
        elif word.is_word("CALL") and (at == 0 or following.is_identifier):
            _check_call(words[at + 1 :])
    if _at(words, 0).is_word("CREATE") and _at(words, 1).is_word("NODE", "REL"):
        _check_options(words)


def _check_call(words: Sequence[Token]) -> None:
    function = _at(words, 0)
    if not (function.is_word(*_FUNCTIONS) and _at(words, 1).is_symbol("(")):
        raise Refused(f"CALL {function.text} may reach outside the database")
    kind = _INDEXES.get(function.text.upper())
    if kind is not None:
        table, name, *others = [_unquoted(one) for one in words if one.kind == "string"] or ["", ""]
        options = [
            (option.text, value.text)
            for option, _, equals, value in zip(words, words[1:], words[2:], words[3:], strict=False)
            if equals.is_symbol("=") and value.kind == "string"
        ]
        columns = others[: len(others) - len(options)]
        fault = index_fault(kind, table, name, columns, options)
        if fault:
            raise Refused(fault)


def _unquoted(literal: Token) -> str:
    return re.sub(r"\\(.)", r"\1", literal.text[1:-1], flags=re.DOTALL)


def _check_options(words: Sequence[Token]) -> None:
    """``WITH (storage_direction = '…')`` is the only option that stays inside: others name files."""
    for at, word in enumerate(words):
        if word.depth:
            continue
        if word.is_word("PARTITION") and _at(words, at + 1).is_word("BY"):
            raise Refused("the partitions of a table are files beside the database")
        if word.is_word("WITH") and _at(words, at + 1).is_symbol("(") and _at(words, at + 3).is_symbol("="):
            for option, equals in pairwise(words[at + 2 :]):
                if equals.is_symbol("=") and equals.depth == 1 and not option.is_word("STORAGE_DIRECTION"):
                    raise Refused(f"the option {option.text} of a table may reach outside the database")


def _check_source(words: Sequence[Token], at: int, reach: Reach) -> None:
    source, following = _at(words, at), _at(words, at + 1)
    if source.is_symbol("$") and following.is_word("DATA"):
        return
    # What an old release calls $data.
    if source.kind == "word" and source.text == "data" and not following.is_symbol("."):
        return
    _check_file(source, reach)


def _check_file(literal: Token, reach: Reach) -> None:
    if literal.kind != "string" or literal.text not in reach.files:
        raise Refused(f"it names {literal.text or 'a file'}, which is not a file of this call")


def _at(words: Sequence[Token], index: int) -> Token:
    return words[index] if 0 <= index < len(words) else _NO_TOKEN
