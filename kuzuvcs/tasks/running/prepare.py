"""A script as it is run on one database: its placeholders filled in, and only what is for its engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from kuzuvcs.core.engine import Engine
from kuzuvcs.core.scripts.conditions import directive_faults, is_for
from kuzuvcs.core.scripts.merging import Merges
from kuzuvcs.core.scripts.parameters import unbound
from kuzuvcs.core.scripts.placeholders import Value, filled
from kuzuvcs.core.scripts.script import MERGES, Script, ScriptHead
from kuzuvcs.errors import MigrationError
from kuzuvcs.migrations.folder import MigrationFile, pledge

_NAMES = ("id", "description", "from", "to")


def prepared(
    script: MigrationFile, values: Mapping[str, Value], engine: Engine, section: str
) -> MigrationFile:
    """The script with a section's placeholders filled in; empty, promising nothing, if for another engine.

    :raises MigrationError: a placeholder has no value, a parameter none either, or a condition cannot be
        followed, with the line
    """
    text = filled(script.script, values, script.id, section)
    for directive, fault in directive_faults(text):
        raise MigrationError(
            f"{script.id} has a condition that cannot be followed",
            cause=f"line {directive.line}: kuzuvcs:{directive.word} {directive.arguments}: {fault}",
            hint="docs/scripts.md says what conditions are",
        )
    for statement in text.up if section == "UP" else text.down:
        if names := unbound(statement.text):
            raise MigrationError(
                f"{script.id} has a parameter that nothing binds: ${names[0]}",
                cause=f"line {statement.line}: the engine would take it for NULL",
                hint=f"write ${{{names[0]}}}, with --set {names[0]}=VALUE or in [placeholders]",
            )
    return replace(script, script=text if is_for(text.directives, engine) else _emptied(text))


def without_inner(
    chosen: Iterable[MigrationFile], scripts: Iterable[MigrationFile]
) -> Iterator[MigrationFile]:
    """The chosen ones, where a merge script that another one covers promises nothing."""
    merges = Merges(map(pledge, scripts))
    for one in chosen:
        if one.script.head.value(MERGES) and not merges.is_outer(one.id):
            yield replace(one, script=_emptied(one.script))
        else:
            yield one


def _emptied(script: Script) -> Script:
    head = ScriptHead(lines=tuple((key, value) for key, value in script.head.lines if key in _NAMES))
    return Script(head=head, up=(), down=())
