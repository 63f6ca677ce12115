"""Write a script's head with a new proof; the statements and every other line stay byte for byte."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, replace
from pathlib import Path

from kuzuvcs.core.scripts.proof import DOWN_HAZARDS, HAZARDS, NewProof, proof_digest, with_proof
from kuzuvcs.core.scripts.script import ScriptHead
from kuzuvcs.errors import MigrationError
from kuzuvcs.files import write_atomic
from kuzuvcs.migrations.folder import MigrationFile
from kuzuvcs.migrations.lexer import parse_script
from kuzuvcs.migrations.script_bytes import with_lf
from kuzuvcs.migrations.sum_file import has_sum, require_intact, write_sum


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenHead:
    """What the head says now."""

    digest: str
    hazards: tuple[str, ...]
    down_hazards: tuple[str, ...]


def rewrite_head(
    folder: Path, script: MigrationFile, found: NewProof, promise: tuple[tuple[str, str], ...]
) -> WrittenHead:
    """Write it, and record the script in the sum file of ``folder``, if it is there.

    ``promise`` are lines that the head gets before the proof.  The digest of ``found`` is filled in.

    :raises MigrationError: the file was changed meanwhile, or another file is not as the sum file says
    """
    recorded = script.path.resolve().parent == folder.resolve() and has_sum(folder)
    if recorded:
        require_intact(folder, but=script.path.name)
    content = script.path.read_bytes()
    text = content.decode("utf-8-sig")
    if parse_script(with_lf(content).decode("utf-8-sig"), script.path.name) != script.script:
        raise MigrationError(
            f"{script.path.name} was changed while it was being proven",
            hint="give the command again",
        )
    lines = text.split("\n")
    count = len(script.script.head.lines)
    ending = "\r" if lines[0].endswith("\r") else ""
    head = ScriptHead(lines=_promised(script.script.head.lines, promise))
    digest = proof_digest(replace(script.script, head=head))
    head = with_proof(head, replace(found, digest=digest))
    written = [f"// {key}: {value}".rstrip() + ending for key, value in head.lines]
    gap = [] if count else [ending]
    new = "\n".join([*written, *gap, *lines[count:]])
    mark = codecs.BOM_UTF8.decode() if content.startswith(codecs.BOM_UTF8) else ""
    if (mark + new).encode() != content:
        write_atomic(script.path, mark + new)
    if recorded:
        write_sum(folder)
    values = [(key, value) for key, value in head.lines if value != "none"]
    return WrittenHead(
        digest=digest,
        hazards=tuple(value for key, value in values if key == HAZARDS),
        down_hazards=tuple(value for key, value in values if key == DOWN_HAZARDS),
    )


def _promised(
    lines: tuple[tuple[str, str], ...], promise: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    """The lines with the promise below ``from-digest``, in place of an older ``to``."""
    if not promise:
        return lines
    kept = [line for line in lines if line[0] not in {key for key, _ in promise}]
    place = next((at for at, (key, _) in enumerate(kept, 1) if key == "from-digest"), len(kept))
    return (*kept[:place], *promise, *kept[place:])
