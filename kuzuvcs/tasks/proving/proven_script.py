"""The text of a script that was just proven, with the digest of what was proven in its head."""

from __future__ import annotations

from kuzuvcs.core.field_names import FieldNames
from kuzuvcs.core.planning.plan import Plan
from kuzuvcs.core.scripts.proof import PROOF, PROOF_DIGEST, proof_digest
from kuzuvcs.core.scripts.script import ScriptHead
from kuzuvcs.migrations.lexer import parse_script
from kuzuvcs.render.script import render_script


def proven_script(head: ScriptHead, planned: Plan, names: FieldNames) -> str:
    """The whole file.  The digest is of the text as it reads back, so that both are the same statements."""
    digest = proof_digest(parse_script(render_script(head, planned, names), head.value("id")))
    lines: list[tuple[str, str]] = []
    for key, value in head.lines:
        lines.append((key, value))
        if key == PROOF:
            lines.append((PROOF_DIGEST, digest))
    return render_script(ScriptHead(lines=tuple(lines)), planned, names)
