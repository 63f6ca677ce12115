"""Check a script: what its statements can cost, and which of it the script says is meant.

Only the text is looked at, so that any script can be checked, without the engine or a database.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Literal

from kuzuvcs.core.planning.hazard_codes import kind_with_code
from kuzuvcs.core.planning.hazards import Hazard
from kuzuvcs.core.scripts.conditions import fault_of
from kuzuvcs.core.scripts.proof import PROOF_DIGEST, proof_state
from kuzuvcs.core.scripts.script import ALLOW, DIRECTIVES, DOWN, MERGES, Directive, Script, Statement
from kuzuvcs.migrations.seen import Seen, start
from kuzuvcs.migrations.statement_hazards import statement_hazards
from kuzuvcs.results import Finding

_NO_DOWN = Hazard(name="cannot_be_undone", text="the script has no DOWN: what UP does stays")

Section = Literal["up", "down"]


def lint_script(script: Script, path: Path, *, callback: bool = False) -> tuple[Finding, ...]:
    """Every finding in a script, by line; ``path`` is what they call it.  A ``callback`` needs no DOWN."""
    return tuple(sorted(_findings(script, path, callback=callback), key=lambda finding: finding.line))


def _findings(script: Script, path: Path, *, callback: bool) -> Iterator[Finding]:
    allowed = _allowed(script.directives)
    for line, hazard in _of_whole(script, callback=callback):
        yield _finding(path, None, line, "", hazard, allowed)
    yield from _unfollowable(path, None, script.directives)
    seen = start(script)
    for statement in script.up:
        yield from _checked(path, statement, seen)
    yield from _idle(path, "up", script.up_end)
    seen.begin_down()
    for statement in script.down:
        yield from _checked(path, statement, seen)
    yield from _idle(path, "down", script.down_end)


def _of_whole(script: Script, *, callback: bool) -> Iterator[tuple[int, Hazard]]:
    """What concerns the script as a whole, each with its line."""
    if script.up and not script.down and not callback:
        yield 1, _NO_DOWN
    if not (script.up or script.head.value("left-out") or script.head.value(MERGES)):
        text = "UP has no statements, and DOWN has some" if script.down else "UP has no statements"
        yield 1, Hazard(name="doubtful_section", text=text)
    if script.hidden_down:
        text = f"the line {DOWN!r} is inside a comment: what is below it is not DOWN"
        yield script.hidden_down, Hazard(name="doubtful_section", text=text)
    if proof_state(script) == "edited":
        line = next(at for at, (key, _) in enumerate(script.head.lines, 1) if key == PROOF_DIGEST)
        text = "the script was edited since it was proven: kuzuvcs prove proves it again"
        yield line, Hazard(name="edited_since_proof", text=text)


def _checked(path: Path, statement: Statement, seen: Seen) -> Iterator[Finding]:
    found = tuple(dict.fromkeys(statement_hazards(statement, seen)))
    yield from _judged(path, seen.section, statement, _as_declared(statement, seen.section, found))


def _as_declared(statement: Statement, section: Section, found: tuple[Hazard, ...]) -> Iterator[Hazard]:
    """What was found, in the words in which the script itself declares it: it may have counted.

    What UP declares is taken at its word even where nothing was found: which columns a COPY leaves out, its
    text does not tell.  What DOWN drops is what UP made.
    """
    declared = [
        Hazard(name=kind.name, text=text)
        for code, text in statement.declared
        if (kind := kind_with_code(code)) is not None
    ]
    names = {hazard.name for hazard in declared}
    own = {hazard.name for hazard in found}
    yield from (hazard for hazard in declared if section == "up" or hazard.name in own)
    yield from (hazard for hazard in found if hazard.name not in names)


def _judged(
    path: Path, section: Section | None, statement: Statement, found: Iterable[Hazard]
) -> Iterator[Finding]:
    """Findings of one statement, and of the directives above it."""
    allowed = statement.allowed_codes
    first_line = statement.text.split("\n", 1)[0].rstrip()
    for hazard in found:
        yield _finding(path, section, statement.line, first_line, hazard, allowed)
    yield from _unfollowable(path, section, statement.directives)


def _allowed(directives: Iterable[Directive]) -> set[str]:
    return {code.upper() for one in directives if one.word == ALLOW for code in one.codes()}


def _finding(
    path: Path, section: Section | None, line: int, statement: str, hazard: Hazard, allowed: Collection[str]
) -> Finding:
    return Finding(
        script=path,
        section=section,
        line=line,
        statement=statement,
        name=hazard.name,
        text=hazard.text,
        allowed=hazard.code in allowed,
    )


def _unfollowable(path: Path, section: Section | None, directives: Iterable[Directive]) -> Iterator[Finding]:
    for directive in directives:
        for problem in _problems(directive):
            yield _unknown(path, section, directive, problem)


def _problems(directive: Directive) -> Iterator[str]:
    if fault := fault_of(directive):
        yield f"kuzuvcs:{directive.word}: {fault}"
    if directive.word not in DIRECTIVES:
        yield f"kuzuvcs:{directive.word} is no directive; there are {', '.join(DIRECTIVES)}"
    elif directive.word == ALLOW:
        codes = directive.codes()
        if not codes:
            yield "kuzuvcs:allow names no code"
        for code in codes:
            if kind_with_code(code.upper()) is None:
                yield f"kuzuvcs:allow names {code}, and there is no such code"


def _idle(path: Path, section: Section, directives: Iterable[Directive]) -> Iterator[Finding]:
    """What stands below a section's last statement: an ``allow`` there is about nothing."""
    for directive in directives:
        for problem in _problems(directive):
            yield _unknown(path, section, directive, problem)
        if directive.word == ALLOW:
            yield _unknown(path, section, directive, "kuzuvcs:allow stands above no statement")


def _unknown(path: Path, section: Section | None, directive: Directive, problem: str) -> Finding:
    return Finding(
        script=path,
        section=section,
        line=directive.line,
        statement=f"// kuzuvcs:{directive.word} {directive.arguments}".rstrip(),
        name="unknown_directive",
        text=problem,
        allowed=False,
    )
