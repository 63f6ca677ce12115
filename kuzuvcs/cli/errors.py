"""The one place where a failure becomes words and an exit code."""

from __future__ import annotations

import os
import re
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from kuzuvcs.cli import output
from kuzuvcs.errors import KuzuvcsError, UsageError
from kuzuvcs.render.report import error_lines

if TYPE_CHECKING:
    from kuzuvcs.cli.options import GlobalOptions

INTERRUPTED = 130
"""128 + SIGINT, as shells have it."""
BROKEN_PIPE = 141
"""128 + SIGPIPE: the reader of our output went away, which is no failure worth a word."""

_INSTALL = (
    "install kuzuvcs again (pip install --force-reinstall kuzuvcs); "
    "if it is installed, see the memory that a process may take (ulimit -v)"
)
_MEMORY = "see the memory that a process may take (ulimit -v), or run it on a machine with more"
_REPORT = "this is a fault of kuzuvcs: please report it, with what the same command shows with -v"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A failure in its three parts, its kind and its exit code."""

    kind: str
    message: str
    cause: str = ""
    hint: str = ""
    exit_code: int = 1


def report(error: BaseException, options: GlobalOptions, arguments: Sequence[str]) -> int:
    """Say what failed, on stderr, and under ``--json`` on stdout too; return the exit code.

    ``arguments`` tell whether ``--json`` was given, where the parser did not come so far.
    """
    if isinstance(error, BrokenPipeError):
        # Ours: the library makes errors of its own of the pipes to git and to the engine.
        _close_output()
        return BROKEN_PIPE
    failure = describe(error)
    if options.verbose and failure.kind in {"internal_error", "os_error"}:
        traceback.print_exception(error, file=sys.stderr)
    try:
        _print(failure, as_json=options.json or _asked_for_json(error, arguments))
        sys.stdout.flush()
    except OSError:
        _close_output()
    return failure.exit_code


def describe(error: BaseException) -> Failure:
    """The failure that an exception stands for."""
    match error:
        case KuzuvcsError():
            return Failure(
                kind=_snake(type(error).__name__),
                message=error.message,
                cause=error.cause,
                hint=error.hint,
                exit_code=error.exit_code,
            )
        case typer.TyperException():
            return _wrong_usage(error)
        case KeyboardInterrupt():
            return Failure(kind="interrupted", message="interrupted", exit_code=INTERRUPTED)
        case ImportError():
            return Failure(
                kind="missing_library",
                message=f"the library {error.name or 'that kuzuvcs needs'} cannot be loaded",
                cause=str(error),
                hint=_INSTALL,
            )
        case MemoryError():
            return Failure(
                kind="out_of_memory", message="there is not enough memory", cause=str(error), hint=_MEMORY
            )
        case OSError() if error.errno is not None:
            place = f": {error.filename}" if error.filename else ""
            return Failure(kind="os_error", message=f"{os.strerror(error.errno)}{place}")
        case _:
            name = type(error).__name__
            return Failure(
                kind="internal_error", message="internal error", cause=f"{name}: {error}", hint=_REPORT
            )


def _wrong_usage(error: typer.TyperException) -> Failure:
    context = getattr(error, "ctx", None)
    message = error.format_message().rstrip(".")
    usage = "" if context is None else context.get_usage().removeprefix("Usage: ")
    command = "kuzuvcs" if context is None else context.command_path
    return Failure(
        kind="usage_error",
        message=message[:1].lower() + message[1:],
        cause=f"the usage is: {usage}" if usage else "",
        hint=f"{command} --help tells more",
        exit_code=UsageError.exit_code,
    )


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _print(failure: Failure, *, as_json: bool) -> None:
    from kuzuvcs.render.documents import error_document

    output.write_lines(error_lines(failure.message, failure.cause, failure.hint), sys.stderr)
    if as_json:
        document = error_document(
            kind=failure.kind,
            message=failure.message,
            cause=failure.cause,
            hint=failure.hint,
            exit_code=failure.exit_code,
        )
        output.write_document(document)


def _asked_for_json(error: BaseException, arguments: Sequence[str]) -> bool:
    return isinstance(error, typer.TyperException) and "--json" in arguments


def _close_output() -> None:
    # The interpreter flushes stdout once more as it ends, and would complain of the same fault.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
