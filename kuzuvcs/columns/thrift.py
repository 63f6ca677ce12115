"""As much of Thrift's compact protocol as it takes to look at Parquet's headers before a reader does."""

from __future__ import annotations

_DEEPEST = 16
"""Structs and lists inside each other; Parquet's own headers have six."""
_TRUE, _FALSE, _I8, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)

Value = int | bytes | list["Value"] | dict[int, "Value"]
"""What a field holds: a truth value is 0 or 1, a DOUBLE its bytes, a map its keys and values in turn."""


class Malformed(ValueError):
    """The bytes are no Thrift, end too early, or lack a field."""


class Struct:
    """A struct's fields by number, read strictly.  Every method raises :class:`Malformed`."""

    def __init__(self, fields: dict[int, Value]) -> None:
        self._fields = fields

    def has(self, number: int) -> bool:
        """Whether it has the field."""
        return number in self._fields

    def integer(self, number: int, default: int | None = None) -> int:
        """A whole number."""
        value = self._fields.get(number, default)
        if not isinstance(value, int):
            raise Malformed(f"field {number} is no number")
        return value

    def text(self, number: int) -> bytes:
        """The bytes of a text."""
        value = self._fields.get(number)
        if not isinstance(value, bytes):
            raise Malformed(f"field {number} is no text")
        return value

    def items(self, number: int) -> list[Value]:
        """The elements of a list."""
        value = self._fields.get(number)
        if not isinstance(value, list):
            raise Malformed(f"field {number} is no list")
        return value

    def struct(self, number: int) -> Struct:
        """A struct inside."""
        return struct_of(self._fields.get(number))

    def structs(self, number: int) -> list[Struct]:
        """The elements of a list of structs."""
        return [struct_of(item) for item in self.items(number)]


def struct_of(value: Value | None) -> Struct:
    """A value that is a struct."""
    if not isinstance(value, dict):
        raise Malformed("a field is no struct")
    return Struct(value)


def read_struct(data: bytes) -> tuple[Struct, int]:
    """The struct that the bytes begin with, and how many bytes it has.  Raises :class:`Malformed`."""
    cursor = _Cursor(data)
    found = cursor.fields(0)
    return Struct(found), cursor.at


class _Cursor:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def fields(self, depth: int) -> dict[int, Value]:
        found: dict[int, Value] = {}
        number = 0
        while header := self._byte():
            step, kind = header >> 4, header & 0x0F
            number = number + step if step else self._integer()
            found[number] = int(kind == _TRUE) if kind in (_TRUE, _FALSE) else self._value(kind, depth + 1)
        return found

    def _value(self, kind: int, depth: int) -> Value:
        if depth > _DEEPEST:
            raise Malformed("it is nested too deep")
        if kind in (_I16, _I32, _I64):
            return self._integer()
        if kind == _BINARY:
            return self._bytes(self._unsigned())
        if kind in (_TRUE, _FALSE, _I8):  # in a list, a truth value has a byte of its own
            return self._byte()
        if kind == _DOUBLE:
            return self._bytes(8)
        if kind == _STRUCT:
            return self.fields(depth)
        if kind in (_LIST, _SET, _MAP):
            return self._items(kind, depth)
        raise Malformed(f"{kind} is no type of Thrift")

    def _items(self, kind: int, depth: int) -> list[Value]:
        if kind == _MAP:
            size = self._unsigned()
            kinds = self._byte() if size else 0
            pair = (kinds >> 4, kinds & 0x0F)
            return [self._value(one, depth + 1) for _ in range(size) for one in pair]
        header = self._byte()
        size = header >> 4
        size = self._unsigned() if size == 15 else size
        return [self._value(header & 0x0F, depth + 1) for _ in range(size)]

    def _integer(self) -> int:
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)

    def _unsigned(self) -> int:
        value = 0
        for shift in range(0, 70, 7):
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise Malformed("a number does not end")

    def _bytes(self, count: int) -> bytes:
        self.at += count
        if self.at > len(self._data):
            raise Malformed("it ends too early")
        return self._data[self.at - count : self.at]

    def _byte(self) -> int:
        return self._bytes(1)[0]
