from __future__ import annotations

import pytest

from kuzuvcs.core.engine import Engine
from kuzuvcs.core.scripts.conditions import directive_faults, is_for, only_fault, query_fault
from kuzuvcs.core.scripts.script import Directive, Script, ScriptHead, Statement


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (u:User) RETURN count(*) > 0",
        "RETURN 'CREATE' = 'x; DROP'",
        "MATCH (n:`Create`) RETURN count(n.`set`) = 0",
        "CALL show_tables() WHERE name = 'User' RETURN count(*) = 1",
        "OPTIONAL MATCH (n) WITH count(n) AS c RETURN c = 0 // CREATE",
    ],
)
def test_queries_that_only_read(text: str) -> None:
    assert query_fault(text) == ""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "begins with none"),
        ("CREATE (:User {id: 1})", "begins with none"),
        ("MATCH (u:User) DETACH DELETE u RETURN true", "does not only read"),
        ("MATCH (u) SET u.a = 1 RETURN true", "does not only read"),
        ("RETURN true; MATCH (n) RETURN false", "more than one"),
        ("RETURN true; RETURN false", "more than one"),
        ("RETURN nextval('s') = 1", "does not only read"),
        ("CALL create_fts_index('a', 'b', ['c']) RETURN true", "does not only read"),
        ("MATCH (u:User)", "returns nothing"),
    ],
)
def test_queries_that_do_not(text: str, why: str) -> None:
    assert why in query_fault(text)


@pytest.mark.parametrize(
    ("text", "engine", "release", "held"),
    [
        ("kuzu", "kuzu", "0.11.3", True),
        ("kuzu", "ladybug", "0.22.0", False),
        ("kuzu>=0.11", "kuzu", "0.11.3", True),
        ("kuzu>=0.12", "kuzu", "0.11.3", False),
        ("kuzu>=0.9,<0.11", "kuzu", "0.10.1", True),
        ("kuzu<0.9 ladybug", "ladybug", "0.22.0", True),
        ("kuzu==0.11.*", "kuzu", "0.11.3", True),
    ],
)
def test_what_a_statement_is_for(text: str, engine: str, release: str, *, held: bool) -> None:
    assert only_fault(text) == ""
    directive = Directive(word="only", arguments=text, line=1)
    assert is_for([directive], Engine(name=engine, release=release)) is held  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "neo4j", "kuzu >= 0.11", "kuzu>=x", "kuzu 0.11"])
def test_what_names_no_engine(text: str) -> None:
    assert only_fault(text)


def test_faults_of_a_script_are_found_wherever_they_stand() -> None:
    bad = [
        Directive(word=word, arguments="", line=line)
        for line, word in enumerate(["only", "require", "ensure"])
    ]
    statement = Statement(text="RETURN 1", line=9, directives=(bad[1],))
    below = Directive(word="require", arguments="RETURN true", line=20)
    script = Script(
        head=ScriptHead(lines=()), up=(statement,), down=(), directives=(bad[0],), up_end=(bad[2], below)
    )
    assert [directive for directive, _ in directive_faults(script)] == [*bad, below]
