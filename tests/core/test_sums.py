from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kuzuvcs.core.scripts.sums import SUM_FILE, Checksum, render_sum, sum_faults


def digest(text: str) -> Checksum:
    return Checksum(value=hashlib.sha256(text.encode()).hexdigest())


NAMES = st.from_regex(r"20[0-9]{6}_[0-9]{6}_[a-z]{1,3}\.cypher", fullmatch=True)
FOLDERS = st.dictionaries(NAMES, st.text(max_size=3).map(digest), max_size=6)


@given(FOLDERS)
def test_a_folder_as_it_was_recorded_has_no_fault(files: dict[str, Checksum]) -> None:
    assert sum_faults(render_sum(files), files) == ()


@given(FOLDERS, FOLDERS)
def test_every_difference_is_found_by_name_and_line(
    old: dict[str, Checksum], new: dict[str, Checksum]
) -> None:
    text = render_sum(old)
    found = {(fault.kind, fault.file) for fault in sum_faults(text, new)}
    assert found == {
        *(("missing", name) for name in old.keys() - new.keys()),
        *(("unrecorded", name) for name in new.keys() - old.keys()),
        *(("altered", name) for name in old.keys() & new.keys() if old[name] != new[name]),
    }
    lines = text.splitlines()
    for fault in sum_faults(text, new):
        if fault.kind != "unrecorded":
            assert lines[fault.line - 1].endswith(fault.file)


@given(FOLDERS.filter(lambda files: len(files) > 1))
def test_lines_in_another_order_are_found(files: dict[str, Checksum]) -> None:
    head, *lines = render_sum(files).splitlines()
    turned = "\n".join([head, *reversed(lines)]) + "\n"
    assert {"reordered", "folder"} <= {fault.kind for fault in sum_faults(turned, files)}


@given(FOLDERS, NAMES, NAMES)
def test_two_branches_are_never_merged_in_silence(base: dict[str, Checksum], ours: str, theirs: str) -> None:
    one, two = {**base, ours: digest("ours")}, {**base, theirs: digest("theirs")}
    if one == base or two == base or ours == theirs or {ours, theirs} & base.keys():
        return
    head_one, head_two = render_sum(one).split("\n")[0], render_sum(two).split("\n")[0]
    assert head_one != head_two != render_sum(base).split("\n")[0]
    both = {**one, **two}
    lines = render_sum(both).split("\n")[1:]
    for head in (head_one, head_two):
        assert [fault.kind for fault in sum_faults("\n".join([head, *lines]), both)] == ["folder"]


def test_the_marks_of_a_conflict_are_named() -> None:
    [fault] = sum_faults("<<<<<<< ours\n# folder a\n=======\n", {})
    assert (fault.kind, fault.file, fault.line) == ("unreadable", SUM_FILE, 1)
    assert "merge" in fault.cause


@pytest.mark.parametrize("text", ["", "nonsense\n", "# folder " + "a" * 64 + "\nx\n"])
def test_what_is_no_sum_file_is_a_fault_and_no_crash(text: str) -> None:
    assert [fault.kind for fault in sum_faults(text, {})] == ["unreadable"]


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="a stock tool of Linux")
def test_stock_sha256sum_reads_it(tmp_path: Path) -> None:
    (tmp_path / "20270101_000000_a.cypher").write_text("-- UP\n")
    (tmp_path / SUM_FILE).write_text(render_sum({"20270101_000000_a.cypher": digest("-- UP\n")}))
    done = subprocess.run(["sha256sum", "-c", SUM_FILE], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0
