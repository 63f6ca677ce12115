"""Names of STRUCT fields: what each engine takes bare, and what it makes of quotes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kuzuvcs.core.engine import DEFAULT_ENGINE, Engine
from kuzuvcs.core.types import Scalar, StructType, Type, format_type, parse_type
from kuzuvcs.engines.client import Worker
from kuzuvcs.engines.dialects import field_names
from kuzuvcs.errors import EngineError, SchemaError
from kuzuvcs.render.types import declared_type

ENGINES = [DEFAULT_ENGINE, Engine(name="ladybug")]
WORDS = (
    "ACYCLIC", "ALL", "AND", "ANY", "ASC", "ASCENDING", "CASE", "CAST", "COLUMN", "CREATE",
    "DBTYPE", "DEFAULT", "DESC", "DESCENDING", "DISTINCT", "ELSE", "END", "ENDS", "EXISTS", "FALSE",
    "GLOB", "GROUP", "HEADERS", "HINT", "IN", "INSTALL", "MACRO", "MULTI_JOIN", "NONE", "NOT",
    "NULL", "ON", "ONLY", "OPTIONAL", "OR", "ORDER", "PRIMARY", "PROFILE", "SHORTEST", "SINGLE",
    "STARTS", "TABLE", "THEN", "TRAIL", "TRUE", "UNION", "UNWIND", "WHEN", "WHERE", "WITH",
    "WSHORTEST", "XOR", "FOR", "INDEX", "OPTIONS", "SORTED", "COPY", "LOAD", "MATCH", "RETURN",
    "FROM", "TO", "KEY", "NODE", "REL", "STRUCT", "MAP", "INT64", "DECIMAL", "a", "A1", "_a", "ä",
    "日本", "e\u0301", "a$", "select", "eNd", "a-b", "1st", "$a", "a b", "a.b", "a;b", "a'b",
)  # fmt: skip


@pytest.fixture(params=ENGINES, ids=str)
def worker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Worker]:
    with Worker() as worker:
        worker.open(tmp_path / "g.db", read_only=False, engine=request.param)
        yield worker


def printed(worker: Worker, number: int, text: str) -> str | None:
    try:
        worker.execute(f"CREATE NODE TABLE T{number}(id INT64 PRIMARY KEY, s {text})")
    except EngineError:
        return None
    [_, [type]] = worker.execute(f"CALL table_info('T{number}') RETURN type")
    return str(type)


def test_which_names_are_taken_bare(worker: Worker) -> None:
    names = field_names(worker.engine)
    taken = {
        word: printed(worker, number, f"STRUCT({word} INT64)") == f"STRUCT({word} INT64)"
        for number, word in enumerate(WORDS)
    }
    assert taken == {word: names.takes_bare(word) for word in WORDS}


@pytest.mark.parametrize(
    "name", ["end", "index", "a-b", "1st", "a;b", "a'b", "`a-b`", "`a;b`", "`x)`", "p(EUR)"]
)
def test_what_is_declared_is_what_the_engine_holds(worker: Worker, name: str) -> None:
    """Or it is refused with a reason: the engine has no statement that makes such a field."""
    inner: Type = StructType(fields=((name, Scalar(name="INT64")), ("z", Scalar(name="STRING"))))
    if name == "`x)`":
        inner = StructType(fields=((name, Scalar(name="INT64")),))
    try:
        text = declared_type(inner, field_names(worker.engine))
    except SchemaError:
        assert worker.engine.name == "kuzu"
        assert not name.startswith("`")
        return
    held = printed(worker, 0, text)
    assert held is not None
    # Ladybug never holds a name with backticks, so it only sees them in a version of kuzu's.
    if name.startswith("`") and worker.engine.name == "ladybug":
        assert held == format_type(inner).replace("`", "")
    else:
        assert parse_type(held) == inner
