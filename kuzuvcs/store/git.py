"""The git program, run so that nothing but the store itself can matter to it.

Inside a git hook the ``GIT_*`` variables point at the user's own repository, and the user's
configuration may sign commits, run hooks or filter files.  So every call starts from an
environment without them, with ``GIT_DIR`` set and both outer configuration files out of reach.

GitPython is not used for this: its ``Repo`` reads ``GIT_COMMON_DIR`` and
``GIT_OBJECT_DIRECTORY`` itself, and its commands add to the caller's environment but cannot
take a variable out of it (3.2.1, ``Git.execute``).
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

from kuzuvcs.core import limits
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
    "core.bigFileThreshold=1m",  # git streams what is larger instead of taking it into memory
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.allow=never",
)


_BLOCK = 1 << 20
_SAID = 1 << 20
"""Bytes of a message of git that are read."""


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
        """The output of ``git ARGUMENTS``; ``stdin`` is short.

        Raises :class:`GitFailed` unless it exits with 0, and where it prints more than a store of ours needs.
        """
        return self._run(arguments, stdin, None)

    def look_up(self, *arguments: str) -> bytes:
        """The same for a call that only reads, and is ended where it takes minutes.

        A tree of a few kB can name the same folders again and again, so that walking it never ends.
        """
        return self._run(arguments, b"", limits.GIT_SECONDS)

    def _run(self, arguments: tuple[str, ...], stdin: bytes, seconds: float | None) -> bytes:
        with tempfile.TemporaryFile() as said, self._started(arguments, said) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            late = threading.Timer(seconds, process.kill) if seconds else None
            if late:
                late.daemon = True
                late.start()
            try:
                with contextlib.suppress(BrokenPipeError):
                    process.stdin.write(stdin)
                    process.stdin.close()
                output = _read(process.stdout, limits.GIT_ANSWER + 1)
                if len(output) > limits.GIT_ANSWER:
                    process.kill()
                code = process.wait()
            finally:
                if late:
                    late.cancel()
            if len(output) > limits.GIT_ANSWER:
                raise GitFailed(
                    f"git {arguments[0]} was ended", cause=f"it printed over {limits.GIT_ANSWER:,} bytes"
                )
            if seconds and code == -signal.SIGKILL:
                raise GitFailed(f"git {arguments[0]} was ended", cause=f"it took over {seconds:g} seconds")
            if code != 0:
                said.seek(0)
                failed = failure(arguments[0], code, said.read(_SAID))
                failed.output = output
                raise failed
            return output

    def _started(self, arguments: tuple[str, ...], said: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command(*arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            env=self._environment(),
            cwd=self.directory,
            pass_fds=self.held,
        )

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


def _read(stream: IO[bytes], most: int) -> bytes:
    """The first ``most`` bytes.  One call of ``read`` would reserve the memory for all of them at once."""
    data = bytearray()
    while len(data) < most and (block := stream.read(min(_BLOCK, most - len(data)))):
        data += block
    return bytes(data)


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
