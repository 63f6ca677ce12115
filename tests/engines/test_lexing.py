"""Scripts are read as the engines read them: what our lexer takes for a statement is what they run.

Both engines that are installed are asked, each in a process of its own.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from kuzuvcs.core.scripts.cypher_text import BYTE_ORDER_MARK, SPACE, pieces
from kuzuvcs.core.scripts.cypher_tokens import ALIASES, tokens
from kuzuvcs.core.scripts.outside import reaches

ENGINES = ["kuzu", "ladybug"]
ASK = """
import importlib, json, sys
engine = importlib.import_module(sys.argv[1])
database = engine.Database(sys.argv[2], buffer_pool_size=64 << 20)
connection = engine.Connection(database, num_threads=1)

def run(text):
    try:
        result = connection.execute(text)
        if isinstance(result, list):
            return [len(result), []]  # Kuzu crashes when the rows of several results are read
        rows = []
        while result.has_next():
            rows.append(repr(result.get_next()))
        result.close()
        return [1, rows]
    except (RuntimeError, UnicodeError):
        return None

asked = json.loads(sys.stdin.read())
for text in asked[0]:
    run(text)
print(json.dumps([run(text) for text in asked[1]]))
"""

Answer = list[object] | None
Ask = Callable[..., list[Answer]]


@pytest.fixture(params=ENGINES)
def ask(request: pytest.FixtureRequest, tmp_path: Path) -> Ask:
    """What the engine makes of each text: number of results and their rows; None where it refuses it."""

    def run(texts: Sequence[str], before: Sequence[str] = ()) -> list[Answer]:
        done = subprocess.run(
            [sys.executable, "-c", ASK, request.param, str(tmp_path / "x.db")],
            input=json.dumps([[*before], [*texts]]),
            capture_output=True,
            text=True,
            check=True,
        )
        found: list[Answer] = json.loads(done.stdout)
        return found

    return run


ODD = [
    chr(code)
    for code in range(sys.maxunicode + 1)
    if chr(code).isspace() or unicodedata.category(chr(code)) in ("Cc", "Cf", "Zs", "Zl", "Zp")
]
"""All white space, and every control, format and separator character of Unicode."""


def test_white_space_is_what_the_engine_takes_for_it(ask: Ask) -> None:
    seven: Answer = [1, ["[7]"]]
    assert {"\u0085", "\u180e", "\ufeff", "\u200b", "\u2028", "\0"} <= {*ODD}
    before = ask([f"{one}RETURN 7" for one in ODD])
    assert {one for one, found in zip(ODD, before, strict=True) if found} == {*SPACE, BYTE_ORDER_MARK}
    between = ask([f"RETURN{one}7" for one in ODD])
    assert {one for one, found in zip(ODD, between, strict=True) if found == seven} == {*SPACE}
    inside = ask([f"RET{one}URN 7" for one in ODD])
    assert not any(inside)
    for one in ODD:
        assert tokens(f"{one}RETURN 7")[0].is_word("RETURN") == (one in SPACE or one == BYTE_ORDER_MARK)
        assert tokens(f"RETURN{one}7")[0].is_word("RETURN")
        assert not tokens(f"RET{one}URN 7")[0].is_word("RETURN")
        known = not reaches(f"RETURN{one}7")
        assert known == (one in SPACE or one in ALIASES), f"U+{ord(one):04X}"


def test_letters_of_other_scripts_are_no_keywords(ask: Ask) -> None:
    folded = [
        chr(code)
        for code in range(128, 0x20000)
        if {*chr(code).upper(), *chr(code).lower(), *chr(code).casefold()} & {*map(chr, range(128))}
    ]
    assert {"\u017f", "\u212a"} <= {*folded}
    texts = [
        f"{word[:at]}{one}{word[at + 1 :]} {rest}"
        for word, rest in (("RETURN", "7"), ("CHECKPOINT", ""), ("MATCH", "(s) RETURN s"), ("USE", "x"))
        for at in range(len(word))
        for one in folded
        if word[at].lower() in {one.casefold(), one.lower(), one.upper().lower()}
    ]
    assert len(texts) >= 3
    assert not any(ask(texts))
    assert not any(tokens(text)[0].is_word("RETURN", "CHECKPOINT", "MATCH", "USE") for text in texts)


def test_dashes_and_arrow_heads_in_patterns(ask: Ask) -> None:
    signs = [chr(code) for code in range(0xFFFF) if unicodedata.category(chr(code)) in
             ("Pd", "Ps", "Pe", "Sm", "Cf", "Po", "Pi", "Pf")]  # fmt: skip
    before = ["CREATE NODE TABLE A(id INT64 PRIMARY KEY)", "CREATE REL TABLE R(FROM A TO A)"]
    for places, kind in (("(a){0}[r:R]-(b)", "-"), ("(a){0}-[r:R]-(b)", "<"), ("(a)-[r:R]-{0}(b)", ">")):
        texts = [f"MATCH {places.format(one)} RETURN 7" for one in signs]
        found = ask(texts, before)
        taken = {one for one, rows in zip(signs, found, strict=True) if rows and one not in SPACE}
        before = []
        assert taken == {kind, *(one for one, sign in ALIASES.items() if sign == kind)}


SOUP = ["'", '"', "`", "\\", "//", "/*", "*/", "*", "/", "\n", "\r", ";", " ", "x", "RETURN 8", ",", "\u2028",
        "\u0085", "\u000b", "--", "1", "\ufeff", "\u180e", ".", "e5", "$"]  # fmt: skip


def canonical(text: str) -> str:
    """The text by our lexer: its tokens, with one space for all white space and comments between two."""
    made, end = "", 0
    for one in tokens(text):
        made += (" " if made and one.start > end else "") + one.text
        end = one.start + len(one.text)
    return made


def test_what_the_engine_runs_is_what_our_lexer_reads(ask: Ask) -> None:
    """Random texts of quotes, comments and line ends: those that the engine takes mean what we read."""
    chance = random.Random(20261201)
    texts = []
    for _ in range(3000):
        middle = "".join(chance.choice(SOUP) for _ in range(chance.randint(1, 9)))
        texts.append(f"RETURN 7 AS a{middle}" + chance.choice(["", "*/, 'z'", "', 'z'", "\n, 'z'", '", 1']))
    texts += ['RETURN 7 /***/, " */ AS x // "', "RETURN 7 AS x // a\r", "RETURN 7 /* a **/ AS y */ AS x"]
    ours = [canonical(text) for text in texts]
    found, meant = ask(texts), ask(ours)
    taken = [(text, one, two) for text, one, two in zip(texts, found, meant, strict=True) if one]
    assert len(taken) > 100
    for text, one, two in taken:
        assert one == two, text
        single = one[0] == 1
        many = any("more than one" in hazard.text for hazard in reaches(text.rstrip(f"{SPACE};")))
        assert single != many, text
        assert not any(piece.kind == "open" for piece in pieces(text)), text


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (a:A) WHERE a.id = 1RETURN 7",
        "MATCH (a:A) WHERE a.id = 1e0RETURN 7",
        "MATCH (a:A) WHERE a.id = 1E-0RETURN 7",
        "MATCH (a:A) WHERE a.id = 1.0e0RETURN 7",
        "MATCH (a:A) WHERE a.id < 1.5RETURN 7",
        "MATCH (a:A) WHERE a.id = 1CALL show_tables() RETURN 7",
        "EXPLAIN LOGICAL RETURN 7",
        "PROFILE RETURN 7",
        "explain RETURN 7",
    ],
)
def test_clauses_need_no_space_after_a_number(ask: Ask, text: str) -> None:
    [found] = ask([text], ["CREATE NODE TABLE A(id INT64 PRIMARY KEY)", "CREATE (:A {id: 1})"])
    assert found
    assert reaches(text) == ()
    assert any(one.is_word("RETURN") for one in tokens(text))


def test_every_table_function_of_the_engine_is_known(ask: Ask) -> None:
    """Each is known to stay inside, or refused; one that no list has would be refused, too."""
    [found] = ask(["CALL show_functions() WHERE type CONTAINS 'TABLE FUNCTION' RETURN DISTINCT name"])
    assert found is not None
    names = [str(row)[2:-2] for row in found[1]]  # type: ignore[attr-defined]
    assert len(names) > 20
    unknown = {
        name for name in names if [one.name for one in reaches(f"CALL {name}()")] == ["unknown_statement"]
    }
    assert unknown == {"PROJECT_GRAPH_CYPHER", "_CACHE_ARRAY_COLUMN_LOCALLY"}
    outer = {name for name in names if [one.name for one in reaches(f"CALL {name}()")] == ["reaches_outside"]}
    assert outer - {"JSON_SCAN"} == {"READ_CSV_PARALLEL", "READ_CSV_SERIAL", "READ_NPY", "READ_PANDAS",
                                     "READ_PARQUET"}  # fmt: skip
