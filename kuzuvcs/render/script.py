"""A migration script's text: plain Cypher that anyone may run statement by statement.

``--`` is no comment to the engine, so the section marks are for the script's reader; everything else
that is not a statement is a ``//`` comment.
"""

from __future__ import annotations

from collections.abc import Iterator

from kuzuvcs.core.plan import Plan
from kuzuvcs.core.script import DOWN, UP, ScriptHead, one_line
from kuzuvcs.core.step import Step
from kuzuvcs.render.cypher import statement


def render_script(head: ScriptHead, plan: Plan) -> str:
    """The whole file."""
    lines = [
        *(f"// {key}: {value}".rstrip() for key, value in head.lines),
        "",
        UP,
        *_section(plan.up),
        "",
        DOWN,
        *_section(plan.down),
    ]
    return "\n".join(lines) + "\n"


def statements(steps: tuple[Step, ...]) -> tuple[str, ...]:
    """The statements of a section, in order, without semicolons."""
    return tuple(statement(operation) for step in steps for operation in step.operations)


def _section(steps: tuple[Step, ...]) -> Iterator[str]:
    for step in steps:
        yield ""
        yield f"// {one_line(step.comment)}"
        for hazard in step.hazards:
            yield f"// hazard: {one_line(hazard.text)}"
        if not step.transactional:
            yield "// outside of any transaction"
        for operation in step.operations:
            yield f"{statement(operation)};"
