"""Parameters ``$name`` in scripts: nothing binds them, and the engine takes them for NULL without a word."""

from __future__ import annotations

from collections.abc import Iterator

from kuzuvcs.core.planning.hazards import Hazard
from kuzuvcs.core.scripts.cypher_tokens import at, tokens


def unbound(text: str) -> tuple[str, ...]:
    """The names of a statement's parameters, each once; ``${name}`` is a placeholder and none of them."""
    words = tokens(text)
    names = (
        at(words, index + 1).identifier
        for index, word in enumerate(words)
        if word.is_symbol("$") and at(words, index + 1).kind in ("word", "name", "number")
    )
    return tuple(dict.fromkeys(names))


def unbound_hazards(text: str) -> Iterator[Hazard]:
    """A hazard for each."""
    for name in unbound(text):
        yield Hazard(name="unbound_parameter", text=unbound_text(name))


def unbound_text(name: str) -> str:
    """What is wrong with it, and what to write."""
    return f"nothing binds ${name}, which the engine takes for NULL: a placeholder is written ${{{name}}}"
