"""What only a terminal gets: colour, a progress bar, questions."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kuzuvcs.cli.options import GlobalOptions
from kuzuvcs.cli.questions import can_ask
from tests.cli.terminal import on_a_terminal

ASK = """
from kuzuvcs.cli import errors
from kuzuvcs.cli.options import GlobalOptions
from kuzuvcs.cli.questions import can_ask, questioner
from kuzuvcs.core.renaming.answers import Question
question = Question(table="User", old="name\\x1b[2J", new="full_name", doubt="no data")
assert can_ask(GlobalOptions()) and not can_ask(GlobalOptions(no_input=True))
try:
    print("answer:", questioner(lambda: None)(question))
except Exception as error:
    raise SystemExit(errors.report(error, GlobalOptions(), []))
"""

WORK = """
import sys
from kuzuvcs.cli.progress import TerminalProgress
progress = TerminalProgress()
progress.stage("reading [bold]User\\x1b[2J", 10)
progress.advance(10)
progress.note("proving on a copy with 3 [rows]")
progress.stage("building an index")
progress.stop()
print("done")
"""


def test_colour_on_a_terminal_and_none_with_no_color(tmp_path: Path) -> None:
    failing = ["-m", "kuzuvcs", "-C", str(tmp_path), "log"]
    code, shown = on_a_terminal(failing)
    assert code == 1
    assert "\x1b[1;31merror:\x1b[0m no project here" in shown
    for setting in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        _, plain = on_a_terminal(failing, environment=setting)
        assert "\x1b" not in plain
        assert "error: no project here" in plain


def test_no_colour_where_there_is_no_terminal(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kuzuvcs", "-C", str(tmp_path), "log"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stderr.startswith("error: no project here")


@pytest.mark.parametrize(
    ("typed", "answer"), [("y\n", "True"), ("No\n", "False"), ("perhaps\n\nyes\n", "True")]
)
def test_a_question_shows_its_evidence_and_asks_until_answered(typed: str, answer: str) -> None:
    code, shown = on_a_terminal(["-c", ASK], typed=typed)
    assert code == 0
    assert "there are no data to confirm it" in shown
    assert "\x1b[2J" not in shown
    assert shown.count("[y/n]") == typed.count("\n")
    assert shown.endswith(f"answer: {answer}\n")


def test_the_end_of_the_input_answers_nothing() -> None:
    code, shown = on_a_terminal(["-c", ASK], typed="\x04")
    assert code == 2
    assert "--no-renames" in shown
    assert "answer:" not in shown


def test_nobody_is_asked_without_a_terminal() -> None:
    assert not can_ask(GlobalOptions())


def test_progress_shows_stages_and_leaves_nothing() -> None:
    code, shown = on_a_terminal(["-c", WORK])
    assert code == 0
    assert "reading [bold]User\\x1b[2J" in shown
    assert "\x1b[2J" not in shown
    assert "proving on a copy with 3 [rows]" in shown
    assert "\x1b[?25h" in shown, "the cursor is back"
    assert shown.endswith("\x1b[2Kdone\n"), "the bar's line was erased"
