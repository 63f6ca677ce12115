"""How a column of each type is asked for, and how the answer becomes its canonical Arrow form.

``get_as_arrow`` is right for plain scalars and for LIST, ARRAY and MAP of them.  It is wrong for
STRUCT and UNION with NULLs (values shift, the process may abort), for INTERVAL (months become
days) and for INT128 inside other types (ENGINE.md).  Those are *shredded*: the query returns only
scalars and lists of scalars, the leaves of the type, each with the NULL flags of what it stands in,
and Arrow puts them together again.

Not every value can be asked for: a field is found without regard to case, so of STRUCT(a …, A …)
only the first can be had (refused by name), and a NULL key in a MAP ends the process in Arrow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

import pyarrow as pa
import pyarrow.compute as pc

from kuzuvcs.columns.arrow import arrow_type
from kuzuvcs.columns.bulk import bulk_array, interval_array
from kuzuvcs.columns.nesting import Array, as_list, list_children, list_of, map_children, map_of
from kuzuvcs.core.quoting import string_literal
from kuzuvcs.core.schema import fold
from kuzuvcs.core.types import (
    ArrayType,
    Decimal,
    ListType,
    MapType,
    Scalar,
    StructType,
    Type,
    UnionType,
    format_type,
)
from kuzuvcs.errors import EngineError

_AS_TEXT = frozenset({"INTERVAL", "INT128", "JSON"})
"""Scalars that only CAST AS STRING gives whole (JSON: on ladybug)."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A Cypher expression and the type to cast it to, or ``None``.

    The cast stands outside every lambda: inside ``list_transform`` it gives wrong values beside NULLs,
    or ends the process.
    """

    expression: str
    cast: str | None = None

    def __str__(self) -> str:
        if not self.cast:
            return self.expression
        # In a string, field names stand as the engine prints them, which not every statement can hold.
        named = "STRUCT(" in self.cast or "UNION(" in self.cast
        return f"CAST({self.expression}{f', {string_literal(self.cast)}' if named else f' AS {self.cast}'})"


@dataclass(frozen=True, slots=True)
class Reading:
    """The leaves that fetch one value, and the function that makes the canonical array of them."""

    leaves: tuple[Leaf, ...]
    assemble: Callable[[Sequence[Array]], Array]

    @property
    def expressions(self) -> tuple[str, ...]:
        """The leaves as Cypher."""
        return tuple(map(str, self.leaves))


def reading(type: Type, expression: str) -> Reading:
    """How to read ``expression``, a Cypher expression of ``type``.

    :raises EngineError: the engine cannot give every part of such a value
    """
    return _reading_lists(type, expression, depth=0)


def is_bulk(type: Type) -> bool:
    """Whether the engine's bulk path gives this type right as it is (but for DECIMAL's lost sign)."""
    match type:
        case Scalar(name=name):
            return name not in _AS_TEXT
        case Decimal():
            return True
        case ListType(element=element):
            return is_bulk(element)
        case MapType(key=key, value=value):
            return is_bulk(key) and is_bulk(value)
        case ArrayType() | StructType() | UnionType():
            return False
        case _:
            assert_never(type)


def _reading(type: Type, expression: str, depth: int) -> Reading:
    if is_bulk(type):
        return Reading((Leaf(expression),), lambda arrays: bulk_array(arrays[0], type))
    fetched = _fetched(type)
    if is_bulk(fetched):
        return Reading(
            (Leaf(expression, format_type(fetched)),), lambda arrays: _from_fetched(arrays[0], type)
        )
    innermost, levels = _peeled(type)
    if isinstance(innermost, MapType):
        if depth:
            # list_transform over map_keys(x), x itself of a list_transform, loses elements.
            raise EngineError(
                f"values of {format_type(type)} inside a LIST or MAP of STRUCTs or UNIONs cannot be read",
                cause="the engine loses elements where its lambdas would have to take such a MAP apart",
                hint="keep the MAP in a column of its own, or in lists",
            )
        return _maps(innermost, levels, expression)
    match type:
        case ListType(element=element):
            return _list(element, expression, depth)
        case StructType(fields=fields):
            return _struct(type, fields, expression, depth)
        case UnionType(members=members):
            return _union(type, members, expression, depth)
        case Scalar() | Decimal() | ArrayType() | MapType():
            raise AssertionError(f"{format_type(type)} is bulk, or is once cast")
        case _:
            assert_never(type)


def _reading_lists(type: Type, expression: str, depth: int) -> Reading:
    lists = _without_arrays(type)
    if lists == type:
        return _reading(type, expression, depth)
    if depth:
        raise EngineError(
            f"values of {format_type(type)} inside a LIST or MAP of UNIONs cannot be read",
            cause="ARRAYs have to be cast, and a cast inside list_transform ends the engine's process",
            hint="make it a LIST instead of an ARRAY",
        )
    return _reading(lists, f"CAST({expression}, {string_literal(format_type(lists))})", depth)


def _without_arrays(type: Type) -> Type:
    """``type`` with LIST for every ARRAY: their canonical form is one.

    Below its NULLs an ARRAY has no elements, where Arrow needs them: strings come out of bounds, lists
    end the process.  And ``list_transform`` takes none.
    """
    match type:
        case Scalar() | Decimal() | UnionType():
            # The cast from one UNION to another makes a member of NULL; its members are cast by themselves.
            return type
        case ListType(element=element) | ArrayType(element=element):
            return ListType(element=_without_arrays(element))
        case MapType(key=key, value=value):
            return MapType(key=_without_arrays(key), value=_without_arrays(value))
        case StructType(fields=fields):
            return StructType(fields=tuple((name, _without_arrays(field)) for name, field in fields))
        case _:
            assert_never(type)


def _fetched(type: Type) -> Type:
    """``type`` with STRING where only text is whole."""
    match type:
        case Scalar(name=name):
            return Scalar(name="STRING") if name in _AS_TEXT else type
        case ListType(element=element):
            return ListType(element=_fetched(element))
        case MapType(key=key, value=value):
            return MapType(key=_fetched(key), value=_fetched(value))
        case Decimal() | ArrayType() | StructType() | UnionType():
            return type
        case _:
            assert_never(type)


def _from_fetched(array: Array, type: Type) -> Array:
    """What was fetched as :func:`_fetched` of ``type``, in the canonical form of ``type``."""
    match type:
        case Scalar(name="INTERVAL"):
            return interval_array(array)
        case ListType(element=element):
            return list_of(_from_fetched(list_children(array), element), array)
        case MapType(key=key, value=value):
            keys, items = map_children(array)
            return map_of(_from_fetched(keys, key), _from_fetched(items, value), array, arrow_type(type))
        case _:
            return bulk_array(array, _fetched(type))


def _list(element: Type, expression: str, depth: int) -> Reading:
    variable = f"x{depth}"
    inner = _reading(element, variable, depth + 1)
    leaves = tuple(
        Leaf(f"list_transform({expression}, {variable} -> {leaf.expression})", leaf.cast and f"{leaf.cast}[]")
        for leaf in inner.leaves
    )

    def assemble(lists: Sequence[Array]) -> Array:
        _same_lengths(lists)
        return list_of(inner.assemble([list_children(one) for one in lists]), lists[0])

    return Reading(leaves, assemble)


def _struct(type: Type, fields: tuple[tuple[str, Type], ...], expression: str, depth: int) -> Reading:
    _distinct(type, fields)
    readings = [
        _reading(field, f"struct_extract({expression}, {string_literal(name)})", depth)
        for name, field in fields
    ]
    target = arrow_type(type)

    def assemble(arrays: Sequence[Array]) -> Array:
        children = [part.assemble(list(own)) for part, own in _split(readings, arrays[1:])]
        return _masked_struct(children, target, pc.fill_null(arrays[0], True))

    leaves = tuple(leaf for part in readings for leaf in part.leaves)
    return Reading((Leaf(f"({expression} IS NULL)"), *leaves), assemble)


def _union(type: Type, members: tuple[tuple[str, Type], ...], expression: str, depth: int) -> Reading:
    _distinct(type, members)
    readings = [
        _reading_lists(member, f"union_extract({expression}, {string_literal(name)})", depth)
        for name, member in members
    ]
    target = arrow_type(type)

    def assemble(arrays: Sequence[Array]) -> Array:
        tags = arrays[0]
        children = [tags]
        for (name, member), (part, own) in zip(members, _split(readings, arrays[1:]), strict=True):
            # union_extract of a member that is not the active one gives a zero, not NULL.
            active = pc.fill_null(pc.equal(tags, name), False)
            values = part.assemble(list(own))
            children.append(pc.if_else(active, values, pa.scalar(None, arrow_type(member))))
        return _masked_struct(children, target, pc.is_null(tags))

    leaves = tuple(leaf for part in readings for leaf in part.leaves)
    return Reading((Leaf(f"union_tag({expression})"), *leaves), assemble)


def _maps(type: MapType, levels: int, expression: str) -> Reading:
    """MAPs, or lists of lists of … (``levels``) MAPs."""
    keys = _reading(_lists(ListType(element=type.key), levels), _each(levels, "map_keys", expression), 0)
    values = _reading(
        _lists(ListType(element=type.value), levels), _each(levels, "map_values", expression), 0
    )
    # map_values loses which values are NULL (a zero stands there); as text they are told apart.
    text = MapType(key=_fetched(type.key), value=Scalar(name="STRING"))
    nulls = Leaf(expression, format_type(_lists(text, levels)))

    def assemble(arrays: Sequence[Array]) -> Array:
        split = 1 + len(keys.leaves)
        return _joined(
            type, levels, arrays[0], keys.assemble(arrays[1:split]), values.assemble(arrays[split:])
        )

    return Reading((nulls, *keys.leaves, *values.leaves), assemble)


def _joined(type: MapType, levels: int, maps: Array, keys: Array, values: Array) -> Array:
    """Canonical MAPs, in lists, of their text form, their lists of keys and their lists of values."""
    _same_lengths([maps, keys, values])
    inner = [list_children(one) for one in (maps, keys, values)]
    if levels:
        return list_of(_joined(type, levels - 1, *inner), maps)
    _, texts = inner[0].flatten()
    present = pc.if_else(pc.is_valid(texts), inner[2], pa.scalar(None, arrow_type(type.value)))
    return map_of(inner[1], present, maps, arrow_type(type))


def _lists(type: Type, levels: int) -> Type:
    return ListType(element=_lists(type, levels - 1)) if levels else type


def _each(levels: int, function: str, expression: str, depth: int = 0) -> str:
    if not levels:
        return f"{function}({expression})"
    variable = f"x{depth}"
    inner = _each(levels - 1, function, variable, depth + 1)
    return f"list_transform({expression}, {variable} -> {inner})"


def _peeled(type: Type) -> tuple[Type, int]:
    """What the lists of lists of … hold, and how many lists that are."""
    levels = 0
    while isinstance(type, ListType):
        type, levels = type.element, levels + 1
    return type, levels


def _distinct(type: Type, entries: tuple[tuple[str, Type], ...]) -> None:
    if len({fold(name) for name, _ in entries}) < len(entries):
        raise EngineError(
            f"values of {format_type(type)} cannot be read",
            cause="two of its names differ by case only, and the engine always gives the first",
            hint="rename the field",
        )


def _split(readings: Sequence[Reading], arrays: Sequence[Array]) -> Iterator[tuple[Reading, Sequence[Array]]]:
    start = 0
    for part in readings:
        stop = start + len(part.leaves)
        yield part, arrays[start:stop]
        start = stop


def _masked_struct(children: Sequence[Array], target: pa.DataType, nulls: Array) -> Array:
    fields = [target.field(index) for index in range(target.num_fields)]
    children = [
        child.cast(field.type) if child.type != field.type else child
        for child, field in zip(children, fields, strict=True)
    ]
    return pa.StructArray.from_arrays(list(children), fields=fields, mask=nulls)


def _same_lengths(lists: Sequence[Array]) -> None:
    first = pc.list_value_length(as_list(lists[0]))
    for other in lists[1:]:
        if not first.equals(pc.list_value_length(as_list(other))):
            raise _disagreement()


def _disagreement() -> EngineError:
    return EngineError(
        "the engine gave parts of one nested value that do not fit together",
        cause="lists of its leaves differ in length",
        hint="nothing was written; please report the column's type",
    )
