"""A migration script as a value: what its head says, and its statements up and down."""

from __future__ import annotations

from dataclasses import dataclass

from kuzuvcs.core.planning.before import Capture
from kuzuvcs.core.scripts.capture_json import capture_to_json
from kuzuvcs.core.scripts.kept_rows import KeptRows, kept_rows_to_json

UP = "-- UP"
DOWN = "-- DOWN"
"""A line that is exactly this, outside a statement, begins a section."""

MERGES, BASE_DIGEST = "merges", "base-digest"
"""Keys of a merge script's head: a line for each branch with the ids of its scripts, and where they start."""

ALLOW = "allow"
DIRECTIVES = (ALLOW, "require", "ensure", "only")
"""The words of directives: ``allow`` is for ``kuzuvcs lint``, the others for running scripts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptHead:
    """The lines ``// key: value`` that a script begins with, in their order; no value has a line break.

    The keys of a generated script: ``id``, ``description``, ``from``, ``to``, ``from-digest``,
    ``to-digest``, ``proof``, ``proof-digest``, ``hazards``, ``down-hazards``, ``before``, ``rows``,
    ``engine``, ``kuzuvcs``.
    """

    lines: tuple[tuple[str, str], ...]

    def value(self, key: str) -> str:
        """The first value of a key; empty where there is none."""
        return next((value for name, value in self.lines if name == key), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Directive:
    """A comment line ``// kuzuvcs:word arguments``: ``allow KV101``; it is about the statement below it."""

    word: str
    arguments: str
    line: int

    def codes(self) -> tuple[str, ...]:
        """The arguments, separated by spaces or commas."""
        return tuple(self.arguments.replace(",", " ").split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement without its semicolon, and the line of the file on which it begins (from 1).

    Between it and the statement before stand its ``directives``, and what is ``declared`` of it: code and
    text of each line ``// hazard: KV103 drops 3 values of User.email``.
    """

    text: str
    line: int
    directives: tuple[Directive, ...] = ()
    declared: tuple[tuple[str, str], ...] = ()

    @property
    def allowed_codes(self) -> frozenset[str]:
        """The codes of hazards that the directives above it allow."""
        return frozenset(code.upper() for one in self.directives if one.word == ALLOW for code in one.codes())


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A script that was read.

    ``directives`` are those above the line ``-- UP``: they are about the script as a whole; ``up_end`` and
    ``down_end`` those below the last statement of a section.  ``hidden_down`` is the line of a ``-- DOWN``
    inside a comment, in a script that has no such section; 0 where there is none.
    """

    head: ScriptHead
    up: tuple[Statement, ...]
    down: tuple[Statement, ...]
    directives: tuple[Directive, ...] = ()
    up_end: tuple[Directive, ...] = ()
    down_end: tuple[Directive, ...] = ()
    hidden_down: int = 0


def script_head(
    *,
    id: str,
    description: str,
    source: str,
    target: str,
    source_digest: str,
    target_digest: str,
    proof: str,
    hazards: tuple[str, ...],
    before: tuple[Capture, ...],
    rows: tuple[KeptRows, ...],
    engine: str,
    release: str,
    left_out: tuple[str, ...] = (),
    down_hazards: tuple[str, ...] = (),
) -> ScriptHead:
    """The head of a generated script; ``hazards`` of UP and of DOWN become a line each, or one ``none``.

    What DOWN reads back becomes a line ``before`` each: what has to be captured before UP, as JSON.
    What UP may not change the number of becomes a line ``rows`` each, and what the engine does not hold of
    the old schema a line ``left-out``.
    """
    return ScriptHead(
        lines=(
            ("id", one_line(id)),
            ("description", one_line(description)),
            ("from", one_line(source)),
            ("to", one_line(target)),
            ("from-digest", source_digest),
            ("to-digest", target_digest),
            ("proof", one_line(proof)),
            *(("hazards", one_line(hazard)) for hazard in hazards or ("none",)),
            *(("down-hazards", one_line(hazard)) for hazard in down_hazards or ("none",)),
            *(("before", capture_to_json(one)) for one in before),
            *(("rows", kept_rows_to_json(one)) for one in rows),
            *(("left-out", one_line(one)) for one in left_out),
            ("engine", one_line(engine)),
            ("kuzuvcs", one_line(release)),
        )
    )


def one_line(text: str) -> str:
    """The text with its white space evened out and no character that could break a line."""
    return " ".join("".join(c if c.isprintable() or c.isspace() else ascii(c)[1:-1] for c in text).split())
