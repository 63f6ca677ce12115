"""Placeholders ``${name}`` in the statements of a script: each becomes a literal, and nothing else.

``${before}``, in the strings of a DOWN, is the runner's own and stays.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from kuzuvcs.core.quoting import string_literal
from kuzuvcs.core.scripts.cypher_text import Piece, pieces
from kuzuvcs.core.scripts.script import Directive, Script, Statement
from kuzuvcs.errors import MigrationError, SchemaError, UsageError

Value = str | int | float | bool

_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")
_NAME = re.compile(r"[A-Za-z_]\w*")


def literal(value: Value) -> str:
    """The Cypher literal of a value.

    :raises UsageError: the engine has none: a NUL in a string, a number that is not finite
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        try:
            return string_literal(value)
        except SchemaError as error:
            raise UsageError("a placeholder's value cannot be written in Cypher", cause=str(error)) from error
    if not math.isfinite(value):
        raise UsageError("a placeholder's value cannot be written in Cypher", cause=f"{value} is no number")
    text = repr(value)
    return f"({text})" if text.startswith("-") else text


def parse_setting(text: str) -> tuple[str, Value]:
    """``name=text``, or ``name:=JSON`` for a number, true or false.

    :raises UsageError: it is neither
    """
    name, sign, value = text.partition("=")
    typed = name.endswith(":")
    name = name.removesuffix(":")
    if not sign or not _NAME.fullmatch(name) or name == "before":
        raise UsageError(
            f"cannot set {text!r}",
            cause="a placeholder is set as name=text, or name:=5 for a number, true or false",
            hint="a name is of letters, digits and underscores; before is kuzuvcs's own",
        )
    if not typed:
        return name, value
    try:
        found = json.loads(value)
    except ValueError:
        found = None
    if not isinstance(found, str | int | float | bool):
        raise UsageError(f"cannot set {text!r}", cause=f"{value} is no number, true, false or JSON string")
    return name, found


def filled(script: Script, values: Mapping[str, Value], name: str, section: str) -> Script:
    """The script with every placeholder of a section, ``UP`` or ``DOWN``, filled in, and of its conditions.

    :raises MigrationError: one has no value, or stands inside quotes, with ``name`` and line
    """
    fill = _Filling(values, name)
    if section == "DOWN":
        down = tuple(map(fill.statement, script.down))
        return replace(script, down=down, down_end=fill.directives(script.down_end))
    return replace(
        script,
        up=tuple(map(fill.statement, script.up)),
        directives=fill.directives(script.directives),
        up_end=fill.directives(script.up_end),
    )


class _Filling:
    def __init__(self, values: Mapping[str, Value], name: str) -> None:
        self._values = values
        self._name = name

    def statement(self, statement: Statement) -> Statement:
        return replace(
            statement,
            text=self._text(statement.text, statement.line),
            directives=self.directives(statement.directives),
        )

    def directives(self, directives: tuple[Directive, ...]) -> tuple[Directive, ...]:
        return tuple(replace(one, arguments=self._text(one.arguments, one.line)) for one in directives)

    def _text(self, text: str, line: int) -> str:
        """Code between quoted pieces is put together first: a placeholder is several characters of it."""
        return "".join(
            self._code(part, line + text.count("\n", 0, start)) if code else part
            for code, part, start in _parts(text, self, line)
        )

    def _code(self, text: str, line: int) -> str:
        def value(found: re.Match[str]) -> str:
            name = found[1]
            if name not in self._values:
                known = ", ".join(sorted(self._values)) or "none"
                raise MigrationError(
                    f"{self._name}: ${{{name}}} has no value",
                    cause=f"line {line + text.count(chr(10), 0, found.start())}; set are: {known}",
                    hint=f"--set {name}=VALUE, or [placeholders] in the project file",
                )
            return literal(self._values[name])

        return _PLACEHOLDER.sub(value, text)

    def quoted(self, piece: Piece, line: int) -> None:
        """A placeholder that has a value is not meant as text."""
        for name in _PLACEHOLDER.findall(piece.text):
            if name in self._values and piece.kind in ("string", "name"):
                raise MigrationError(
                    f"{self._name}: ${{{name}}} stands inside quotes",
                    cause=f"line {line}: it becomes a whole literal, and no part of one",
                    hint=f"write it without quotes; a text is put together as 'a' + ${{{name}}}",
                )


def _parts(text: str, filling: _Filling, line: int) -> Iterator[tuple[bool, str, int]]:
    """Runs of code, and what is quoted or a comment, in order, with their places."""
    start, code = 0, ""
    for piece in pieces(text):
        if piece.kind == "code":
            start = start if code else piece.start
            code += piece.text
            continue
        if code:
            yield True, code, start
            code = ""
        filling.quoted(piece, line + text.count("\n", 0, piece.start))
        yield False, piece.text, piece.start
    if code:
        yield True, code, start
