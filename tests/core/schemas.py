"""Generated schemas, hostile names included."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import TypeVar

from hypothesis import strategies as st

from kuzuvcs.core.names import name_fault
from kuzuvcs.core.schema import (
    INDEX_KINDS,
    MULTIPLICITIES,
    STORAGE_DIRECTIONS,
    Column,
    Connection,
    Constant,
    Default,
    Expression,
    Index,
    Macro,
    NodeTable,
    RelTable,
    Schema,
    Sequence,
    StorageDirection,
    fold,
)
from kuzuvcs.core.strict_json import compact_json
from kuzuvcs.core.types import (
    SCALARS,
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

_Item = TypeVar("_Item")

HOSTILE = (
    "a", "A", "b", "User", "user", "USER", "select", "MATCH", "a b", "a.b", "it's", 'say "x"', "a/b", "[x]",
    "{y}", "back\\slash", "-- UP", "// no", "/* x", "x;y", "${before}", "é", "e\u0301", "É", "日本",
    "\u202eabc",
    "tab\there", "new\nline", "n" * 200, "R_X_Y", "0", "$p", "%41", "\x7f", " lead", "trail ",
)  # fmt: skip

names = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=8).filter(lambda text: not name_fault(text)),
)
texts = st.text(st.characters(codec="utf-8"), max_size=12)


def _entries(inner: st.SearchStrategy[Type]) -> st.SearchStrategy[tuple[tuple[str, Type], ...]]:
    name = st.sampled_from(("a", "B", "`select`", "`é`", "`it's`", "`[x`", "`x\ny`"))
    return st.lists(st.tuples(name, inner), min_size=1, max_size=3).map(tuple)


types: st.SearchStrategy[Type] = st.recursive(
    st.one_of(
        st.sampled_from(sorted(SCALARS)).map(lambda name: Scalar(name=name)),
        st.integers(1, 38).flatmap(
            lambda precision: st.integers(0, precision).map(
                lambda scale: Decimal(precision=precision, scale=scale)
            )
        ),
    ),
    lambda inner: st.one_of(
        inner.map(lambda element: ListType(element=element)),
        st.builds(ArrayType, element=inner, size=st.integers(1, 9)),
        st.builds(MapType, key=inner, value=inner),
        _entries(inner).map(lambda entries: StructType(fields=entries)),
        _entries(inner).map(lambda entries: UnionType(members=entries)),
    ),
    max_leaves=5,
)


constants = st.recursive(
    st.none() | texts, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2)
)
defaults: st.SearchStrategy[Default | None] = st.one_of(
    st.none(),
    constants.map(lambda value: Constant(json=compact_json(value))),
    texts.map(lambda text: Expression(text=text)),
)
columns = st.builds(Column, name=names, type=types.map(format_type), default=defaults)
sequences = st.builds(
    Sequence,
    name=names,
    start=st.integers(-5, 5),
    increment=st.sampled_from((1, 2, -1)),
    minimum=st.integers(-9, -5),
    maximum=st.integers(5, 9),
    cycle=st.booleans(),
)
macros = st.builds(
    Macro,
    name=names,
    parameters=st.lists(st.tuples(names, st.none() | texts), max_size=2, unique_by=lambda p: fold(p[0])).map(
        tuple
    ),
    body=texts,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What schemas are made of; ``keys`` are columns that can be keys, and ``is_key`` tells their types.

    ``tables`` is the least number of them.
    """

    columns: st.SearchStrategy[Column]
    keys: st.SearchStrategy[Column]
    is_key: Callable[[str], bool]
    comments: st.SearchStrategy[str]
    directions: tuple[StorageDirection, ...]
    sequences: st.SearchStrategy[tuple[Sequence, ...]]
    macros: st.SearchStrategy[tuple[Macro, ...]]
    indexes: bool
    tables: int = 0


ANY = Parts(
    columns=columns,
    keys=columns,
    is_key=lambda _: True,
    comments=texts,
    directions=STORAGE_DIRECTIONS,
    sequences=st.lists(sequences, max_size=2, unique_by=lambda item: fold(item.name)).map(tuple),
    macros=st.lists(macros, max_size=2, unique_by=lambda item: fold(item.name)).map(tuple),
    indexes=True,
)
"""Whatever holds together, though no engine may take it."""


def distinct(items: st.SearchStrategy[Column], most: int = 4) -> st.SearchStrategy[tuple[Column, ...]]:
    return st.lists(items, max_size=most, unique_by=lambda column: fold(column.name)).map(tuple)


@st.composite
def schemas(draw: st.DrawFn, parts: Parts = ANY) -> Schema:
    """A schema that holds together."""
    table_names = draw(st.lists(names, min_size=parts.tables, max_size=5, unique_by=fold))
    cut = draw(st.integers(min(1, parts.tables), len(table_names)))
    nodes = tuple(draw(node_tables(name, parts)) for name in table_names[:cut])
    rels = tuple(draw(rel_tables(name, table_names[:cut], parts)) for name in table_names[cut:])
    return Schema(
        node_tables=nodes,
        rel_tables=rels,
        sequences=draw(parts.sequences),
        macros=draw(parts.macros),
        indexes=tuple(index for node in nodes for index in draw(_indexes(node))) if parts.indexes else (),
    )


@st.composite
def node_tables(draw: st.DrawFn, name: str, parts: Parts = ANY) -> NodeTable:
    key = draw(parts.keys)
    own = [column for column in draw(distinct(parts.columns, 3)) if fold(column.name) != fold(key.name)]
    own.insert(draw(st.integers(0, len(own))), key)
    return NodeTable(name=name, columns=tuple(own), primary_key=key.name, comment=draw(parts.comments))


@st.composite
def rel_tables(draw: st.DrawFn, name: str, nodes: list[str], parts: Parts = ANY) -> RelTable:
    pairs = [Connection(source=a, target=b) for a in nodes for b in nodes]
    return RelTable(
        name=name,
        connections=tuple(draw(st.lists(st.sampled_from(pairs), max_size=3, unique=True))) if pairs else (),
        columns=draw(distinct(parts.columns)),
        multiplicity=draw(st.sampled_from(MULTIPLICITIES)),
        storage_direction=draw(st.sampled_from(parts.directions)),
        comment=draw(parts.comments),
    )


def _indexes(node: NodeTable) -> st.SearchStrategy[list[Index]]:
    own = [column.name for column in node.columns]
    index = st.builds(
        Index,
        table=st.just(node.name),
        name=names,
        kind=st.sampled_from(INDEX_KINDS),
        columns=st.lists(st.sampled_from(own), min_size=1, max_size=2, unique=True).map(tuple),
        options=st.lists(st.tuples(names, texts), max_size=2, unique_by=lambda o: o[0]).map(
            lambda options: tuple(sorted(options))
        ),
    )
    return st.lists(index, max_size=2, unique_by=lambda item: fold(item.name))


def shuffled(schema: Schema, random: Random) -> Schema:
    """The same schema, declared in another order."""

    def mixed(items: tuple[_Item, ...]) -> tuple[_Item, ...]:
        return tuple(random.sample(items, len(items)))

    nodes = tuple(replace(table, columns=mixed(table.columns)) for table in schema.node_tables)
    rels = tuple(
        replace(table, columns=mixed(table.columns), connections=mixed(table.connections))
        for table in schema.rel_tables
    )
    return Schema(
        node_tables=mixed(nodes),
        rel_tables=mixed(rels),
        sequences=mixed(schema.sequences),
        macros=mixed(schema.macros),
        indexes=mixed(schema.indexes),
    )
