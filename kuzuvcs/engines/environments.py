"""Environments of their own for engines and releases that the user's environment does not hold.

Each is a folder in the user's cache with an interpreter, one release of one engine, and pyarrow.  It is made
under another name, asked what it holds, and only then renamed: one that has its name is whole.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.metadata
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kuzuvcs.core import limits
from kuzuvcs.core.engine import ENGINES, Engine, EngineName, parse_engine
from kuzuvcs.engines import uv
from kuzuvcs.engines.releases import Release, known_storage
from kuzuvcs.errors import EngineError, KuzuvcsError, UsageError
from kuzuvcs.reading import read_bounded
from kuzuvcs.user_folders import cache_folder

_RECORD = "engine.json"
_UNBORN = "making-"
_ASK = "import {0}, sys; print({0}.__version__, {0}.storage_version, '%d.%d' % sys.version_info[:2])"


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """An interpreter that has one release of an engine.

    ``folder`` is ``None`` for the environment that kuzuvcs itself runs in.
    """

    release: Release
    python: Path
    folder: Path | None = None

    @property
    def engine(self) -> Engine:
        """The engine and its release."""
        return self.release.engine


def engines_folder() -> Path | None:
    """Where environments are kept: ``kuzuvcs/engines`` in the user's cache; None where there is none."""
    cache = cache_folder()
    return cache / "kuzuvcs" / "engines" if cache is not None else None


def own_environments() -> tuple[Environment, ...]:
    """The engines that are installed beside kuzuvcs."""
    return tuple(one for name in ENGINES if (one := _own(name)) is not None)


def made_environments() -> tuple[Environment, ...]:
    """Those in the cache, by engine, newest release first."""
    folder = engines_folder()
    found = [_read(path.parent) for path in folder.glob(f"*/{_RECORD}")] if folder is not None else []
    whole = [one for one in found if one is not None]
    return tuple(
        sorted(sorted(whole, key=lambda one: one.engine.order, reverse=True), key=lambda one: one.engine.name)
    )


def make(engine: Engine) -> Environment:
    """The environment of a release in the cache, made where it is not there; ``None`` is the newest.

    :raises EngineError: the index cannot be reached, or no Python here has a wheel of that release
    """
    folder = engines_folder()
    if folder is None:
        raise EngineError(
            f"an environment for {engine} cannot be made",
            cause="there is no home folder to keep it in",
            hint="set HOME or XDG_CACHE_HOME to a folder that you can write to",
        )
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        for one in made_environments():
            if engine.release is not None and one.engine == engine:
                return one
        for left in folder.glob(f"{_UNBORN}*"):
            shutil.rmtree(left, ignore_errors=True)
        return _make(engine, folder)


def newest_offered(name: EngineName) -> Engine:
    """The newest release that the index offers for this Python.

    :raises EngineError: the index cannot be reached
    """
    with _explained(Engine(name=name)), tempfile.TemporaryDirectory() as folder:
        for release in uv.offered(Engine(name=name), Path(folder)):
            return Engine(name=name, release=release)
    raise _not_offered(Engine(name=name), "the index offers none")


def all_offered(name: EngineName) -> tuple[Engine, ...]:
    """All of them, newest first."""
    with _explained(Engine(name=name)), tempfile.TemporaryDirectory() as folder:
        return tuple(
            Engine(name=name, release=release) for release in uv.offered(Engine(name=name), Path(folder))
        )


def remove(engine: Engine) -> tuple[Environment, ...]:
    """Remove the made environments of an engine, or of one release of it; those that were there."""
    folder = engines_folder()
    if folder is None or not folder.is_dir():
        return ()
    with _locked(folder):
        gone = [
            one
            for one in made_environments()
            if one.engine.name == engine.name and engine.release in (None, one.engine.release)
        ]
        for one in gone:
            assert one.folder is not None
            # Without its record it is none; a kill in the middle leaves nothing that looks whole.
            (one.folder / _RECORD).unlink()
            shutil.rmtree(one.folder, ignore_errors=True)
    return tuple(gone)


def _make(engine: Engine, folder: Path) -> Environment:
    refused: list[str] = []
    with _explained(engine):
        for python in uv.interpreters():
            unborn = Path(tempfile.mkdtemp(prefix=_UNBORN, dir=folder))
            try:
                made = uv.make_environment(unborn / "env", python, [str(engine), _pyarrow(python)])
                return _born(engine, unborn / "env", made, folder)
            except uv.NoWheel as error:
                refused.append(f"{python}: {error.cause}")
            finally:
                shutil.rmtree(unborn, ignore_errors=True)
    raise _not_offered(engine, "\n".join(refused))


def _born(engine: Engine, unborn: Path, python: Path, folder: Path) -> Environment:
    release, storage, version = _asked(python, engine.name)
    record = {"engine": engine.name, "release": release, "storage": storage, "python": version}
    (unborn / _RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    home = folder / f"{engine.name}-{release}-py{version}"
    shutil.rmtree(home, ignore_errors=True)
    unborn.rename(home)
    found = _read(home)
    assert found is not None
    return found


def _read(folder: Path) -> Environment | None:
    try:
        record = json.loads(read_bounded(folder / _RECORD, limits.ENVIRONMENT_RECORD))
        engine, storage = parse_engine(f"{record['engine']}=={record['release']}"), record["storage"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError, UsageError):
        return None
    if type(storage) is not int:
        return None
    release = Release(engine=engine, storage=storage)
    python = folder / "bin" / "python"
    # A link to an interpreter that was updated away leads nowhere.
    return Environment(release=release, python=python, folder=folder) if python.exists() else None


def _own(name: EngineName) -> Environment | None:
    try:
        engine = Engine(name=name, release=importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return None
    python = Path(sys.executable)
    storage = known_storage(engine)
    if storage is None:
        _, storage, _ = _asked(python, name)
    return Environment(release=Release(engine=engine, storage=storage), python=python)


def _asked(python: Path, name: EngineName) -> tuple[str, int, str]:
    """The engine's release and storage version, and the interpreter's version, as they say themselves."""
    done = subprocess.run(
        [str(python), "-I", "-c", _ASK.format(name)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise EngineError(
            f"{name} does not start in {python}", cause=said[-1], hint="another release of it may"
        )
    release, storage, version = done.stdout.split()
    return release, int(storage), version


def _pyarrow(python: Path) -> str:
    """Our own release where it is our own Python; elsewhere whichever there is a wheel of.

    It only writes Arrow files there, which every release reads.
    """
    if python == Path(sys.executable):
        return f"pyarrow=={importlib.metadata.version('pyarrow')}"
    return "pyarrow"


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _explained(engine: Engine) -> Iterator[None]:
    try:
        yield
    except uv.Offline as error:
        raise EngineError(
            f"{engine} is not on this machine",
            cause=f"{error.message}: {error.cause.splitlines()[-1]}",
            hint=f"where there is a network, run: kuzuvcs engine install {engine}",
        ) from error
    except OSError as error:
        raise KuzuvcsError(
            f"an environment for {engine} cannot be made", cause=str(error), hint="see XDG_CACHE_HOME"
        ) from error


def _not_offered(engine: Engine, cause: str) -> EngineError:
    return EngineError(
        f"no environment for {engine} can be made here",
        cause=cause,
        hint="run it again with a Python on this machine that the release has wheels for, say after: "
        "python -m uv python install 3.12",
    )
