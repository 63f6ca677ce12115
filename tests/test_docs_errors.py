"""``docs/errors.md`` has an entry for everything that running scripts says, and for nothing else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
ENTRIES = {
    message
    for heads in re.findall(r"^- (\*\*.+?\*\*(?:,\s+\*\*.+?\*\*)*):", PAGE, re.MULTILINE | re.DOTALL)
    for message in re.findall(r"\*\*(.+?)\*\*", heads)
}
SOURCES = [
    *sorted((ROOT / "kuzuvcs" / "tasks" / "running").glob("*.py")),
    *(
        ROOT / "kuzuvcs" / name
        for name in (
            "core/scripts/chain.py",
            "core/scripts/merging.py",
            "tasks/proving/merge.py",
            "core/scripts/history.py",
            "core/scripts/recognition.py",
            "core/scripts/replacing.py",
            "core/scripts/placeholders.py",
            "tasks/building/place.py",
            "file_access.py",
            "tasks/reading/history.py",
        )
    ),
    *(
        ROOT / "kuzuvcs" / "migrations" / name
        for name in ("callbacks.py", "folder.py", "script_bytes.py", "sections.py", "sum_file.py")
    ),
]
ELSEWHERE = {"… is open in another process", "… is open in this process", "not enough room on the disk to …"}
"""Said by what reads any database and writes any file, and likely here, too."""


def messages(source: Path) -> Iterator[str]:
    """What is raised in a module, ``…`` for what it fills in; and what :func:`failing` makes an error of."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        match node:
            case (
                ast.Raise(exc=ast.Call(args=[first, *_]))
                | ast.Call(func=ast.Name(id="failing"), args=[first, *_])
            ):
                if isinstance(first, ast.Constant | ast.JoinedStr):
                    yield _words(first)
            case _:
                continue


def _words(text: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(text, ast.Constant):
        return str(text.value)
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in text.values)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_every_message_has_its_entry(source: Path) -> None:
    assert [message for message in messages(source) if message not in ENTRIES] == []


def test_every_entry_is_a_message() -> None:
    said = {message for source in SOURCES for message in messages(source)}
    assert len(said) > 30
    assert ENTRIES - said - ELSEWHERE == set()
