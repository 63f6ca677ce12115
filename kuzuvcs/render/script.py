"""A migration script's text: plain Cypher that anyone may run statement by statement.

``--`` is no comment to the engine, so the section marks are for the script's reader; everything else
that is not a statement is a ``//`` comment.  What ``kuzuvcs lint`` cannot know to be harmless and the plan
does, the script allows.
"""

from __future__ import annotations

from collections.abc import Iterator

from kuzuvcs.core.field_names import QUOTES_KEPT, FieldNames
from kuzuvcs.core.planning.harmless import harmless
from kuzuvcs.core.planning.hazard_codes import kind_of
from kuzuvcs.core.planning.operations import CopyEdges, CopyNodes, Operation
from kuzuvcs.core.planning.plan import Plan
from kuzuvcs.core.planning.step import Step
from kuzuvcs.core.scripts.script import ALLOW, DOWN, UP, ScriptHead, one_line
from kuzuvcs.render.cypher import statement


def render_script(head: ScriptHead, plan: Plan, names: FieldNames = QUOTES_KEPT) -> str:
    """The whole file, for an engine that writes field names so."""
    lines = [
        *(f"// {key}: {value}".rstrip() for key, value in head.lines),
        "",
        UP,
        *_section(plan.up, names),
        "",
        DOWN,
        *_section(plan.down, names),
    ]
    return "\n".join(lines) + "\n"


def statements(steps: tuple[Step, ...], names: FieldNames = QUOTES_KEPT) -> tuple[str, ...]:
    """The statements of a section, in order, without semicolons."""
    return tuple(statement(operation, names) for step in steps for operation in step.operations)


def _section(steps: tuple[Step, ...], names: FieldNames) -> Iterator[str]:
    for step in steps:
        yield ""
        yield f"// {one_line(step.comment)}"
        costly = _costly(step)
        for operation in step.operations:
            if operation is costly:
                yield from _hazards(step)
            codes = " ".join(kind_of(name).code for name in harmless(step, operation))
            if codes:
                yield f"// kuzuvcs:{ALLOW} {codes}"
            yield f"{statement(operation, names)};"


def _costly(step: Step) -> Operation | None:
    """The operation that the hazards of a step are about: of a rebuild, that which copies, or leaves out."""
    copies = (one for one in step.operations if isinstance(one, CopyNodes | CopyEdges))
    return next(copies, next(iter(step.operations), None))


def _hazards(step: Step) -> Iterator[str]:
    for hazard in step.hazards:
        yield f"// hazard: {one_line(hazard.line)}"
    if not step.transactional:
        yield f"// hazard: {kind_of('outside_transaction').code} outside of any transaction"
