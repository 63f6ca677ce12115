"""What can be a name in the engine.

Backticks quote a name and nothing escapes one inside, so a name with a backtick cannot be written
in any statement; the engine refuses an empty name and NUL itself.
"""

from __future__ import annotations

from kuzuvcs.errors import SchemaError


def name_fault(name: str) -> str:
    """Why the text cannot be a name; empty when it can."""
    if not name:
        return "a name cannot be empty"
    if "`" in name:
        return f"the name {name!r} has a backtick, which no statement can quote"
    if "\0" in name:
        return f"the name {name!r} has a NUL character"
    if not name.isascii() and any("\ud800" <= character <= "\udfff" for character in name):
        return f"the name {name!r} has half of a character"
    return ""


def check_name(name: str) -> str:
    """The name itself; ``SchemaError`` when no statement could hold it."""
    fault = name_fault(name)
    if fault:
        raise SchemaError("a name cannot be used", cause=fault)
    return name
