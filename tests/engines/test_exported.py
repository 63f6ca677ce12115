"""Multiplicities and macros out of the engine's own text, which does not quote everything."""

from __future__ import annotations

from pathlib import Path

import pytest

from kuzuvcs.core.catalog import CatalogMacro
from kuzuvcs.engines.client import Worker
from kuzuvcs.engines.dialects import read_catalog
from kuzuvcs.engines.exported import macros, multiplicities
from kuzuvcs.errors import EngineError
from tests.tasks.building import run


def test_macros_whose_texts_look_like_statements(tmp_path: Path) -> None:
    database = tmp_path / "g.db"
    run(
        database,
        "CREATE MACRO text(x) AS 'a;\nCREATE MACRO `no` (y) AS y;\n'",
        "CREATE MACRO quotes(x) AS concat(\"it's\", 'a\"b', 'it\\'s')",
        "CREATE MACRO listed(`a b`, y := [1,2], z := ');') AS `a b`",
        "CREATE MACRO nothing() AS 1",
    )
    with Worker() as worker:
        worker.open(database, read_only=True)
        found = {macro.name: macro for macro in read_catalog(worker, tmp_path).macros}
    assert found == {
        "TEXT": CatalogMacro(
            name="TEXT", parameters=(("x", None),), body="'a;\nCREATE MACRO `no` (y) AS y;\n'"
        ),
        "QUOTES": CatalogMacro(
            name="QUOTES", parameters=(("x", None),), body="concat(\"it's\", 'a\"b', 'it\\'s')"
        ),
        "LISTED": CatalogMacro(
            name="LISTED", parameters=(("a b", None), ("y", "[1,2]"), ("z", "');'")), body="`a b`"
        ),
        "NOTHING": CatalogMacro(name="NOTHING", parameters=(), body="1"),
    }


def test_a_column_named_like_a_multiplicity(tmp_path: Path) -> None:
    database = tmp_path / "g.db"
    run(
        database,
        "CREATE NODE TABLE N(id INT64 PRIMARY KEY)",
        "CREATE REL TABLE R(FROM N TO N, `ONE_ONE);\n` INT64, MANY_ONE)",
        "CREATE REL TABLE `R ()`(FROM N TO N, `MANY_ONE` INT64, ONE_MANY)",
    )
    with Worker() as worker:
        worker.open(database, read_only=True)
        tables = {table.name: table.multiplicity for table in read_catalog(worker, tmp_path).tables}
    assert tables == {"N": None, "R": "MANY_ONE", "R ()": "ONE_MANY"}


@pytest.mark.parametrize(
    "text",
    [
        "CREATE MACRO `M` (it's) AS 1;\n",
        "CREATE MACRO `M` (x AS 1;\n",
        "CREATE MACRO `M` (x) IS 1;\n",
        "CREATE MACRO `M` (x) AS 1",
        "CREATE MACRO `M` (x) AS 1;\nDROP TABLE T;\n",
    ],
)
def test_what_cannot_be_told_apart_is_refused(text: str) -> None:
    with pytest.raises(EngineError, match="cannot be read"):
        macros(text)


def test_a_text_without_macros() -> None:
    text = "CREATE REL TABLE `R` (FROM `A` TO `B`, MANY_MANY);\nRETURN nextval('it's');\n"
    assert macros(text) == []
    assert multiplicities(text) == {"`R`": "MANY_MANY"}
