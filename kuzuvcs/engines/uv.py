"""The uv program, which finds interpreters, makes environments, and asks the package index.

It is a package that kuzuvcs depends on; no interpreter is ever downloaded.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from kuzuvcs.core.engine import Engine
from kuzuvcs.errors import KuzuvcsError, UsageError

_NETWORK = ("Failed to fetch", "network was disabled", "Could not connect", "client error (Connect)")
_LISTED = re.compile(r"^ \+ \S+==(\S+)$", re.MULTILINE)


class NoWheel(KuzuvcsError):
    """The index has no wheel of a release for this Python, or no such release."""


class Offline(KuzuvcsError):
    """The package index cannot be reached."""


def interpreters() -> tuple[Path, ...]:
    """The Pythons on this machine, this process's own first, one of each version."""
    command = ["python", "list", "--only-installed", "--output-format", "json"]
    listed = json.loads(_run(command).stdout or "[]")
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    found = {own: Path(sys.executable)}
    for one in listed:
        parts = one["version_parts"]
        if one["implementation"] == "cpython" and one["variant"] == "default":
            found.setdefault(f"{parts['major']}.{parts['minor']}", Path(one["path"]))
    return tuple(found.values())


def make_environment(folder: Path, python: Path, packages: Sequence[str]) -> Path:
    """Make a virtual environment with exactly these packages; its interpreter.

    :raises NoWheel: there is no wheel for that Python
    :raises Offline: the index cannot be reached
    """
    _run(["venv", "--quiet", "--relocatable", "--python", str(python), str(folder)])
    made = folder / "bin" / "python"
    _run(["pip", "install", "--quiet", "--only-binary", ":all:", "--python", str(made), *packages])
    return made


def offered(engine: Engine, folder: Path) -> Iterator[str]:
    """The releases of an engine that the index offers for this Python, newest first.

    ``folder`` is any place: nothing is installed.

    :raises Offline: the index cannot be reached
    """
    wanted: str = engine.name
    while True:
        command = ["pip", "install", "--dry-run", "--no-deps", "--only-binary", ":all:"]
        try:
            said = _run([*command, "--python", sys.executable, "--target", str(folder), wanted])
        except NoWheel:
            return
        release = _LISTED.search(said.stderr)
        if release is None:
            return
        yield release[1]
        wanted = f"{engine.name}<{release[1]}"


def _run(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run uv, in the file system's root: no project's own settings are found there."""
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "NO_COLOR": "1"}
    done = subprocess.run(
        [_program(), *arguments], env=environment, cwd="/", capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return done
    said = done.stderr.strip() or f"exit code {done.returncode}"
    short = "\n".join(line.strip() for line in said.splitlines() if not line.startswith("Using "))
    if any(sign in said for sign in _NETWORK):
        raise Offline("the package index cannot be reached", cause=short)
    if "No solution found" in said or "no wheel" in said or "no compatible" in said.lower():
        raise NoWheel("the package index offers no such release for this Python", cause=short)
    raise KuzuvcsError("an environment for an engine cannot be made", cause=f"uv says: {short}")


def _program() -> str:
    try:
        import uv
    except ImportError as error:
        raise UsageError(
            "the package uv is not installed",
            cause="another engine, or another release of one, runs in an environment that uv makes",
            hint="pip install uv, beside kuzuvcs",
        ) from error
    return os.fsdecode(uv.find_uv_bin())
