"""Environments of other engines and releases: made whole or not at all, found again, listed, removed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kuzuvcs.core.engine import Engine, parse_engine
from kuzuvcs.engines import choice, environments
from kuzuvcs.engines.choice import at_hand, environment_for, environment_of
from kuzuvcs.engines.client import Worker, read_header
from kuzuvcs.engines.defects import DEFECTS, defect_of
from kuzuvcs.engines.environments import made_environments, make, own_environments, remove
from kuzuvcs.engines.header import Header
from kuzuvcs.errors import DefectiveRelease, EngineError, UsageError

OLD = Engine(name="kuzu", release="0.8.2")


def written(folder: Path, engine: Engine, storage: int) -> Path:
    """What an environment looks like from outside; its interpreter is this one."""
    home = folder / f"{engine.name}-{engine.release}-py3.11"
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "python").symlink_to(sys.executable)
    record = {"engine": engine.name, "release": engine.release, "storage": storage, "python": "3.11"}
    (home / "engine.json").write_text(json.dumps(record), encoding="utf-8")
    return home


def of(engine: str, storage: int) -> Header:
    name = parse_engine(engine).name
    return Header(path=Path("g.db"), engine=name, storage=storage, identity=None)


def test_both_engines_are_installed_beside_these_tests() -> None:
    assert {one.engine.name for one in own_environments()} == {"kuzu", "ladybug"}
    assert all(one.python == Path(sys.executable) for one in own_environments())


def test_the_installed_engine_is_the_one_for_new_databases() -> None:
    for name in ("kuzu", "ladybug"):
        found = environment_of(parse_engine(name))
        assert found.folder is None
        assert environment_of(found.engine) == found


@pytest.mark.parametrize("text", ["", "neo4j", "ladybug>=0.22", "ladybug==", "Kuzu", "kuzu==0.8.2; x"])
def test_what_is_no_engine_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no engine"):
        parse_engine(text)


def test_without_a_network_the_error_names_the_command(nothing_at_hand: Path) -> None:
    with pytest.raises(EngineError, match=r"kuzu==0\.8\.2 is not on this machine") as refused:
        make(OLD)
    assert refused.value.hint == "where there is a network, run: kuzuvcs engine install kuzu==0.8.2"
    assert [path.name for path in nothing_at_hand.iterdir()] == [".lock"]


def test_what_is_at_hand_is_used_without_a_network(nothing_at_hand: Path) -> None:
    home = written(nothing_at_hand, OLD, 36)
    assert make(OLD).folder == home
    assert environment_for(of("kuzu", 36), "read").folder == home


def test_a_storage_version_that_only_an_environment_knows_is_found_by_it(nothing_at_hand: Path) -> None:
    home = written(nothing_at_hand, Engine(name="ladybug", release="0.99.0"), 1234)
    assert environment_for(of("ladybug", 1234), "write").folder == home


def test_an_older_file_of_ladybug_is_read_by_the_installed_one_and_written_by_its_own(
    nothing_at_hand: Path,
) -> None:
    assert environment_for(of("ladybug", 47), "read").folder is None
    home = written(nothing_at_hand, Engine(name="ladybug", release="0.20.4"), 47)
    assert environment_for(of("ladybug", 47), "read").folder is None
    assert environment_for(of("ladybug", 47), "private").folder is None
    assert environment_for(of("ladybug", 47), "write").folder == home


def test_a_release_with_a_known_defect_is_not_taken(nothing_at_hand: Path) -> None:
    """Not for reading, though its storage version is the file's; and it is not fetched."""
    defective = Engine(name="ladybug", release="0.18.2")
    written(nothing_at_hand, defective, 42)
    for use in ("read", "private"):
        assert environment_for(of("ladybug", 42), use).folder is None
    with pytest.raises(DefectiveRelease, match=r"is not opened with ladybug==0\.18") as refused:
        environment_for(of("ladybug", 42), "write")
    assert "0.17.0 to 0.18.3: scans of tables with deleted rows return wrong strings" in refused.value.cause
    assert refused.value.hint == "kuzuvcs upgrade g.db NEW --engine ladybug"
    with pytest.raises(DefectiveRelease, match=r"no database is made with ladybug==0\.18\.2"):
        environment_of(defective)


def test_where_only_a_defective_release_is_at_hand_a_sound_one_is_asked_for(
    nothing_at_hand: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(nothing_at_hand, Engine(name="ladybug", release="0.18.2"), 42)
    monkeypatch.setattr(choice, "own_environments", tuple)
    assert at_hand(of("ladybug", 42)) is None
    with pytest.raises(EngineError, match=r"ladybug==0\.22\.0 is not on this machine"):
        environment_for(of("ladybug", 42), "read")
    home = written(nothing_at_hand, Engine(name="ladybug", release="0.20.4"), 47)
    newer = written(nothing_at_hand, Engine(name="ladybug", release="0.22.0"), 49)
    assert environment_for(of("ladybug", 42), "read").folder == newer
    assert environment_for(of("ladybug", 47), "write").folder == home


def test_a_defect_of_writing_lets_the_release_read(nothing_at_hand: Path) -> None:
    damaging = Engine(name="ladybug", release="0.19.1")
    written(nothing_at_hand, damaging, 44)
    assert defect_of(damaging, read_only=True) is None
    with pytest.raises(DefectiveRelease, match=r"is not opened with ladybug==0\.19\.1"):
        environment_for(of("ladybug", 44), "write")


@pytest.mark.parametrize(
    ("release", "defective"),
    [("0.16.1", False), ("0.17.0", True), ("0.18.3", True), ("0.18.10", False), ("0.20.4", False)],
)
def test_releases_are_compared_by_their_numbers(release: str, defective: bool) -> None:
    for read_only in (True, False):
        found = defect_of(Engine(name="ladybug", release=release), read_only=read_only)
        assert (found is not None) == defective
    assert defect_of(Engine(name="kuzu", release=release), read_only=False) is None


def test_what_a_killed_maker_left_is_no_environment_and_goes_with_the_next(nothing_at_hand: Path) -> None:
    left = nothing_at_hand / "making-1"
    left.mkdir(parents=True)
    half = nothing_at_hand / "kuzu-0.8.2-py3.11"
    (half / "bin").mkdir(parents=True)
    assert made_environments() == ()
    with pytest.raises(EngineError):
        make(OLD)
    assert not left.exists()


def test_they_are_listed_by_release_and_removed_by_name(nothing_at_hand: Path) -> None:
    for release, storage in (("0.9.0", 37), ("0.10.1", 38), ("0.8.2", 36)):
        written(nothing_at_hand, Engine(name="kuzu", release=release), storage)
    written(nothing_at_hand, Engine(name="ladybug", release="0.20.4"), 47)
    assert [one.engine.release for one in made_environments()] == ["0.10.1", "0.9.0", "0.8.2", "0.20.4"]
    assert [one.engine for one in remove(OLD)] == [OLD]
    assert [one.engine.release for one in remove(Engine(name="kuzu"))] == ["0.10.1", "0.9.0"]
    assert [one.engine.name for one in made_environments()] == ["ladybug"]
    assert not (nothing_at_hand / "kuzu-0.8.2-py3.11").exists()


def test_an_interpreter_that_was_updated_away_makes_it_none(nothing_at_hand: Path) -> None:
    home = written(nothing_at_hand, OLD, 36)
    (home / "bin" / "python").unlink()
    (home / "bin" / "python").symlink_to(nothing_at_hand / "gone")
    assert made_environments() == ()


@pytest.mark.slow
def test_two_makers_make_one_and_a_database_goes_through_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Needs the package index."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    script = (
        "from kuzuvcs.engines.environments import make; from kuzuvcs.core.engine import parse_engine\n"
        "print(make(parse_engine('kuzu==0.8.2')).folder)"
    )
    command = [sys.executable, "-c", script]
    makers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    [one, other] = [maker.communicate()[0] for maker in makers]
    assert one == other != ""
    folder = environments.engines_folder()
    assert folder is not None
    assert [path.name for path in folder.iterdir() if path.name[0] != "."] == [
        f"kuzu-0.8.2-py{sys.version_info.major}.{sys.version_info.minor}"
    ]
    database = tmp_path / "old.kuzu"
    with Worker() as worker:
        assert worker.open(database, read_only=False, engine=OLD) == "0.8.2"
        worker.execute("CREATE NODE TABLE A(id INT64 PRIMARY KEY)")
    assert (read_header(database).engine, read_header(database).storage) == ("kuzu", 36)
    with Worker() as worker:
        assert worker.open(database, read_only=True) == "0.8.2"
        assert worker.execute("CALL show_tables() RETURN name") == [["A"]]


@pytest.mark.slow
def test_a_storage_version_that_nobody_knows_is_looked_for_among_the_releases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Needs the package index.  44 lies between 0.18.3 (42) and 0.20.4 (47), whose pairs are known."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    found = make(Engine(name="ladybug", release="0.19.1"))
    storage = found.release.storage
    assert 42 < storage < 47
    remove(Engine(name="ladybug"))
    with pytest.raises(DefectiveRelease, match=r"is not opened with ladybug==0\.19\."):
        environment_for(of("ladybug", storage), "write")
    assert [one.release.storage for one in made_environments()][-1:] == [storage]
    assert environment_for(of("ladybug", storage), "read").folder is None


@pytest.mark.slow
def test_a_release_without_a_wheel_for_any_python_here_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Needs the package index."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(EngineError, match=r"no environment for kuzu==0\.99\.0") as refused:
        make(Engine(name="kuzu", release="0.99.0"))
    assert "kuzu==0.99.0" in refused.value.cause


def test_the_page_names_every_defect() -> None:
    page = (Path(__file__).parents[2] / "docs" / "engines.md").read_text(encoding="utf-8")
    for defect in DEFECTS:
        assert f"| {defect.engine} {defect.first} " in page
        assert f" {defect.last} | {defect.words} | {defect.source} |" in page
