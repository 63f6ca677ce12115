"""Hang up on, terminate or interrupt a run in place at any moment: the same command finishes it."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from kuzuvcs.core.engine import Engine
from kuzuvcs.repository import Repository
from kuzuvcs.tasks.reading.inspect import Declarations
from tests.crash.processes import left_over, seconds_of
from tests.tasks.building import ROOT, content, run

ENGINES = [Engine(name="kuzu"), Engine(name="ladybug")]
SIGNALS = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT)
WITHOUT_HISTORY = Declarations(defaults={}, macros={}, history="migration_history")
ROUNDS = 150
ROWS = 20_000

SCRIPT = """\
-- UP
ALTER TABLE User DROP name;
CHECKPOINT;
ALTER TABLE User ADD nick STRING;
MATCH (u:User) SET u.nick = u.email;
CHECKPOINT;
MATCH (a:User)-[r:Knows]->(:User) WHERE a.id % 7 = 0 DELETE r;
CHECKPOINT;
CREATE NODE TABLE City(id INT64 PRIMARY KEY, name STRING);
COPY City FROM (UNWIND range(1, 20000) AS i RETURN i, 'city ' + CAST(i AS STRING));
CREATE REL TABLE LivesIn(FROM User TO City);
COPY LivesIn FROM (UNWIND range(1, 20000) AS i RETURN i, 20001 - i);
ALTER TABLE Knows DROP since;
CHECKPOINT;
MATCH (u:User) WHERE u.id % 3 = 0 SET u.email = 'new';
CREATE (:User {id: 999999, nick: 'last'});
"""


@pytest.fixture
def nothing_ignored() -> Iterator[None]:
    """What is started takes every signal: a shell has its jobs ignore SIGINT, and nohup SIGHUP."""
    before = {kind: signal.getsignal(kind) for kind in SIGNALS}
    for kind in SIGNALS:
        signal.signal(kind, signal.default_int_handler if kind == signal.SIGINT else signal.SIG_DFL)
    yield
    for kind, handler in before.items():
        signal.signal(kind, handler)


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.usefixtures("nothing_ignored")
@pytest.mark.parametrize("engine", ENGINES, ids=str)
def test_a_run_in_place_that_is_signalled_is_finished_by_the_next(tmp_path: Path, engine: Engine) -> None:
    prepared = tmp_path / "prepared"
    database(prepared, engine)
    whole = copy_of(prepared, tmp_path / "whole")
    seconds = seconds_of(whole, "migrate-in-place")
    finished = content(whole / "app.kuzu", WITHOUT_HISTORY)
    chance = random.Random(11)
    ended: Counter[str] = Counter()
    for number in range(ROUNDS):
        root = copy_of(prepared, tmp_path / str(number))
        kind = chance.choice(SIGNALS)
        signalled = signal_after(root, seconds * chance.uniform(0.1, 1.1), kind, group=chance.random() < 0.7)
        ran = len(Repository.open(root).migrate(in_place=True))
        ended[f"{kind.name} {'in time' if signalled else 'too late'}, {ran} left to run"] += 1
        assert content(root / "app.kuzu", WITHOUT_HISTORY) == finished
        run(root / "app.kuzu", "CREATE (:User {id: 1000000})", "CHECKPOINT")
        assert left_over(root) == set()
        shutil.rmtree(root)
    print(f"{engine}: {ROUNDS} rounds, {dict(ended)}")  # noqa: T201  (shown with -rP)
    assert sum(count for words, count in ended.items() if "in time, 1" in words) > ROUNDS // 4


def database(root: Path, engine: Engine) -> None:
    repository = Repository.init(root, "app.kuzu")
    run(
        repository.project.database,
        "CREATE NODE TABLE User(id INT64 PRIMARY KEY, name STRING, email STRING)",
        "CREATE REL TABLE Knows(FROM User TO User, since INT64, note STRING)",
        f"COPY User FROM (UNWIND range(1, {ROWS}) AS i RETURN i, 'n' + CAST(i AS STRING), 'e')",
        "MATCH (a:User), (b:User) WHERE b.id = a.id + 1 CREATE (a)-[:Knows {since: a.id, note: 'x'}]->(b)",
        engine=engine,
    )
    (root / "migrations" / "20990101_000000_signalled.cypher").write_text(SCRIPT)
    repository.repair()


def copy_of(prepared: Path, root: Path) -> Path:
    shutil.copytree(prepared, root)
    return root


def signal_after(root: Path, seconds: float, kind: signal.Signals, *, group: bool) -> bool:
    """Run the script in place, and signal the process, or its whole group; False if it was done before."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.crash.child", str(root), "migrate-in-place"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    )
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        (os.killpg if group else os.kill)(process.pid, kind)
        return process.wait() != 0
    assert process.returncode == 0
    return False
