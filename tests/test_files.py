from __future__ import annotations

import fcntl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from kuzuvcs.files import write_atomic


def test_what_a_killed_writer_left_goes_with_the_next(tmp_path: Path) -> None:
    """And nothing else: not what another writer has, nor a file of the user's."""
    path = tmp_path / "project[1].toml"
    left, held = (tmp_path / f".{path.name}.writing-{name}" for name in ("left", "held"))
    own = tmp_path / f".{path.name}.original"
    for one in (left, held, own):
        one.write_text("x")
    with held.open("rb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        write_atomic(path, "text\n")
    assert path.read_text() == "text\n"
    assert {one.name for one in tmp_path.iterdir()} == {path.name, held.name, own.name}


def test_many_writers_of_one_file(tmp_path: Path) -> None:
    path = tmp_path / "kuzuvcs.sum"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: write_atomic(path, f"{number}\n" * 100), range(200)))
    assert len(set(path.read_text().splitlines())) == 1
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
