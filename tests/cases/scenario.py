"""Scenario files: an old database, a new schema, and what is expected of the way between them.

A file is sections under ``== name`` lines; a line is one item, and an indented line goes on with the one
before; ``#`` starts a comment.  ``old`` and ``new`` hold DDL, ``data`` statements, ``renames`` hold
``Table -> New`` and ``Table.column -> new``, ``cast`` and ``cast-down`` the texts of those options,
``changes`` and ``hazards`` what is expected, as they are shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kuzuvcs.core.comparing.renames import Renames

_SECTIONS = ("old", "data", "new", "renames", "cast", "cast-down", "changes", "hazards")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What a file says."""

    old: tuple[str, ...]
    data: tuple[str, ...]
    new: tuple[str, ...]
    renames: Renames
    cast: tuple[str, ...]
    cast_down: tuple[str, ...]
    changes: tuple[str, ...]
    hazards: tuple[str, ...]


def read_scenario(path: Path) -> Scenario:
    """The scenario of a file.

    :raises ValueError: it has a section that there is not, twice, or an item in none
    """
    sections: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            name = line.removeprefix("== ")
            if name not in _SECTIONS or name in sections:
                raise ValueError(f"{path.name}: section {name!r}")
            sections[name] = []
        elif line.strip() and not line.startswith("#"):
            items = list(sections.values())[-1] if sections else []
            if line.startswith(" ") and items:
                items[-1] += " " + line.strip()
            elif sections and not line.startswith(" "):
                items.append(line)
            else:
                raise ValueError(f"{path.name}: {line!r} is in no section")

    def items_of(name: str) -> tuple[str, ...]:
        return tuple(sections.get(name, ()))

    return Scenario(
        old=items_of("old"),
        data=items_of("data"),
        new=items_of("new"),
        renames=_renames(items_of("renames")),
        cast=items_of("cast"),
        cast_down=items_of("cast-down"),
        changes=items_of("changes"),
        hazards=items_of("hazards"),
    )


def _renames(lines: tuple[str, ...]) -> Renames:
    pairs = [line.split(" -> ") for line in lines]
    return Renames(
        tables=tuple((old, new) for old, new in pairs if "." not in old),
        columns=tuple((*old.split("."), new) for old, new in pairs if "." in old),  # type: ignore[misc]
    )
