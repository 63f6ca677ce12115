"""Conditions in scripts: queries that have to be true, and the engines that a statement is for.

``// kuzuvcs:require QUERY`` is looked at before, ``// kuzuvcs:ensure QUERY`` after; each returns one row with
one BOOL.  ``// kuzuvcs:only kuzu>=0.11`` names engines and releases, separated by spaces: any of them does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from kuzuvcs.core.engine import ENGINES, Engine
from kuzuvcs.core.scripts.cypher_tokens import tokens
from kuzuvcs.core.scripts.outside import reaches
from kuzuvcs.core.scripts.parameters import unbound, unbound_text
from kuzuvcs.core.scripts.script import Directive, Script

REQUIRE, ENSURE, ONLY = "require", "ensure", "only"

_WRITING = (
    "CREATE", "MERGE", "SET", "DELETE", "DETACH", "REMOVE", "DROP", "ALTER", "COPY", "INSTALL", "LOAD",
    "ATTACH", "BEGIN", "COMMIT", "ROLLBACK", "CHECKPOINT", "EXPORT", "IMPORT", "COMMENT", "USE", "UPDATE",
    "UNINSTALL", "NEXTVAL",
)  # fmt: skip
_FIRST = ("MATCH", "OPTIONAL", "RETURN", "WITH", "UNWIND", "CALL")
_ENGINE = re.compile(r"([a-z]+)(.*)")


def query_fault(text: str) -> str:
    """Why a condition's query is none that only reads; empty where it is one."""
    found = tokens(text)
    if not found or not found[0].is_word(*_FIRST):
        return "it begins with none of " + ", ".join(_FIRST)
    for one in found:
        if one.is_word(*_WRITING):
            return f"{one.text} does not only read"
        if one.is_symbol(";"):
            return "it is more than one statement"
    if found[0].is_word("CALL") and len(found) > 1 and re.match("(create|drop)_", found[1].key):
        return f"{found[1].text} does not only read"
    if outside := reaches(text):
        return outside[0].text
    if unknown := unbound(text):
        return unbound_text(unknown[0])
    return "" if any(one.is_word("RETURN") for one in found) else "it returns nothing"


def only_fault(text: str) -> str:
    """Why the arguments of ``only`` name no engines; empty where they do."""
    if not text.split():
        return "it names no engine"
    for one in text.split():
        found = _ENGINE.fullmatch(one)
        if found is None or found[1] not in ENGINES:
            return f"{one} is no engine; there are {' and '.join(ENGINES)}"
        try:
            SpecifierSet(found[2])
        except InvalidSpecifier:
            return f"{found[2]} is no release; write kuzu>=0.11, without spaces"
    return ""


def is_for(directives: Iterable[Directive], engine: Engine) -> bool:
    """Whether what these stand above is for an engine and its release."""
    return all(_names(one.arguments, engine) for one in directives if one.word == ONLY)


def required(script: Script, section: str) -> tuple[Directive, ...]:
    """The directives that are looked at before a section, ``UP`` or ``DOWN``: the whole script's."""
    return script.directives if section == "UP" else ()


def ensured(script: Script, section: str) -> tuple[Directive, ...]:
    """The directives that are looked at after a section."""
    return (*script.directives, *script.up_end) if section == "UP" else script.down_end


def directive_faults(script: Script) -> tuple[tuple[Directive, str], ...]:
    """Every directive of a script that cannot be followed when it is run, and why."""
    ends = (*script.up_end, *script.down_end)
    above = [
        *script.directives,
        *(one for statement in (*script.up, *script.down) for one in statement.directives),
    ]
    return (
        *((one, fault) for one in (*above, *ends) if (fault := fault_of(one))),
        *(
            (one, f"below the last statement there is only {ENSURE}")
            for one in ends
            if one.word in (REQUIRE, ONLY)
        ),
    )


def fault_of(directive: Directive) -> str:
    """Why a directive cannot be followed; empty where it can."""
    if directive.word in (REQUIRE, ENSURE):
        return query_fault(directive.arguments)
    return only_fault(directive.arguments) if directive.word == ONLY else ""


def _names(text: str, engine: Engine) -> bool:
    return any(
        found[1] == engine.name and SpecifierSet(found[2]).contains(engine.release or "", prereleases=True)
        for one in text.split()
        if (found := _ENGINE.fullmatch(one))
    )
