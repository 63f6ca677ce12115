"""What kuzu does with the texts of an index: statements of its own, in which they stand without quotes."""

from __future__ import annotations

from pathlib import Path

import pytest

from kuzuvcs.core.quoting import string_literal
from kuzuvcs.errors import EngineError
from tests.tasks.building import run


def test_the_name_of_a_vector_index_runs_statements(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    name = f'x_UPPER (FROM T TO T); COPY (RETURN 1) TO "{out}"; CREATE REL TABLE y'
    run(tmp_path / "g.db", "CREATE NODE TABLE T(id INT64 PRIMARY KEY, v FLOAT[2])")
    with pytest.raises(EngineError, match="already exists"):
        run(tmp_path / "g.db", f"CALL CREATE_VECTOR_INDEX('T', {string_literal(name)}, 'v')")
    assert out.exists()


def test_the_stop_words_of_a_text_index_are_read_from_a_file(tmp_path: Path) -> None:
    words = tmp_path / "words.csv"
    words.write_text("word\nthe\n")
    run(
        tmp_path / "g.db",
        "CREATE NODE TABLE T(id INT64 PRIMARY KEY, s STRING)",
        f"CALL CREATE_FTS_INDEX('T', 'i', ['s'], stopwords := '{words}')",
    )
    definition = run(tmp_path / "g.db", "CALL show_indexes() RETURN index_definition")
    assert str(words) in definition[0][0]
