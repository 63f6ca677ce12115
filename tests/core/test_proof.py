"""The digest of what was proven, and the checksum that a history records."""

from __future__ import annotations

import hashlib

import pytest

from kuzuvcs.core.scripts.proof import NewProof, checksum_of, proof_digest, proof_state, with_proof
from kuzuvcs.core.scripts.script import ScriptHead
from kuzuvcs.migrations.lexer import parse_script

HEAD = """\
// id: x
// from: v1
// from-digest: aaaa
// to-digest: bbbb
// proof: up and down
// proof-digest: DIGEST
// hazards: none
// down-hazards: none
// before: {"path": "User.parquet", "table": "User", "columns": ["id"]}
// rows: {"before": [["User"]], "after": [["User"]], "back": true}
// kuzuvcs: 0.1.0
"""
BODY = """
// kuzuvcs:require RETURN true
-- UP

// why
ALTER TABLE User ADD age INT64 DEFAULT 5;
MATCH (u:User) SET u.name = 'a  b';
// kuzuvcs:ensure RETURN true

-- DOWN
ALTER TABLE `User` DROP age;
"""


def digest(text: str) -> str:
    return proof_digest(parse_script(text, "x"))


TEXT = (HEAD + BODY).replace("DIGEST", digest(HEAD + BODY))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("// why", "// another reason; with a ';'"),
        ("ADD age INT64", "ADD  age\n  /* years */ INT64"),
        ("-- UP\n", "-- UP\r\n"),
        ("// why", "// kuzuvcs:allow KV202"),
        ("// from: v1", "// from: v7"),
        ("// hazards: none", "// hazards: KV101 x"),
        ("// kuzuvcs: 0.1.0", "// kuzuvcs: 0.2.0"),
        ("// proof: up and down", "// proof: up"),
        ("// id: x", "// id: y"),
    ],
)
def test_what_no_run_depends_on_may_change(old: str, new: str) -> None:
    assert old in TEXT
    assert proof_state(parse_script(TEXT.replace(old, new, 1), "x")) == "proved"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("INT64", "INT32"),
        ("DEFAULT 5", "DEFAULT 6"),
        ("'a  b'", "'a b'"),
        ("`User`", "` User`"),
        ("ADD age", "ADDage"),
        ("MATCH (u:User) SET u.name = 'a  b';\n", ""),
        ("MATCH (u:User) SET u.name", "MATCH (u:User);\nSET u.name"),
        ("// kuzuvcs:require RETURN true\n", ""),
        ("// kuzuvcs:ensure RETURN true", "// kuzuvcs:ensure RETURN false"),
        ("// why", "// kuzuvcs:only kuzu"),
        ("-- DOWN\n", "RETURN 1;\n-- DOWN\n"),
        ("ALTER TABLE `User` DROP age;\n", ""),
        ("// to-digest: bbbb", "// to-digest: cccc"),
        ("// from-digest: aaaa\n", ""),
        ('"columns": ["id"]', '"columns": []'),
        ('"back": true', '"back": false'),
        ("// id: x", "// left-out: index i"),
        ("ALTER TABLE User ADD", "ALTER\u00a0TABLE User ADD"),
    ],
)
def test_what_decides_what_a_run_does_may_not(old: str, new: str) -> None:
    assert old in TEXT
    assert proof_state(parse_script(TEXT.replace(old, new, 1), "x")) == "edited"


def test_a_statement_that_moves_to_the_other_section_is_an_edit() -> None:
    one, two = "-- UP\nRETURN 1;\nRETURN 2;\n-- DOWN\n", "-- UP\nRETURN 1;\n-- DOWN\nRETURN 2;\n"
    assert digest(one) != digest(two)


def test_scripts_without_a_digest() -> None:
    assert proof_state(parse_script("// proof: up and down\n-- UP\n", "x")) == "no_digest"
    assert proof_state(parse_script("// id: x\n-- UP\n", "x")) == "unproved"


def test_a_merge_script_is_proved_as_long_as_it_has_no_statements() -> None:
    head = "// merges: a\n// merges: b\n// proof: in either order\n"
    assert proof_state(parse_script(f"{head}-- UP\n-- DOWN\n", "x")) == "proved"
    assert proof_state(parse_script(f"{head}-- UP\nMATCH (n) DELETE n;\n-- DOWN\n", "x")) == "no_digest"


PROOF = NewProof(proof="up", digest="d", hazards=["KV101 a"], down_hazards=[], engine="kuzu 1", release="2")


def test_a_new_proof_replaces_its_lines_and_keeps_the_others() -> None:
    head = with_proof(parse_script(TEXT, "x").head, PROOF)
    assert [key for key, _ in head.lines] == [
        "id", "from", "from-digest", "to-digest", "proof", "proof-digest", "hazards", "down-hazards",
        "before", "rows", "engine", "kuzuvcs",
    ]  # fmt: skip
    assert head.value("hazards") == "KV101 a"
    assert head.value("down-hazards") == "none"
    bare = with_proof(ScriptHead(lines=(("id", "x"), ("to-digest", "b"), ("note", "n"))), PROOF)
    assert [key for key, _ in bare.lines][:5] == ["id", "to-digest", "proof", "proof-digest", "hazards"]


def test_the_recorded_checksum_is_of_all_but_the_proof() -> None:
    content = TEXT.encode()
    proven = content.replace(b"// proof: up and down", b"// proof: up, on v2")
    proven = proven.replace(b"// hazards: none\n", b"// hazards: KV101 a\n// hazards: KV102 b\n")
    assert checksum_of(proven) == checksum_of(content) != hashlib.sha256(content).hexdigest()
    for old, new in (
        (b"INT64", b"INT32"), (b"// why", b"// Why"), (b"bbbb", b"cccc"), (b"// id: x", b"// id: y"),
        (b"-- UP", b"// proof: in the body\n-- UP"), (b"// rows: {", b"// rows:  {"),
    ):  # fmt: skip
        assert checksum_of(content.replace(old, new, 1)) != checksum_of(content)
    plain = b"-- UP\nRETURN 1;\n"
    assert checksum_of(plain) == hashlib.sha256(plain).hexdigest()
