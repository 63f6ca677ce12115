from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.calls import Program


@pytest.fixture
def project(tmp_path: Path, kuzuvcs: Program) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    assert kuzuvcs("-C", folder, "init", "--database", "app.kuzu").code == 0
    return folder


def test_they_may_stand_before_or_after_the_command(kuzuvcs: Program, project: Path) -> None:
    calls = [
        kuzuvcs("-C", project, "--json", "log"),
        kuzuvcs("-C", project, "log", "--json"),
        kuzuvcs("--json", "log", "-C", project),
        kuzuvcs("log", "--json", "-C", project),
    ]
    assert [call.code for call in calls] == [0, 0, 0, 0]
    assert [call.document for call in calls] == [{"versions": []}] * 4


def test_the_one_further_right_wins(kuzuvcs: Program, tmp_path: Path) -> None:
    document = kuzuvcs("--database", "left.kuzu", "--json", "init", "--database", "right.kuzu").document
    assert document["database"] == str(tmp_path / "right.kuzu")


def test_the_value_of_an_option_is_not_taken_for_one(kuzuvcs: Program) -> None:
    call = kuzuvcs("generate", "-m", "--json")
    assert call.code == 1
    assert call.out == ""


def test_a_folder_that_is_not_there(kuzuvcs: Program) -> None:
    call = kuzuvcs("-C", "nowhere", "log")
    assert call.code == 2
    assert call.err.startswith("error: no folder 'nowhere'\n")


def test_the_working_folder_is_back_after_the_call(kuzuvcs: Program, project: Path) -> None:
    before = Path.cwd()
    kuzuvcs("-C", project, "log")
    assert Path.cwd() == before != project


def test_quiet_leaves_out_the_report_and_not_the_error(kuzuvcs: Program, project: Path) -> None:
    quiet = kuzuvcs("-q", "-C", project, "log")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")
    assert kuzuvcs("-q", "-C", project, "show", "v7").err.startswith("error: ")


def test_paths_are_those_seen_from_the_folder(kuzuvcs: Program, project: Path) -> None:
    call = kuzuvcs("-C", project, "--database", "other.kuzu", "snapshot")
    assert call.code == 1
    assert str(project / "other.kuzu") in call.err


def test_version(kuzuvcs: Program) -> None:
    from kuzuvcs import __version__

    assert kuzuvcs("--version").out == f"kuzuvcs {__version__}\n"


def test_no_arguments_show_the_help(kuzuvcs: Program) -> None:
    assert kuzuvcs().out == kuzuvcs("--help").out != ""


def test_reports_name_places_as_seen_from_the_folder(kuzuvcs: Program, tmp_path: Path) -> None:
    (tmp_path / "app.kuzu").touch()
    assert kuzuvcs("init", "--database", "app.kuzu").out == (
        f"made a project in {tmp_path}\n"
        "  database    app.kuzu\n"
        "  store       snapshots\n"
        "  migrations  migrations\n"
        'kuzuvcs snapshot -m "first" makes the first version\n'
    )
