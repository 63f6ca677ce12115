"""What ``generate`` refuses: the list of ``docs/limits.md``, each with the words that it is told by."""

from __future__ import annotations

import re

from kuzuvcs.errors import CastRefused, UnsupportedChange

REFUSALS = {
    "values that cannot be cast": r"values? of .* are no ",
    "a cast that the engine does not have": r"the engine has no cast from",
    "a cast that ends the engine's process": r"the engine ends its process (over this cast|when it casts)",
    "an expression that fails": r"the expression for .* fails",
    "a key that is not unique": r"cannot be the key",
    "a key without values": r"cannot make .* the key",
    "a multiplicity that the edges do not have": r"cannot be (MANY_ONE|ONE_MANY|ONE_ONE)\n",
    "a SERIAL over large numbers": r"cannot become SERIAL",
    "a sequence in use": r"takes its default from it",
    "a rel table without connections": r"it connects nothing",
    "a rel table that is stored backwards": r"stored backwards|storage_direction",
}


def refusal(error: UnsupportedChange | CastRefused) -> str:
    """The name of a refusal.

    :raises AssertionError: it is none of the list
    """
    text = f"{error.message}\n{error.cause}"
    found = [name for name, words in REFUSALS.items() if re.search(words, text, re.DOTALL)]
    assert found, f"not on the list of refusals: {error}"
    return found[0]
