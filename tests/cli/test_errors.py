from __future__ import annotations

import errno
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kuzuvcs.cli.errors import describe, report
from kuzuvcs.cli.options import GlobalOptions
from kuzuvcs.errors import DamagedStore, EngineCrashed, KuzuvcsError, OpenQuestion, ProofFailed
from kuzuvcs.repository import Repository
from tests.cli.calls import Program
from tests.tasks.building import run

THREE_PARTS = re.compile(r"error: \S.*\n(cause: \S.*\n)?hint:  \S.*\n")


def test_no_project(kuzuvcs: Program, tmp_path: Path) -> None:
    call = kuzuvcs("log")
    assert call.code == 1
    assert call.out == ""
    assert THREE_PARTS.fullmatch(call.err)
    assert str(tmp_path) in call.err


def test_no_project_as_json(kuzuvcs: Program) -> None:
    call = kuzuvcs("log", "--json")
    error = call.document["error"]
    assert error["kind"] == "project_error"
    assert error["exit_code"] == call.code == 1
    assert error["message"] in call.err
    assert error["cause"] in call.err
    assert error["hint"] in call.err


def test_an_unknown_revision_says_what_there_is(kuzuvcs: Program) -> None:
    kuzuvcs("init", "--database", "app.kuzu")
    call = kuzuvcs("show", "v9")
    assert call.code == 1
    assert call.err.startswith("error: no version 'v9'\ncause: ")


@pytest.mark.parametrize(
    "arguments",
    [
        ("frobnicate",),
        ("log", "--frobnicate"),
        ("--frobnicate", "log"),
        ("checkout",),
        ("checkout", "v1", "--verify", "hopes"),
        ("snapshot", "-m"),
        ("log", "one", "too many"),
    ],
)
def test_wrong_usage(kuzuvcs: Program, arguments: tuple[str, ...]) -> None:
    call = kuzuvcs(*arguments)
    assert call.code == 2
    assert call.out == ""
    assert THREE_PARTS.fullmatch(call.err)
    assert "--help tells more" in call.err


def test_wrong_usage_as_json(kuzuvcs: Program) -> None:
    for arguments in (("--json", "log", "--frobnicate"), ("log", "--frobnicate", "--json")):
        error = kuzuvcs(*arguments).document["error"]
        assert (error["kind"], error["exit_code"]) == ("usage_error", 2)
        assert error["message"].startswith("no such option: --frobnicate")


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (OpenQuestion("was a renamed to b?"), "open_question", 2),
        (DamagedStore("a flipped byte"), "damaged_store", 3),
        (ProofFailed("DOWN loses a row"), "proof_failed", 3),
        (EngineCrashed("the engine ended"), "engine_crashed", 4),
        (KeyboardInterrupt(), "interrupted", 130),
        (OSError(errno.ENOSPC, "", "/data/x"), "os_error", 1),
        (ZeroDivisionError("division by zero"), "internal_error", 1),
    ],
)
def test_kinds_and_exit_codes(error: BaseException, kind: str, code: int) -> None:
    failure = describe(error)
    assert (failure.kind, failure.exit_code) == (kind, code)


def test_lines_below_the_first_stand_below_it(capsys: pytest.CaptureFixture[str]) -> None:
    report(KuzuvcsError("one\ntwo", cause="three", hint="four\nfive"), GlobalOptions(), [])
    assert capsys.readouterr().err == (
        "error: one\n       two\ncause: three\nhint:  four\n       five\n"
    )  # fmt: skip


def test_an_error_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    report(KuzuvcsError("table \x1b[2Jx\u202e", cause="\x9b31m"), GlobalOptions(), [])
    assert capsys.readouterr().err == "error: table \\x1b[2Jx\\u202e\ncause: \\x9b31m\n"


def _raised() -> ZeroDivisionError:
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError as error:
        return error
    raise AssertionError


def test_an_internal_error_shows_its_traceback_only_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(_raised(), GlobalOptions(), ["log"]) == 1
    plain = capsys.readouterr().err
    assert plain.startswith("error: internal error\ncause: ZeroDivisionError: division by zero\nhint:  ")
    assert "Traceback" not in plain
    report(_raised(), GlobalOptions(verbose=True), ["log"])
    assert "Traceback" in capsys.readouterr().err


def test_an_interrupt_is_one_plain_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(KeyboardInterrupt(), GlobalOptions(), []) == 130
    assert capsys.readouterr().err == "error: interrupted\n"


def test_a_reader_that_went_away_is_no_failure_worth_a_word() -> None:
    program = subprocess.Popen(
        [sys.executable, "-m", "kuzuvcs", "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert program.stdout is not None
    program.stdout.close()
    _, err = program.communicate(timeout=60)
    assert (program.returncode, err) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_output_that_cannot_be_written_is_a_failure() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "kuzuvcs", "--help"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    assert (done.returncode, done.stderr) == (1, b"error: No space left on device\n")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_may_be_closed(tmp_path: Path, closed: str) -> None:
    """As a service's are; the files that are opened must not take their place."""
    Repository.init(tmp_path, "app.kuzu")
    run(tmp_path / "app.kuzu", "CREATE NODE TABLE T(id INT64 PRIMARY KEY)")
    for command, code in (("snapshot", 0), ("nosuch", 2)):
        done = subprocess.run(
            ["/bin/sh", "-c", f'"{sys.executable}" -m kuzuvcs {command} {closed}'],
            cwd=tmp_path,
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == code
        assert b"Traceback" not in done.stderr
    assert [one.version for one in Repository.open(tmp_path).log()] == ["v1"]
