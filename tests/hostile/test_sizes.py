"""A few bytes in a store that would take all memory or time: refused, or done within bounds."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from kuzuvcs.core import limits
from kuzuvcs.errors import KuzuvcsError
from kuzuvcs.repository import Repository
from tests.hostile.test_stored import commit_with, edited, forge, prepared, project, refused
from tests.tasks.building import git, of, run

__all__ = ["prepared", "project"]

MEMORY = 2 << 20
"""KiB of memory for each process of a command; a COPY of 200 million rows takes ten times that."""

MEASURED = """
import resource, subprocess, sys
done = subprocess.run([sys.executable, "-m", "kuzuvcs", *sys.argv[1:]])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, done.returncode)
"""


def at(position: object) -> Callable[[Any], None]:
    return lambda document: document["sequences"].update(numbers=position)


@pytest.mark.slow
def test_a_sequence_that_has_given_200_million_values(project: Repository) -> None:
    forge(project.project.store, sequences=at(200_000_000))
    target = project.project.root / "beside.kuzu"
    words = ["checkout", "v2", "--to", str(target)]
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *words], cwd=project.project.root, capture_output=True, check=True
    )
    memory, code = map(int, done.stdout.splitlines()[-1].split())
    assert code == 0, done.stderr
    assert memory < MEMORY
    assert run(target, "RETURN currval('numbers')") == [[200_000_000]]
    assert run(target, "CALL show_sequences() RETURN *")[0][2:] == [1, 1, 1, 2**63 - 1, False]
    assert not of(project, target).diff("v2").changes


@pytest.mark.parametrize("position", [7, 250, 12_345, 5_000_321])
def test_a_sequence_is_brought_to_exactly_its_position(project: Repository, position: int) -> None:
    forge(project.project.store, sequences=at(position))
    target = project.project.root / "beside.kuzu"
    project.checkout("v2", to=target)
    assert not of(project, target).snapshot("again").changed
    assert run(target, "RETURN nextval('numbers')") == [[position + 1]]


@pytest.mark.parametrize("position", [limits.SEQUENCE_CALLS + 1, 10**12, 2**63 - 1, 0, -5])
def test_a_position_that_no_checkout_reaches(project: Repository, position: int) -> None:
    """Everything else of the version can be read."""
    forge(project.project.store, sequences=at(position))
    with pytest.raises(KuzuvcsError, match="sequence numbers cannot be brought to"):
        project.checkout("v2", to=project.project.root / "beside.kuzu")
    assert not (project.project.root / "beside.kuzu").exists()
    project.show("v2")
    assert project.verify("v2").ok


def test_steps_of_nothing(project: Repository) -> None:
    def still(schema: Any) -> None:
        schema["sequences"]["numbers"]["increment"] = 0

    forge(project.project.store, schema=still, sequences=at(5))
    with pytest.raises(KuzuvcsError):
        project.checkout("v2", to=project.project.root / "beside.kuzu")


@pytest.mark.parametrize("position", [2**63, -(2**63) - 1, 1.5, "7", True, [], 10**4000])
def test_a_position_that_is_none(project: Repository, position: object) -> None:
    commit_with(
        project.project.store,
        {"sequences.json": edited(project.project.store, "sequences.json", at(position))},
    )
    assert "sequences.json" in refused(project)


@pytest.mark.parametrize(
    "edit",
    [
        lambda document: document["sequences"].update(nobody=3),
        lambda document: document["serials"].update(User={"id": 3}),
        lambda document: document["serials"].update(Nobody={"id": 3}),
    ],
)
def test_a_position_of_no_sequence(project: Repository, edit: Callable[[Any], None]) -> None:
    forge(project.project.store, sequences=edit)
    assert "sequences.json" in refused(project)


@pytest.mark.parametrize("path", ["manifest.json", "schema.json", "sequences.json"])
def test_a_document_of_spaces(project: Repository, path: str) -> None:
    text = git(project.project.store, "show", f"v1:{path}").encode()
    commit_with(project.project.store, {path: text + b" " * limits.DOCUMENTS[path]})
    assert f"kuzuvcs reads at most {limits.DOCUMENTS[path]:,}" in refused(project)
    with pytest.raises(KuzuvcsError, match="reads at most"):
        project.diff("v1", "v2")


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "[" * 300 + "]" * 300, "1" * 1_000_000])
@pytest.mark.parametrize("path", ["manifest.json", "schema.json", "sequences.json"])
def test_a_document_that_is_nested_without_end(project: Repository, path: str, text: str) -> None:
    commit_with(project.project.store, {path: text.encode()})
    assert refused(project).startswith("v2")


@pytest.mark.parametrize(
    "text",
    [
        "+".join(["n"] * 200_000),
        "(" * 20_000 + "n" + ")" * 20_000,
        "abs(" * 65 + "n" + ")" * 65,
        "'x'" * 600_000,
    ],
)
def test_an_expression_without_end(project: Repository, text: str) -> None:
    def default(schema: Any) -> None:
        schema["node_tables"]["User"]["columns"]["n"]["default"] = {"expression": text}

    def body(schema: Any) -> None:
        schema["macros"]["PLUS_ONE"]["body"] = text

    def parameter(schema: Any) -> None:
        schema["macros"]["PLUS_ONE"]["parameters"][0]["default"] = text

    for edit in (default, body, parameter):
        with pytest.raises(KuzuvcsError) as raised:
            forge(project.project.store, schema=edit)
        assert len(str(raised.value)) < 1000
        commit_with(
            project.project.store, {"schema.json": edited(project.project.store, "schema.json", edit)}
        )
        assert "at most" in refused(project)


def test_a_constant_without_end(project: Repository) -> None:
    def default(schema: Any) -> None:
        values = {"constant": ["1"] * (limits.CONSTANT_VALUES + 1)}
        schema["node_tables"]["User"]["columns"]["n"] = {"default": values, "type": "INT64[]"}

    commit_with(project.project.store, {"schema.json": edited(project.project.store, "schema.json", default)})
    assert f"takes at most {limits.CONSTANT_VALUES:,}" in refused(project)
