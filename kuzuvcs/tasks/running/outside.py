"""Refuse statements that reach outside of the database, before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kuzuvcs.core.engine import Engine
from kuzuvcs.core.planning.hazards import Hazard
from kuzuvcs.core.scripts.capture_json import captured_files
from kuzuvcs.core.scripts.conditions import is_for
from kuzuvcs.core.scripts.outside import reaches
from kuzuvcs.core.scripts.script import Script, Statement
from kuzuvcs.errors import MigrationError, OpenQuestion
from kuzuvcs.migrations.folder import MigrationFile
from kuzuvcs.tasks.running.around import Around
from kuzuvcs.tasks.running.consent import COMMAND, State

Section = str
"""``UP`` or ``DOWN``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """A statement that reaches outside, or may, and whether its script allows that."""

    statement: Statement
    hazard: Hazard
    allowed: bool

    @property
    def cause(self) -> str:
        """Where it is, and what it does."""
        first_line = self.statement.text.split("\n", 1)[0].rstrip()
        return f"line {self.statement.line}: {first_line}\n{self.hazard.line}"


def reaches_of(script: Script, section: Section, engine: Engine | None = None) -> Iterator[Reach]:
    """Every such statement of a section, in order; with ``engine``, of those that run on it."""
    captured = captured_files(script.head.lines) if section == "DOWN" else frozenset()
    for statement in script.up if section == "UP" else script.down:
        if engine is not None and not is_for(statement.directives, engine):
            continue
        for hazard in reaches(statement.text, captured):
            yield Reach(statement=statement, hazard=hazard, allowed=hazard.code in statement.allowed_codes)


def stays_inside(script: Script, section: Section) -> bool:
    """Whether a section can be tried on a copy: what it writes outside of the database would stay."""
    return next(reaches_of(script, section), None) is None


def require_inside(
    scripts: Sequence[MigrationFile], around: Around, section: Section, engine: Engine, consent: State
) -> None:
    """Raise for the first statement that reaches outside without both, the script's leave and the operator's.

    The scripts are as they are run: with placeholders filled in.

    :raises MigrationError: its script does not allow it
    :raises OpenQuestion: its script does, and the operator does not
    """
    for script, part in (*((one, section) for one in scripts), *((one, "UP") for one in _callbacks(around))):
        for reach in reaches_of(script.script, part, engine):
            if not reach.allowed and reach.hazard.name == "unknown_statement":
                raise MigrationError(
                    f"{script.id} has a statement that kuzuvcs does not know",
                    cause=reach.cause,
                    hint=f"correct it; if your engine has it, {_allowing(reach)}",
                )
            if not reach.allowed:
                raise MigrationError(
                    f"{script.id} reaches outside of the database",
                    cause=reach.cause,
                    hint=f"if that is meant, {_allowing(reach)}",
                )
            if consent != "confirmed":
                raise OpenQuestion(
                    f"{script.id} reaches outside of the database, and you did not allow it",
                    cause=reach.cause,
                    hint=_hint(consent),
                )


def _callbacks(around: Around) -> Iterable[MigrationFile]:
    found = (around.before_all, around.before_each, around.after_each, around.after_all)
    return (one for one in found if one is not None)


def _allowing(reach: Reach) -> str:
    code = reach.hazard.code
    return f"write // kuzuvcs:allow {code} on a line above it, and give --allow-outside"


def _hint(consent: State) -> str:
    read = "read the statement; --allow-outside runs it"
    match consent:
        case "unconfirmed":
            return f"{read}, and {COMMAND} confirms the project file's allow_outside on this machine"
        case "changed":
            return (
                f"{read}. The project's settings changed after you confirmed allow_outside: {COMMAND} again"
            )
        case _:
            return read
