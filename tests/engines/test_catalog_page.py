"""docs/catalog.md names every table function that shows something of a database, and their columns.

A release with another one has something that kuzuvcs has not been taught.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kuzuvcs.core.engine import Engine, EngineName
from kuzuvcs.engines.client import Worker

PAGE = Path(__file__).parents[2] / "docs" / "catalog.md"
SHOWING = r"SHOW_\w+|\w+_INFO|\w+_VERSION|CURRENT_\w+"
CALLS = {"TABLE_INFO": "table_info('A')", "SHOW_CONNECTION": "show_connection('R')"}


def _listed(engine: Engine) -> dict[str, list[str]]:
    """The functions that the page names for a release, with their columns where it has them."""
    text = PAGE.read_text(encoding="utf-8")
    section = text[text.index(f"\n## {engine.name} {engine.release}\n") + 1 :].split("\n## ")[0]
    items = re.findall(r"`([A-Z_]+)`(?: \(([^)]*)\))?", section[section.index("A test holds") :])
    return {name: re.split(r",\s+", columns) if columns else [] for name, columns in items}


@pytest.mark.parametrize("name", ["kuzu", "ladybug"])
def test_every_function_that_shows_something_is_on_the_page(name: EngineName, tmp_path: Path) -> None:
    with Worker() as worker:
        worker.open(tmp_path / "g.db", read_only=False, engine=Engine(name=name))
        worker.execute("CREATE NODE TABLE A(id INT64 PRIMARY KEY)")
        worker.execute("CREATE REL TABLE R(FROM A TO A)")
        listed = _listed(worker.engine)
        rows = worker.execute(
            "CALL show_functions() WHERE type CONTAINS 'TABLE FUNCTION' RETURN DISTINCT name"
        )
        assert set(listed) == {function for [function] in rows if re.fullmatch(SHOWING, function)}
        for function, columns in listed.items():
            if not columns:
                continue
            call = CALLS.get(function, f"{function.lower()}()")
            shown = worker.execute(f"CALL {call} RETURN * LIMIT 1")
            assert all(len(row) == len(columns) for row in shown), function
            # A column of another name is an error here.
            worker.execute(f"CALL {call} RETURN {', '.join(f'`{column}`' for column in columns)}")
