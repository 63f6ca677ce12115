"""What a script's proof covers: a digest of everything in the script that decides what a run does.

Comments, white space between words, ``kuzuvcs:allow`` and the lines of the head that only inform are not
covered, so that a reader may add them without proving the script again.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from kuzuvcs.core.scripts.cypher_text import pieces
from kuzuvcs.core.scripts.script import ALLOW, MERGES, Directive, Script, ScriptHead, Statement, one_line

PROOF = "proof"
PROOF_DIGEST = "proof-digest"
HAZARDS, DOWN_HAZARDS = "hazards", "down-hazards"

PROVED_KEYS = (PROOF, PROOF_DIGEST, HAZARDS, DOWN_HAZARDS, "engine", "kuzuvcs")
"""The lines of a head that ``kuzuvcs prove`` writes; no run depends on them."""

_COVERED = ("from-digest", "to-digest", "before", "rows", "left-out")
"""The lines of a head on which a run depends."""

_SPACE = " \t\r\n"
_HEAD_LINE = re.compile(rb"// ([a-z][a-z-]*):(?: .*)?\r?\n?")

ProofState = Literal["proved", "edited", "no_digest", "unproved"]
"""Whether a script is what was proven: ``edited`` since, proven with ``no_digest`` of it, or never proven."""


def proof_digest(script: Script) -> str:
    """The sha256 of the normalised statements, of their directives, and of the head's covered lines."""
    covered = {
        "head": [[key, value] for key, value in script.head.lines if key in _COVERED],
        "script": _directives(script.directives),
        "up": _section(script.up, script.up_end),
        "down": _section(script.down, script.down_end),
    }
    return hashlib.sha256(json.dumps(covered).encode()).hexdigest()


def proof_state(script: Script) -> ProofState:
    """What the head says of the proof, compared with the script as it is.

    A merge script has no statements that could be edited.
    """
    if script.head.value(MERGES) and not (script.up or script.down):
        return "proved"
    recorded = script.head.value(PROOF_DIGEST)
    if recorded:
        return "proved" if recorded == proof_digest(script) else "edited"
    return "no_digest" if script.head.value(PROOF) else "unproved"


def checksum_of(content: bytes) -> str:
    """The sha256 of a script's bytes without the lines that a new proof rewrites: what the history records.

    So a script that was proven again after it ran is the script that ran.
    """
    lines = re.findall(rb"[^\n]*\n|[^\n]+", content)
    end = next((at for at, line in enumerate(lines) if not _is_head(line, first=at == 0)), len(lines))
    kept = [line for line in lines[:end] if _key(line) not in PROVED_KEYS]
    return hashlib.sha256(b"".join([*kept, *lines[end:]])).hexdigest()


def normalised(text: str) -> str:
    """A statement with comments and runs of white space replaced by one space; strings and names stay."""
    done: list[str] = []
    gap = False
    for piece in pieces(text):
        if piece.kind == "comment" or (piece.kind == "code" and piece.text in _SPACE):
            gap = True
            continue
        if gap and done:
            done.append(" ")
        gap = False
        done.append(text[piece.start :] if piece.kind == "open" else piece.text)
    return "".join(done)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProof:
    """What a new proof writes into a head: its words, its digest, the hazards of both sections, by whom."""

    proof: str
    digest: str
    hazards: Sequence[str]
    down_hazards: Sequence[str]
    engine: str
    release: str


def with_proof(head: ScriptHead, found: NewProof) -> ScriptHead:
    """The head with the lines of a new proof in place of the old ones; all other lines stay, in order."""
    new = (
        (PROOF, one_line(found.proof)),
        (PROOF_DIGEST, found.digest),
        *((HAZARDS, one_line(one)) for one in found.hazards or ("none",)),
        *((DOWN_HAZARDS, one_line(one)) for one in found.down_hazards or ("none",)),
    )
    last = (("engine", one_line(found.engine)), ("kuzuvcs", one_line(found.release)))
    kept = [line for line in head.lines if line[0] not in PROVED_KEYS]
    old = [key for key, _ in head.lines]
    place = next((at for at, key in enumerate(old) if key in PROVED_KEYS[:4]), None)
    if place is None:
        place = max((at for at, (key, _) in enumerate(kept, 1) if key.endswith("-digest")), default=len(kept))
    else:
        place = sum(key not in PROVED_KEYS for key in old[:place])
    return ScriptHead(lines=(*kept[:place], *new, *kept[place:], *last))


def _section(statements: Iterable[Statement], end: Iterable[Directive]) -> list[object]:
    return [
        *([normalised(one.text), _directives(one.directives)] for one in statements),
        _directives(end),
    ]


def _directives(directives: Iterable[Directive]) -> list[list[str]]:
    return [[one.word, one.arguments.strip()] for one in directives if one.word != ALLOW]


def _is_head(line: bytes, *, first: bool) -> bool:
    return _HEAD_LINE.fullmatch(line.removeprefix(codecs.BOM_UTF8) if first else line) is not None


def _key(line: bytes) -> str:
    found = _HEAD_LINE.fullmatch(line)
    return found[1].decode() if found else ""
