"""The git program, run so that nothing but the store itself can matter to it.

Inside a git hook the ``GIT_*`` variables point at the user's own repository, and the user's
configuration may sign commits, run hooks or filter files.  So every call starts from an
environment without them, with ``GIT_DIR`` set and both outer configuration files out of reach.

GitPython is not used for this: its ``Repo`` reads ``GIT_COMMON_DIR`` and
``GIT_OBJECT_DIRECTORY`` itself, and its commands add to the caller's environment but cannot
take a variable out of it (3.2.1, ``Git.execute``).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kuzuvcs.errors import StoreError

_OLDEST = (2, 32)
"""The first release that knows ``GIT_CONFIG_GLOBAL``."""

_FIXED = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}

_OPTIONS = (
    f"core.hooksPath={os.devnull}",
    f"core.attributesFile={os.devnull}",
    "core.fsmonitor=false",
    "core.logAllRefUpdates=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.allow=never",
)


class GitFailed(StoreError):
    """The git program ended with an error; ``cause`` is what it said, ``output`` what it wrote until then."""

    output = b""


@dataclass(frozen=True, slots=True)
class Git:
    """The git program on one repository.

    ``held`` are file descriptors that every started process keeps open: the write lock's, so
    that a git that outlives a killed kuzuvcs still holds the lock.
    """

    directory: Path
    held: tuple[int, ...] = ()

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """The output of ``git ARGUMENTS``.  Raises :class:`GitFailed` unless it exits with 0."""
        done = subprocess.run(
            command(*arguments),
            input=stdin,
            capture_output=True,
            env=self._environment(),
            cwd=self.directory,
            pass_fds=self.held,
            check=False,
        )
        if done.returncode != 0:
            failed = failure(arguments[0], done.returncode, done.stderr)
            failed.output = done.stdout
            raise failed
        return done.stdout

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """``git ARGUMENTS`` as a running process with all three streams as pipes."""
        return subprocess.Popen(
            command(*arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self._environment(),
            cwd=self.directory,
            pass_fds=self.held,
        )

    def _environment(self) -> dict[str, str]:
        return clean_environment() | _FIXED | {"GIT_DIR": str(self.directory)}


def read_config(file: Path) -> tuple[tuple[str, str], ...]:
    """The ``(key, value)`` pairs of one configuration file, which is read and not obeyed.

    Keys are in lower case but for a subsection's name.  Raises :class:`GitFailed` when git
    cannot parse it.
    """
    nowhere = clean_environment() | _FIXED | {"GIT_DIR": os.devnull}
    listed = _config_lines(["--file", str(file), "--no-includes", "--list"], nowhere, file.parent)
    return tuple(listed)


def user_identity(folder: Path) -> tuple[str, str] | None:
    """The user's ``user.name`` and ``user.email`` as git in ``folder`` has them, if both are set."""
    try:
        pairs = dict(_config_lines(["--get-regexp", r"^user\.(name|email)$"], clean_environment(), folder))
    except GitFailed:
        return None
    name, email = (re.sub(r"[<>\n\0]", "", pairs.get(key, "")).strip() for key in ("user.name", "user.email"))
    return (name, email) if name and email else None


def command(*arguments: str) -> list[str]:
    """The words of a git call with the options that every call has."""
    options = [word for option in _OPTIONS for word in ("-c", option)]
    return [_program(), *options, *arguments]


def failure(what: str, code: int, stderr: bytes) -> GitFailed:
    """The error for a git call that ended with ``code``."""
    said = stderr.decode("utf-8", "replace").strip()
    ended = f"signal {-code}" if code < 0 else f"exit code {code}"
    return GitFailed(f"git {what} failed ({ended})", cause=said)


def clean_environment() -> dict[str, str]:
    """This process's environment without any ``GIT_*`` variable."""
    return {name: value for name, value in os.environ.items() if not name.upper().startswith("GIT_")}


def _config_lines(words: list[str], environment: dict[str, str], folder: Path) -> list[tuple[str, str]]:
    done = subprocess.run(
        [_program(), "config", "--null", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=environment,
        cwd=folder,
        check=False,
    )
    if done.returncode != 0:
        raise failure("config", done.returncode, done.stderr)
    records = done.stdout.decode("utf-8", "replace").split("\0")[:-1]
    return [(key, value) for key, _, value in (record.partition("\n") for record in records)]


@cache
def _program() -> str:
    found = shutil.which("git")
    if found is None:
        raise StoreError("git is not installed", hint="versions are kept by the git program: install it")
    told = subprocess.run([found, "version"], capture_output=True, env=clean_environment(), check=False)
    match = re.search(rb"(\d+)\.(\d+)", told.stdout)
    if match is None or (int(match[1]), int(match[2])) < _OLDEST:
        wanted = ".".join(map(str, _OLDEST))
        raise StoreError(
            "git is too old",
            cause=told.stdout.decode("utf-8", "replace").strip(),
            hint=f"install git {wanted} or newer",
        )
    return found
