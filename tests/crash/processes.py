"""Commands of the library in processes of their own, ended in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.tasks.building import ROOT

SECONDS = 30


def steps(root: Path, command: str) -> list[str]:
    """The steps of a command that runs to its end."""
    done = _start(root, command).communicate(timeout=SECONDS)
    return done[0].splitlines()


def kill_at(root: Path, command: str, step: int) -> None:
    """Kill the command's own process before a step; its workers are left to notice."""
    _kill_at(root, command, step, "process")


def kill_group_at(root: Path, command: str, step: int) -> None:
    """Kill the command and all that it started, at once, before a step."""
    _kill_at(root, command, step, "group")


def kill_group_after(root: Path, command: str, seconds: float) -> bool:
    """Kill the command and all that it started, at once; False where it was done before."""
    process = _start(root, command)
    try:
        _, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=SECONDS)
        _wait_for_children(process.pid)
        return process.returncode == -signal.SIGKILL
    assert process.returncode == 0, errors
    return False


def seconds_of(root: Path, command: str) -> float:
    """How long a command takes that nobody disturbs."""
    started = time.monotonic()
    process = _start(root, command)
    _, errors = process.communicate(timeout=10 * SECONDS)
    assert process.returncode == 0, errors
    return time.monotonic() - started


def left_over(root: Path) -> set[str]:
    """What lies in the project that no command would leave there."""
    known = {"app.kuzu", "beside.kuzu", "kuzuvcs.toml", "snapshots", "migrations", "plain", ".kuzuvcs"}
    scratch = {f".kuzuvcs/{path.name}" for path in (root / ".kuzuvcs").glob("scratch-*")}
    return ({path.name for path in root.iterdir()} - known) | scratch


def _kill_at(root: Path, command: str, step: int, extent: str) -> None:
    process = _start(root, command, str(step), extent)
    _, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == -signal.SIGKILL, errors
    _wait_for_children(process.pid)


def _start(root: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.crash.child", str(root), *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    )


def _wait_for_children(session: int) -> None:
    """Until the killed command's own workers have noticed: they end by themselves, at once."""
    deadline = time.monotonic() + SECONDS
    while any(_session(process) == session for process in Path("/proc").glob("[0-9]*")):
        assert time.monotonic() < deadline, "a worker outlived its parent"
        time.sleep(0.01)


def _session(process: Path) -> int | None:
    try:
        state, _, _, session = (process / "stat").read_text().rpartition(")")[2].split()[:4]
    except OSError:
        return None
    # The first thread of a killed process is a zombie at once, and its files stay open until the last ends.
    return None if state == "Z" and _threads(process) <= 1 else int(session)


def _threads(process: Path) -> int:
    try:
        return len(list((process / "task").iterdir()))
    except OSError:
        return 0
