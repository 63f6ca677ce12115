"""Read JSON that a stranger may have written: every surprise is a ``ManifestError`` that says where.

And write it canonically: keys sorted, indented, letters of every script legible, characters that
cannot be seen escaped, a newline at the end.  One value, one text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from kuzuvcs.core.names import name_fault
from kuzuvcs.core.types import format_type, parse_type
from kuzuvcs.errors import ManifestError, SchemaError

_Choice = TypeVar("_Choice", bound=str)

FORMAT = 1
"""The newest format of manifest, schema and positions that is read; the one that is written."""

MAX_INTEGER = 2**127
"""Bound of the numbers in a manifest; JSON has none, and Python stops at 4,300 digits on its own."""

MAX_DEPTH = 200
"""Levels of nesting that are read: Python's writer of indented JSON recurses."""

_INVISIBLE = re.compile(
    "[\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)


def dump_json(value: object) -> str:
    """The canonical text of a value made of dicts, lists, strings, integers, booleans and None."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, indent=2, allow_nan=False)
    return _INVISIBLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n"


def compact_json(value: object) -> str:
    """The canonical one-line text of a value: the form of a :class:`~kuzuvcs.core.schema.Constant`."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def load_json(text: str, what: str) -> Node:
    """The document's root; ``ManifestError`` for damage, twice the same key, or a newer format."""
    root = load_object(text, what)
    _check_format(root.value.get("format"), what)
    return root


def load_object(text: str, what: str) -> Node:
    """An object that says no format; ``ManifestError`` for damage, or twice the same key."""
    root = _parse(text, what)
    try:
        _check_depth(root.value)
        compact_json(root.value).encode()  # an escape can name half a character, 1e999 is no number
    except (ValueError, RecursionError) as error:
        raise ManifestError(f"cannot read {what}", cause=str(error)) from error
    return root


def load_outline(text: str, what: str) -> Node:
    """The root of a document of which only a few fields are read; what is not read is not checked.

    It takes a fifth of the time of :func:`load_json`.
    """
    root = _parse(text, what)
    _check_format(root.value.get("format"), what)
    return root


def _parse(text: str, what: str) -> Node:
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ManifestError(f"cannot read {what}", cause=str(error)) from error
    root = Node(value=value, where=what)
    if not isinstance(value, dict):
        root.fault("it is no JSON object")
    return root


def _check_depth(value: object) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _inside(outer)]
    if level:
        raise ValueError(f"it is nested more than {MAX_DEPTH} levels deep")


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _check_format(found: object, what: str) -> None:
    if type(found) is not int or found < 1:
        raise ManifestError(f"cannot read {what}", cause="it says no format that kuzuvcs ever wrote")
    if found > FORMAT:
        raise ManifestError(
            f"cannot read {what}",
            cause=f"it is of format {found}; this kuzuvcs reads up to format {FORMAT}",
            hint="install a newer kuzuvcs",
        )


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A JSON value and the place where it stands, read strictly."""

    value: Any
    where: str

    def fault(self, why: str) -> NoReturn:
        """Refuse the document because of this value."""
        raise ManifestError(f"cannot read {self.where}", cause=why)

    def fields(self, *names: str) -> tuple[Node, ...]:
        """The values of exactly these keys, in the order asked for."""
        if not isinstance(self.value, dict):
            self.fault("an object is expected")
        for name in names:
            if name not in self.value:
                self.fault(f"{name!r} is missing")
        for name in self.value:
            if name not in names:
                self.fault(f"{name!r} is unknown")
        return tuple(self._child(name) for name in names)

    def field(self, name: str) -> Node:
        """The value of one key, whatever the others are."""
        if not self.has(name):
            self.fault(f"{name!r} is missing")
        return self._child(name)

    def has(self, name: str) -> bool:
        """Whether it is an object with this key."""
        return isinstance(self.value, dict) and name in self.value

    def named(self) -> Iterator[tuple[str, Node]]:
        """The entries of an object whose keys are names of the engine's things."""
        if not isinstance(self.value, dict):
            self.fault("an object is expected")
        for name in self.value:
            child = self._child(name)
            child._check_name(name)
            yield name, child

    def items(self) -> tuple[Node, ...]:
        """The elements of an array."""
        if not isinstance(self.value, list):
            self.fault("an array is expected")
        return tuple(Node(value=item, where=f"{self.where}[{at}]") for at, item in enumerate(self.value))

    def texts(self) -> tuple[str, ...]:
        """The elements of an array of strings."""
        return tuple(item.text() for item in self.items())

    def names(self) -> tuple[str, ...]:
        """The elements of an array of names."""
        return tuple(item.name() for item in self.items())

    def text(self) -> str:
        """A string, of characters that can be stored."""
        if not isinstance(self.value, str):
            self.fault("a string is expected")
        try:
            self.value.encode()
        except UnicodeEncodeError:
            self.fault("half of a character is no text")
        return self.value

    def name(self) -> str:
        """A string that can be the name of a table, column, sequence, macro or index."""
        text = self.text()
        self._check_name(text)
        return text

    def type_text(self) -> str:
        """The canonical text of a type."""
        text = self.text()
        try:
            canonical = format_type(parse_type(text))
        except SchemaError as error:
            raise ManifestError(f"cannot read {self.where}", cause=str(error)) from error
        if canonical != text:
            self.fault(f"the type {text!r} is written {canonical!r}")
        return text

    def integer(self, minimum: int = -MAX_INTEGER, maximum: int = MAX_INTEGER) -> int:
        """A whole number between two others."""
        if type(self.value) is not int or not minimum <= self.value <= maximum:
            above = "" if maximum == MAX_INTEGER else f" and at most {maximum}"
            self.fault(f"a whole number of at least {minimum}{above} is expected")
        return self.value

    def flag(self) -> bool:
        """True or false."""
        if not isinstance(self.value, bool):
            self.fault("true or false is expected")
        return self.value

    def one_of(self, choices: tuple[_Choice, ...]) -> _Choice:
        """One of a few known strings."""
        known = {str(choice): choice for choice in choices}
        if not isinstance(self.value, str) or self.value not in known:
            self.fault(f"one of {', '.join(choices)} is expected")
        return known[self.value]

    def hexadecimal(self, digits: int) -> str:
        """A digest: that many lower-case hexadecimal digits."""
        text = self.text()
        if not re.fullmatch(f"[0-9a-f]{{{digits}}}", text):
            self.fault(f"{digits} hexadecimal digits are expected")
        return text

    def is_null(self) -> bool:
        """Whether the value is null."""
        return self.value is None

    def _child(self, name: str) -> Node:
        return Node(value=self.value[name], where=f"{self.where}: {name}")

    def _check_name(self, text: str) -> None:
        fault = name_fault(text)
        if fault:
            self.fault(fault)
