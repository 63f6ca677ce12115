"""What a script's text tells of its hazards; every code is found in some script here."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kuzuvcs.core.planning.hazard_codes import HAZARD_KINDS
from kuzuvcs.core.scripts.cypher_tokens import tokens
from kuzuvcs.migrations.lexer import parse_script
from kuzuvcs.migrations.lint import lint_script
from kuzuvcs.results import Finding, LintReport

NEW = "CREATE NODE TABLE New(id INT64 PRIMARY KEY, x INT64)"

FOUND: dict[str, list[str]] = {
    "DROP TABLE A": ["KV101"],
    "drop\ttable /* the */ if EXISTS `A b`": ["KV101"],
    "PROFILE DROP TABLE A": ["KV101"],
    "CREATE REL TABLE R(FROM A TO A); DROP TABLE R; DROP TABLE r": ["KV102"],
    "MATCH (n:A) DELETE n": ["KV101"],
    "MATCH (n:A {id: 1})-[r:R]->() WHERE n.x = 'a' DELETE r, n": ["KV102", "KV101"],
    "MATCH (n) DETACH DELETE n": ["KV101", "KV102"],
    "MATCH ()<-[`a b`:R|S]-() delete `a b` RETURN 1": ["KV102"],
    "MATCH (n:A) WITH n AS m DELETE m": ["KV101"],
    "ALTER TABLE R DROP FROM A TO B": ["KV102"],
    "ALTER TABLE R DROP IF EXISTS FROM A TO B": ["KV102"],
    "ALTER TABLE A DROP from": ["KV103"],
    "ALTER TABLE A DROP IF EXISTS x": ["KV103"],
    "MATCH (n:A) SET n.y = 1, n.x = null": ["KV103"],
    "MATCH (n:A) SET n.x = NULL DELETE n": ["KV101", "KV103"],
    "MATCH (n:A) SET n.x = CAST(n.y AS INT32)": ["KV201"],
    "MATCH (n:A) SET n.x = cast(n.y, 'DECIMAL(9, 2)') + CAST(CAST(n.y AS INT8) AS STRING)": ["KV201"],
    f"{NEW}; COPY New FROM (MATCH (n:A) RETURN n.id, CAST(n.x AS INT64))": ["KV401", "KV201", "KV301"],
    "COPY New FROM (MATCH (n:A) RETURN n.id, CAST(n.x AS STRING), CAST(NULL AS DATE))": ["KV401"],
    "CREATE NODE TABLE New AS MATCH (n:A) RETURN n.x AS id": ["KV301"],
    "ALTER TABLE A ADD x INT64 DEFAULT 7": ["KV202"],
    "ALTER TABLE A ADD IF NOT EXISTS x INT64 DEFAULT 7": ["KV202"],
    "DROP SEQUENCE s; CREATE SEQUENCE s START 5": ["KV203"],
    "ALTER TABLE A DROP x; ALTER TABLE A ADD X INT64": ["KV103", "KV402"],
    "ALTER TABLE A ADD x INT64; COPY A FROM (UNWIND [1] AS i RETURN i, i)": ["KV402"],
    "CREATE MACRO f(x) AS x + 1": [],
    "DROP MACRO IF EXISTS `f`": ["KV401"],
    "CREATE TYPE money AS DECIMAL(9, 2)": ["KV501"],
    "CHECKPOINT": ["KV601"],
    "call Create_FTS_index('A', 'words', ['x'])": ["KV601"],
    "CALL DROP_VECTOR_INDEX('A', 'near')": ["KV601"],
    "CREATE NODE TABLE T(id INT64, b BOOL DEFAULT 1 > 2, PRIMARY KEY (id))": ["KV602"],
    "CREATE NODE TABLE T(id INT64 DEFAULT 1 PRIMARY KEY, b BOOL DEFAULT (NOT true))": ["KV602"],
    "CREATE REL TABLE R(FROM A TO A, s STRUCT(a INT8, b INT8), b BOOL DEFAULT 1 IS NULL)": ["KV602"],
    "ALTER TABLE A ADD b BOOL DEFAULT true AND false": ["KV202", "KV602"],
    "CREATE MACRO f(x, y := 2) AS x = y": ["KV602"],
    "LOAD FROM 'a.csv' RETURN *": ["KV603"],
    "MATCH (n:A) LOAD WITH HEADERS (a INT64) FROM `frame` RETURN a": ["KV603"],
    "COPY A FROM 'a.csv'": ["KV603"],
    "COPY A FROM ('a.npy', 'b.npy') BY COLUMN": ["KV603"],
    "COPY A(id, x) FROM ['a.csv', 'b.csv'] (header=true)": ["KV603"],
    "COPY from FROM 'a.csv'": ["KV603"],
    "COPY A FROM (LOAD FROM '${before}/../../a.parquet' RETURN *)": ["KV603"],
    "COPY (MATCH (n:A) RETURN n.*) TO 'a.parquet'": ["KV603"],
    "INSTALL fts": ["KV603"],
    "LOAD EXTENSION fts": ["KV603"],
    "LOAD fts": ["KV603"],
    "ATTACH 'other.db' AS other (dbtype kuzu)": ["KV603"],
    "DETACH other": ["KV603"],
    "USE other": ["KV603"],
    "EXPORT DATABASE 'out'": ["KV603"],
    "IMPORT DATABASE 'out'": ["KV603", "KV601"],
    "ALTER TABLE A DROP x; MATCH (n:a) SET n.y = 1": ["KV103", "KV604"],
    "ALTER TABLE A DROP x; MATCH (n) SET n.y = 1": ["KV103", "KV604"],
    "ALTER TABLE A DROP x; ALTER TABLE A RENAME TO B; MATCH (n:B) SET n.y = 1": ["KV103", "KV604"],
    "MATCH ()-[r:R]->() SET r.y = 1; ALTER TABLE R DROP x": ["KV103", "KV604"],
    "begin transaction": ["KV605"],
    "COMMIT": ["KV605"],
    "ROLLBACK": ["KV605"],
    "FORCE INSTALL fts FROM 'http://x/'": ["KV603"],
    "EXPLAIN LOGICAL EXPORT DATABASE 'out'": ["KV603"],
    "PROFILE COPY (RETURN 1) TO 'a.csv'": ["KV603"],
    "LOAD FROM '${before}/A.parquet' RETURN *": ["KV603"],
    "MATCH (n:A) WHERE n.x = 1LOAD FROM 'a.csv' RETURN *": ["KV603"],
    "MATCH (n:A) WHERE n.x = 1SET n.x = NULL": ["KV103"],
    "MATCH (n:A) WHERE n.x = 1.5e-2LOAD FROM 'a.csv' RETURN *": ["KV603"],
    "CALL CREATE_FTS_INDEX('A', 'w', ['x'], stopwords := 'a' + '.csv')": ["KV603", "KV601"],
    "CREATE FTS INDEX i FOR (n:A) ON (n.x) OPTIONS {stopwords: 'a'}": ["KV606"],
    "CALL home_directory='/x'": ["KV603"],
    "CALL `FILE_search_path`='/x'": ["KV603"],
    "CALL read_csv_serial('a.csv') RETURN *": ["KV603"],
    "MATCH (n:A) CALL json_scan('a.json') RETURN *": ["KV603"],
    "CALL CREATE_FTS_INDEX('A', 'w', ['x'], stopwords := 'a.csv')": ["KV603", "KV601"],
    "CALL CREATE_FTS_INDEX('A', 'w', ['x'], stopwords := 'Words')": ["KV601"],
    "CREATE GRAPH g": ["KV603"],
    "DROP GRAPH g": ["KV603"],
    "CREATE NODE TABLE T(id INT64 PRIMARY KEY) WITH (storage = '/x')": ["KV603"],
    "CREATE REL TABLE T(FROM A TO A) WITH (storage_direction='fwd', `storage` '/x')": ["KV603"],
    "CREATE NODE TABLE T(id INT64 PRIMARY KEY) PARTITION BY HASH(id) PARTITIONS 2": ["KV603"],
    "CREATE NODE TABLE T(id INT64 PRIMARY KEY) WITH (storage='x') PARTITION BY LIST(id)": ["KV603"] * 2,
    "CREATE NODE TABLE T AS MATCH (n:A) WITH (n.x) AS x RETURN x + 1 AS id": ["KV301"],
    "CREATE NODE TABLE T AS LOAD FROM 'a.csv' RETURN *": ["KV603", "KV301"],
    "CREATE NODE TABLE T AS MATCH (n:A) SET n.x = NULL RETURN n.id": ["KV301", "KV103"],
    "COPY A FROM (MATCH (n:A) DELETE n RETURN 1)": ["KV401", "KV101"],
    "MATCH (n:A) SET n = {x: 1}": ["KV103"],
    "MATCH ()-[r:R]->() SET (r) = {x: 1}": ["KV103"],
    "CALL nonsense=1": ["KV606"],
    "CALL project_graph_cypher('g', 'LOAD FROM \\'x\\' RETURN *')": ["KV606"],
    "MATCH (n:A) CALL odd(n.x) RETURN *": ["KV606"],
    "CREATE USER u": ["KV606"],
    "OPTIMIZE TABLE A": ["KV606"],
    "`COPY` A FROM (RETURN 1)": ["KV606"],
    "RETURN 1 \u0085": ["KV606"],
    "RETURN 1 \ufeff": ["KV606"],
    "MATCH (n:A) SET n.x = $x": ["KV607"],
    "RETURN $`a b` + $1": ["KV607", "KV607"],
    "// kuzuvcs:alow KV101\nRETURN 1": ["KV701"],
    "// kuzuvcs:allow KV999, KV101\nRETURN 1": ["KV701"],
    "// kuzuvcs:allow\nRETURN 1": ["KV701"],
    "RETURN 1;\n// kuzuvcs:allow KV101\n": ["KV701"],
}  # fmt: skip

NOTHING = (
    "RETURN 'DROP TABLE A; MATCH (n) DETACH DELETE n', \"BEGIN\", `CHECKPOINT` // COMMIT; DROP TABLE A",
    "/* DROP TABLE A; */ RETURN 5--3",
    "CREATE (:`DROP TABLE` {id: 1, `delete`: 'LOAD FROM \\'x\\''})",
    "MATCH (delete:A)-[set:R]->(n:DELETE) RETURN delete, set, n.delete AS delete ORDER BY delete",
    "MATCH (delete:A) WITH delete AS n WHERE n.set = 1 RETURN DISTINCT n",
    "CREATE NODE TABLE A(id INT64 PRIMARY KEY, n STRING DEFAULT 'x > 1 AND NOT y', `is` INT64 DEFAULT 5--3)",
    "CREATE REL TABLE R(FROM A TO A, MANY_ONE) WITH (storage_direction='fwd')",
    "ALTER TABLE A ADD FROM INT64",
    "ALTER TABLE R ADD FROM A TO B",
    "ALTER TABLE A RENAME drop TO delete",
    "ALTER TABLE A RENAME TO `DROP`",
    "COMMENT ON TABLE A IS 'DROP TABLE A'",
    "CALL show_tables() RETURN *",
    "CALL threads=2",
    "CREATE p = (:A {id: 1}) RETURN p",
    "MATCH (call:A) RETURN call",
    "CREATE ART INDEX i FOR (n:A) ON (n.x)",
    "DROP INDEX A.i",
    "ANALYZE",
    "RETURN '$x', a$b, ${y}",
    "MATCH (n:A) WHERE n.x = {a: 1}.a SET n.y = 2",
    "CREATE SEQUENCE s; DROP SEQUENCE s",
    f"{NEW}; ALTER TABLE New DROP x; CHECKPOINT; DROP TABLE New // kuzuvcs:allow",
    "ALTER TABLE A ADD x INT64; ALTER TABLE A RENAME TO B; ALTER TABLE B RENAME x TO y; ALTER TABLE B DROP y",
    "ALTER TABLE R ADD FROM A TO B; ALTER TABLE B RENAME TO C; ALTER TABLE R DROP FROM A TO C",
    "MATCH (n:A) SET n.x = 1, n.s = 'NULL'; MATCH (n:A) SET n.nulls = n.NULL",
    "MERGE (n:A {id: 1}) ON CREATE SET n.x = 1 ON MATCH SET n.x = 2",
)


def findings(up: str, down: str = "RETURN 1") -> tuple[Finding, ...]:
    return lint_script(parse_script(f"-- UP\n{up}\n;\n-- DOWN\n{down}\n;\n", "x"), Path("x.cypher"))


@pytest.mark.parametrize("statements", FOUND)
def test_what_is_found(statements: str) -> None:
    assert [one.code for one in findings(statements)] == FOUND[statements]


@pytest.mark.parametrize("statements", NOTHING)
def test_what_is_nothing(statements: str) -> None:
    assert [(one.code, one.text) for one in findings(statements) if one.code != "KV601"] == []


def test_every_code_is_found_in_some_script() -> None:
    of_whole_scripts = {"KV702", "KV703"}
    found = {code for codes in FOUND.values() for code in codes} | of_whole_scripts
    assert found == {kind.code for kind in HAZARD_KINDS}


def test_a_checkpoint_between_saves_the_engine() -> None:
    drop, write = "ALTER TABLE A DROP x", "MATCH (n:A) SET n.y = 1"
    for script in (
        f"{drop}; CHECKPOINT; {write}",
        f"{write}; CHECKPOINT; {drop}",
        f"{drop}; {write[:9]}B) SET n.y = 1",
    ):
        assert [one.code for one in findings(script) if one.code == "KV604"] == []


def test_down_may_drop_what_up_made_and_nothing_else() -> None:
    up = f"{NEW}; ALTER TABLE A ADD x INT64; ALTER TABLE R ADD FROM A TO New; ALTER TABLE A RENAME TO B"
    down = "ALTER TABLE R DROP FROM B TO New; DROP TABLE New; ALTER TABLE B DROP x; ALTER TABLE B RENAME TO A"
    assert findings(up, down) == ()
    assert [one.text for one in findings(up, down + "; ALTER TABLE A DROP y")] == ["drops the values of A.y"]


def test_a_table_that_was_filled_from_others_is_not_the_scripts_own_to_drop() -> None:
    copy = "COPY New FROM (MATCH (n:A) RETURN n.id, n.x); DROP TABLE A"
    assert [one.code for one in findings(f"{NEW}; {copy}", "DROP TABLE New")] == [
        "KV401", "KV301", "KV101", "KV101"
    ]  # fmt: skip


def test_a_table_that_may_have_been_there_is_not_the_scripts_own_to_drop() -> None:
    up = "CREATE NODE TABLE IF NOT EXISTS T(id INT64 PRIMARY KEY); ALTER TABLE A ADD IF NOT EXISTS x INT64"
    assert [one.code for one in findings(up, "DROP TABLE T; ALTER TABLE A DROP x")] == ["KV101", "KV103"]


def test_a_rel_table_is_known_by_the_other_section() -> None:
    (found,) = findings("DROP TABLE Knows", "CREATE REL TABLE IF NOT EXISTS knows(FROM A TO A)")
    assert (found.code, found.text) == ("KV102", "drops Knows with its edges")
    (found,) = findings("DROP TABLE `Group`", "CREATE NODE TABLE Group(id INT64 PRIMARY KEY)")
    assert found.code == "KV101"


def test_a_missing_down_is_said_once_and_allowed_above_up() -> None:
    script = parse_script("-- UP\nRETURN 1;\n", "x")
    (found,) = lint_script(script, Path("x"))
    assert (found.code, found.section, found.line, found.statement) == ("KV501", None, 1, "")
    allowed = parse_script("// id: x\n// kuzuvcs:allow KV501\n\n-- UP\nRETURN 1;\n", "x")
    assert [one.allowed for one in lint_script(allowed, Path("x"))] == [True]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("-- UP\n// nothing\n", 1, "UP has no statements"),
        ("-- UP\n-- DOWN\nDROP SEQUENCE s;\n", 1, "UP has no statements, and DOWN has some"),
        ("-- UP\nRETURN 1;\n/*\n-- DOWN\n*/\n", 4, "the line '-- DOWN' is inside a comment"),
    ],
)
def test_a_doubtful_section_is_found_with_its_line(text: str, line: int, words: str) -> None:
    found = [one for one in lint_script(parse_script(text, "x"), Path("x")) if one.code == "KV702"]
    assert [(one.line, one.section, one.severity) for one in found] == [(line, None, "error")]
    assert words in found[0].text
    allowed = lint_script(parse_script(f"// kuzuvcs:allow KV702\n{text}", "x"), Path("x"))
    assert [one.allowed for one in allowed if one.code == "KV702"] == [True]


def test_a_script_that_only_leaves_out_has_no_statements() -> None:
    text = "// left-out: index i\n-- UP\n-- DOWN\n"
    assert lint_script(parse_script(text, "x"), Path("x")) == ()


def test_a_merge_script_has_no_statements() -> None:
    text = "// merges: a\n// merges: b\n// proof: in either order\n-- UP\n-- DOWN\n"
    assert lint_script(parse_script(text, "x"), Path("x")) == ()


def test_allow_is_for_the_next_statement_and_the_codes_it_names() -> None:
    found = findings("""
// kuzuvcs:allow KV101
// a remark between
MATCH (n:A)
  DETACH DELETE n;
DROP TABLE A;
// kuzuvcs:allow kv101,KV103
DROP TABLE B;
DROP TABLE C // kuzuvcs:allow KV101
""")
    assert [(one.line, one.code, one.allowed, one.statement) for one in found] == [
        (5, "KV101", True, "MATCH (n:A)"),
        (5, "KV102", False, "MATCH (n:A)"),
        (7, "KV101", False, "DROP TABLE A"),
        (9, "KV101", True, "DROP TABLE B"),
        (10, "KV101", False, "DROP TABLE C // kuzuvcs:allow KV101"),
    ]


def test_what_a_script_declares_of_itself_is_taken_at_its_word_in_up() -> None:
    up = """
// hazard: KV103 drops 3 values of A.x
// hazard: KV000 is no hazard
// hazard: none
ALTER TABLE A DROP x;
// hazard: KV103 leaves out A.y
// kuzuvcs:allow KV103
COPY B(id) FROM (UNWIND [1] AS i RETURN i); // hazard: KV101 of no statement
RETURN 1
"""
    down = """
// hazard: KV103 drops all values of A.z
RETURN 2;
// hazard: KV101 drops 7 rows of C
DROP TABLE C
"""
    assert [(one.section, one.code, one.text, one.allowed) for one in findings(up, down)] == [
        ("up", "KV103", "drops 3 values of A.x", False),
        ("up", "KV103", "leaves out A.y", True),
        ("down", "KV101", "drops 7 rows of C", False),
    ]


def test_warnings_and_what_is_allowed_are_ok() -> None:
    def report(up: str) -> LintReport:
        return LintReport(scripts=(Path("x.cypher"),), findings=findings(up))

    assert report("CHECKPOINT").ok
    assert report("// kuzuvcs:allow KV101\nDROP TABLE A").ok
    assert not report("DROP TABLE A").ok
    assert not report("// kuzuvcs:allow KV102\nDROP TABLE A").ok


ANY_STATEMENTS = st.lists(st.sampled_from([*FOUND, *NOTHING]), min_size=1, max_size=3).map("; ".join)


@settings(max_examples=150, deadline=None)
@given(ANY_STATEMENTS, st.sampled_from(["'", '"']))
def test_nothing_is_found_in_a_string(statements: str, quote: str) -> None:
    inside = statements.replace("\\", "\\\\").replace(quote, "\\" + quote)
    assert findings(f"RETURN {quote}{inside}{quote} AS text") == ()


@settings(max_examples=150, deadline=None)
@given(ANY_STATEMENTS)
def test_nothing_is_found_in_a_comment_or_a_name(statements: str) -> None:
    lines = "".join(f"// {line}\n" for line in statements.replace("kuzuvcs:", "").split("\n"))
    assert findings(f"{lines}RETURN 1\n{lines}+ 1") == ()
    block = statements.replace("*/", "")
    assert findings(f"/*{block} */RETURN/*{block} */1") == ()
    assert findings(f"MATCH (n:`{statements.replace('`', '')}`) RETURN n") == ()


@settings(max_examples=200, deadline=None)
@given(ANY_STATEMENTS, st.data())
def test_case_spacing_and_comments_between_words_change_nothing(statements: str, data: st.DataObject) -> None:
    statements = "\n".join(line for line in statements.split("\n") if not line.startswith("//"))
    between = st.sampled_from([" ", "\n\t", "/* DROP TABLE x */", " // DELETE n\n"])
    spaced = ""
    for word in tokens(statements):
        upper = word.kind == "word" and data.draw(st.booleans())
        spaced += (word.text.upper() if upper else word.text) + data.draw(between)
    assert [one.code for one in findings(spaced)] == [one.code for one in findings(statements)]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["ALTER", "TABLE", "DROP", "ADD", "CREATE", "NODE", "REL", "MACRO", "AS", "COPY", "FROM", "TO",
             "LOAD", "WITH", "HEADERS", "SET", "DELETE", "DETACH", "MATCH", "DEFAULT", "IF", "NOT", "EXISTS",
             "RENAME", "SEQUENCE", "CAST", "CALL", "GROUP", "a", "`b c`", "'s'", "1", "(", ")", "[", "]", "{",
             "}", ",", ".", ":", "=", "|", "-", "$"]
        ),
        max_size=14,
    )
)  # fmt: skip
def test_no_text_is_too_broken_to_be_looked_at(words: list[str]) -> None:
    assert isinstance(findings(" ".join(["RETURN 1; RETURN", *words])), tuple)
