"""Which statements reach outside of the database, and which nobody here knows.

This is the one place that knows it: lint, the runner, the proof and the engine's guard ask here.  Both lists
are of what is known to stay inside.  What is in neither is an ``unknown_statement``, which is treated alike:
a newer engine may have statements, settings and functions that no release had when this was written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from kuzuvcs.core.planning.before import path_below
from kuzuvcs.core.planning.hazards import Hazard
from kuzuvcs.core.scripts.cypher_tokens import ALIASES, Token, at, command

Words = Sequence[Token]

INDEX_CALLS = ("CREATE_FTS_INDEX", "DROP_FTS_INDEX", "CREATE_VECTOR_INDEX", "DROP_VECTOR_INDEX")

_QUERIES = ("MATCH", "OPTIONAL", "UNWIND", "WITH", "RETURN", "MERGE", "SET", "DELETE")
_INSIDE = ("CHECKPOINT", "ANALYZE", "BEGIN", "COMMIT", "ROLLBACK", "CALL", "COPY")
_PAIRS = (
    ("ALTER", "TABLE"), ("COMMENT", "ON"),
    ("DROP", "TABLE"), ("DROP", "SEQUENCE"), ("DROP", "MACRO"), ("DROP", "INDEX"),
    ("CREATE", "NODE"), ("CREATE", "REL"), ("CREATE", "SEQUENCE"), ("CREATE", "TYPE"), ("CREATE", "MACRO"),
    ("CREATE", "INDEX"),
)  # fmt: skip
_EXTENSION = ("FORCE", "INSTALL", "UNINSTALL", "UPDATE", "LOAD")
_DATABASES = ("ATTACH", "DETACH", "USE", "EXPORT", "IMPORT")

_SYMBOLS = frozenset("()[]{},.:|=<>+-*/%^&!~$") | {*ALIASES}
"""What the grammar has beside words, strings and numbers; a ``;`` begins another statement."""

_INNER_SETTINGS = frozenset({
    "threads", "timeout", "warning_limit", "progress_bar", "progress_bar_time",
    "var_length_extend_max_depth", "sparse_frontier_threshold", "recursive_pattern_semantic",
    "recursive_pattern_factor", "enable_semi_mask", "enable_zone_map", "enable_plan_optimizer",
    "disable_map_key_check", "checkpoint_threshold", "auto_checkpoint", "force_checkpoint_on_close",
    "enable_default_hash_index",
})  # fmt: skip
_OUTER_SETTINGS = frozenset({"home_directory", "file_search_path", "spill_to_disk"})

_INNER_FUNCTIONS = frozenset({
    *INDEX_CALLS, "QUERY_FTS_INDEX", "QUERY_VECTOR_INDEX",
    "SHOW_TABLES", "TABLE_INFO", "SHOW_CONNECTION", "SHOW_SEQUENCES", "SHOW_INDEXES", "SHOW_MACROS",
    "SHOW_FUNCTIONS", "SHOW_WARNINGS", "CLEAR_WARNINGS", "SHOW_LOADED_EXTENSIONS",
    "SHOW_OFFICIAL_EXTENSIONS", "SHOW_ATTACHED_DATABASES", "SHOW_GRAPHS", "DB_VERSION", "CATALOG_VERSION",
    "STORAGE_VERSION", "CURRENT_SETTING", "STORAGE_INFO", "STATS_INFO", "BM_INFO", "FILE_INFO", "FSM_INFO",
    "DISK_INFO", "DISK_SIZE_INFO",
    "PROJECT_GRAPH", "DROP_PROJECTED_GRAPH", "PROJECTED_GRAPH_INFO", "SHOW_PROJECTED_GRAPHS",
    "K_CORE_DECOMPOSITION", "KCORE", "LOUVAIN", "PAGE_RANK", "PR", "WEAKLY_CONNECTED_COMPONENTS", "WCC",
    "STRONGLY_CONNECTED_COMPONENTS", "SCC", "STRONGLY_CONNECTED_COMPONENTS_KOSARAJU", "SCC_KO",
})  # fmt: skip
_OUTER_FUNCTIONS = ("READ_", "JSON_SCAN", "ICEBERG_", "DELTA_", "SQL_QUERY")

_INNER_OPTIONS = frozenset({"storage_direction"})
"""What a ``WITH (…)`` behind ``CREATE … TABLE`` may say."""


def reaches(statement: str, captured: Collection[str] = ()) -> tuple[Hazard, ...]:
    """Why a statement reaches outside, or may, each once; nothing for one that is known to stay inside.

    ``captured`` are the files below ``${before}`` that it may read: what was captured of this database.
    """
    return tuple(dict.fromkeys(_reaches(command(statement), captured)))


def acts_outside(statement: str) -> bool:
    """Whether even ``EXPLAIN`` of it may act outside: Kuzu's EXPLAIN EXPORT makes the folder."""
    words = command(statement)
    if not words:
        return False
    writes = words[0].is_word("COPY") and at(words, 1).is_symbol("(")
    hazards = (*_kind(words), *_table_options(words))
    return writes or any(one.name == "reaches_outside" for one in hazards) or any(_calls(words))


def _reaches(words: Words, captured: Collection[str]) -> Iterator[Hazard]:
    if not words:
        return
    read = {word.text for word in words if _is_capture(word, captured)}
    if len(read) > 1:
        # Only one is put in the place of its name; the engine would look for the other one's file.
        yield _outside(f"reads {len(read)} captured files in one statement")
    yield from _foreign(words)
    yield from _kind(words)
    yield from _loads(words, captured)
    yield from _calls(words)
    if words[0].is_word("COPY"):
        yield from _copied(words, captured)
    elif words[0].is_word("CREATE") and at(words, 1).is_word("NODE", "REL"):
        yield from _table_options(words)
    elif words[0].is_word("CREATE") and any(one.is_word("OPTIONS") and not one.depth for one in words):
        yield _unknown("kuzuvcs does not know the options of CREATE INDEX")


def _outside(text: str) -> Hazard:
    return Hazard(name="reaches_outside", text=text)


def _unknown(text: str) -> Hazard:
    return Hazard(name="unknown_statement", text=text)


def _foreign(words: Words) -> Iterator[Hazard]:
    for index, word in enumerate(words):
        if word.kind != "symbol" or word.text in _SYMBOLS:
            continue
        if word.text == ";":
            if index + 1 < len(words):
                yield _unknown("it is more than one statement")
        elif word.text in ("'", '"', "`", "/*", "//"):
            yield _unknown(f"what {word.text} begins never ends")
        else:
            shown = word.text if word.text.isprintable() else f"U+{ord(word.text):04X}"
            yield _unknown(f"{shown} is no character of Cypher")


def _kind(words: Words) -> Iterator[Hazard]:
    """By its first words."""
    first, second = words[0], at(words, 1)
    query = first.is_word(*_QUERIES) or (first.is_word("CREATE") and _is_pattern(words))
    loading = first.is_word("LOAD") and second.is_word("FROM", "WITH")
    deleting = first.is_word("DETACH") and second.is_word("DELETE") and len(words) > 2
    if query or loading or deleting or first.is_word(*_INSIDE):
        return
    if first.is_word(*_EXTENSION):
        yield _outside(f"{first.text.upper()} takes code from outside the database")
    elif first.is_word(*_DATABASES):
        yield _outside(f"{first.text.upper()} reaches another database or folder")
    elif first.is_word("CREATE", "DROP") and second.is_word("GRAPH"):
        yield _outside(f"{first.text.upper()} GRAPH makes or removes a file beside the database")
    elif not any(first.is_word(one) and second.is_word(two) for one, two in _PAIRS) and not _is_index(words):
        yield _unknown(f"kuzuvcs does not know what {_shown(words[:2])} does")


def _is_pattern(words: Words) -> bool:
    """``CREATE (:User)``, ``CREATE p = (:User)``."""
    return at(words, 1).is_symbol("(") or (at(words, 1).is_identifier and at(words, 2).is_symbol("="))


def _is_index(words: Words) -> bool:
    """``CREATE ART INDEX …``."""
    return words[0].is_word("CREATE") and at(words, 1).is_identifier and at(words, 2).is_word("INDEX")


def _loads(words: Words, captured: Collection[str]) -> Iterator[Hazard]:
    """``LOAD FROM``, wherever it stands."""
    for index, word in enumerate(words):
        if not word.is_word("LOAD") or at(words, index - 1).is_symbol("."):
            continue
        source = _load_source(words, index + 1)
        if source is not None and not _is_capture(source, captured):
            yield _outside(f"LOAD FROM reads {_place(source)}")


def _load_source(words: Words, index: int) -> Token | None:
    """What stands behind ``FROM`` or ``WITH HEADERS (…) FROM``; None for the LOAD of an extension."""
    if at(words, index).is_word("FROM"):
        return at(words, index + 1)
    if not (at(words, index).is_word("WITH") and at(words, index + 1).is_word("HEADERS")):
        return None
    depth = words[index].depth
    places = (place for place in range(index + 2, len(words)) if words[place].depth == depth)
    return at(words, next((place + 1 for place in places if words[place].is_word("FROM")), len(words)))


def _copied(words: Words, captured: Collection[str]) -> Iterator[Hazard]:
    """``COPY table FROM …``, ``COPY (query) TO …``."""
    if at(words, 1).is_symbol("("):
        yield _outside(f"COPY TO writes {_place(source_of(words, 'TO'))}")
        return
    source = source_of(words, "FROM")
    if not is_query(words, source) and not _is_capture(source, captured):
        yield _outside(f"COPY FROM reads {_place(source)}")


def source_of(words: Words, keyword: str) -> Token:
    """What stands behind the ``FROM`` or ``TO`` of a COPY."""
    places = (place for place, word in enumerate(words) if not word.depth and word.is_word(keyword))
    # `COPY from FROM …`: the first is the table's name.
    return at(words, next((place + 1 for place in places if place > 1), len(words)))


def is_query(words: Words, source: Token) -> bool:
    """Whether a COPY's source is ``(MATCH …)``, and no list of files."""
    return source.is_symbol("(") and at(words, [*words].index(source) + 1).kind == "word"


def _calls(words: Words) -> Iterator[Hazard]:
    """``CALL function(…)``, wherever it stands, and ``CALL setting = value``."""
    for index, word in enumerate(words):
        if not word.is_word("CALL") or at(words, index - 1).is_symbol("."):
            continue
        name, behind = at(words, index + 1), at(words, index + 2)
        if not index and name.is_identifier and behind.is_symbol("="):
            yield from _setting(name)
        elif name.is_identifier and behind.is_symbol("(") and not (index and name.is_word(*_QUERIES)):
            yield from _function(words, index + 1)
        elif not index:
            yield _unknown(f"kuzuvcs does not know what {_shown(words[:2])} does")


def _setting(name: Token) -> Iterator[Hazard]:
    if name.key in _OUTER_SETTINGS:
        yield _outside(f"CALL {name.key} changes where the engine reads and writes files")
    elif name.key not in _INNER_SETTINGS:
        yield _unknown(f"kuzuvcs does not know the setting {name.identifier}")


def _function(words: Words, index: int) -> Iterator[Hazard]:
    name = words[index].identifier.upper()
    if name.startswith(_OUTER_FUNCTIONS):
        yield _outside(f"CALL {name} reads files")
    elif name not in _INNER_FUNCTIONS:
        yield _unknown(f"kuzuvcs does not know the function {words[index].identifier}")
    elif name == "CREATE_FTS_INDEX":
        yield from _stop_words(words)


def _stop_words(words: Words) -> Iterator[Hazard]:
    """They are a table's name, or else a file's: the engine tells the file's format by a dot in it."""
    for index, word in enumerate(words):
        if word.key != "stopwords" or not word.is_identifier:
            continue
        place = index + 1
        while at(words, place).is_symbol(":", "="):
            place += 1
        value, behind = at(words, place), at(words, place + 1)
        whole = value.kind == "string" and behind.is_symbol(",", ")")
        if not whole or any(one in value.text for one in "./\\:*?[~"):
            yield _outside(f"CREATE_FTS_INDEX reads its stop words from {_place(value)}")


def _table_options(words: Words) -> Iterator[Hazard]:
    """The ``WITH (…)`` that ends a ``CREATE … TABLE``, and ``PARTITION BY``: rows in other files."""
    for index, word in enumerate(words):
        if word.depth:
            continue
        if word.is_word("PARTITION") and at(words, index + 1).is_word("BY"):
            yield _outside("PARTITION BY keeps the rows in files beside the database")
        if word.is_word("WITH") and at(words, index + 1).is_symbol("("):
            inside = _bracket(words, index + 1)
            behind = at(words, index + len(inside) + 3)
            if not behind.text or behind.is_word("PARTITION"):
                yield from _options(inside)


def _options(inside: Words) -> Iterator[Hazard]:
    for index, word in enumerate(inside):
        begins = not index or (at(inside, index - 1).is_symbol(",") and word.depth == inside[0].depth)
        if begins and word.key not in _INNER_OPTIONS:
            text = f"WITH ({word.identifier} …) may keep the rows outside of the database"
            yield _outside(text)


def _bracket(words: Words, opening: int) -> Words:
    """The tokens inside a pair of brackets."""
    depth = words[opening].depth
    places = (place for place in range(opening + 1, len(words)) if words[place].depth == depth)
    return words[opening + 1 : next(places, len(words))]


def _is_capture(source: Token, captured: Collection[str]) -> bool:
    """Whether it is one of the files captured, by the very name that its script gives it."""
    return source.kind == "string" and path_below(source.text) in captured


def _place(source: Token) -> str:
    return source.text if source.kind in ("string", "word", "name") else "files"


def _shown(words: Words) -> str:
    return " ".join(word.text for word in words)
