"""The project: where its database, store and migrations are, from the project file.

The file is ``kuzuvcs.toml``, or ``[tool.kuzuvcs]`` in ``pyproject.toml``.  Paths are relative to it.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kuzuvcs.core import limits
from kuzuvcs.core.engine import DEFAULT_ENGINE, Engine, parse_engine
from kuzuvcs.core.scripts.placeholders import Value
from kuzuvcs.errors import ProjectError, UsageError
from kuzuvcs.files import write_atomic
from kuzuvcs.reading import read_bounded, real_path

FILE_NAME = "kuzuvcs.toml"
ENGINE = Engine(name="kuzu")
DATABASE = "database.kuzu"
"""The database of a new project, if none is named."""

_FILES = ((FILE_NAME, None), ("pyproject.toml", "kuzuvcs"))
_STORE = "snapshots"
_MIGRATIONS = "migrations"
_HISTORY = "migration_history"

_PROOF_LIMIT = "5 GB"
_UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}

_TEXTS = {"database", "engine", "store", "migrations", "history_table", "proof_limit"}
_NUMBERS = {"keep_backups"}
_SWITCHES = {"allow_outside"}
_TABLES = {"defaults", "macros", "placeholders"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project's places, all absolute, and what it declares where the engine cannot tell.

    ``engine`` is for databases that are made; of one that is there it is found from the file.

    ``defaults`` maps ``Table.column`` to the Cypher text of its default, ``macros`` a macro's name to
    its body: for the texts that the engine garbles (it drops parentheses).  ``proof_limit`` is in bytes of
    disk: a proof that takes more is asked about.  ``keep_backups`` is how many automatic backups stay.
    ``allow_outside`` lets scripts reach outside of the database, once it is confirmed on this machine for the
    settings that have this ``settings_digest``.
    """

    root: Path
    database: Path
    engine: Engine = DEFAULT_ENGINE
    store: Path
    migrations: Path
    history_table: str = _HISTORY
    proof_limit: int = 5 * 10**9
    keep_backups: int = 1
    defaults: dict[str, str] = field(default_factory=dict)
    macros: dict[str, str] = field(default_factory=dict)
    placeholders: dict[str, Value] = field(default_factory=dict)
    allow_outside: bool = False
    settings_digest: str = ""

    @property
    def file(self) -> Path:
        """The project file."""
        return next(
            (self.root / name for name, _ in _FILES if (self.root / name).is_file()), self.root / FILE_NAME
        )

    @property
    def scratch(self) -> Path:
        """Where data in passing goes: beside the store, on the same file system."""
        return self.store.parent / ".kuzuvcs"

    @property
    def local_store(self) -> Path:
        """Where scripts keep what they capture if the project has no store: beside the database.

        A server gets its scripts from a clone, and the next release may be another clone: what was captured
        of the database has to stay with the database.
        """
        real = self.database.resolve()
        return real.parent / ".kuzuvcs" / f"{real.name}.store"


def find_project(start: Path) -> Project:
    """The project that ``start`` is in: the nearest project file upward.

    :raises ProjectError: there is none (and where it was looked for), or it cannot be read
    """
    start = start.resolve()
    looked = [start, *start.parents]
    for folder in looked:
        if (project := project_in(folder)) is not None:
            return project
    raise ProjectError(
        "no project here",
        cause=f"neither {FILE_NAME} nor a pyproject.toml with [tool.kuzuvcs] in {start} or above it",
        hint="kuzuvcs init --database PATH makes one",
    )


def project_in(folder: Path) -> Project | None:
    """The project whose file is in this very folder, if there is one.

    :raises ProjectError: the file cannot be read
    """
    folder = folder.resolve()
    for name, section in _FILES:
        path = folder / name
        if path.is_file() and (settings := _settings(path, section)) is not None:
            return _project(folder, path, settings)
    return None


def new_project(
    root: Path, database: str, *, engine: Engine = DEFAULT_ENGINE, history_table: str | None = None
) -> Project:
    """A project that :func:`write_project` is to write into ``root``."""
    settings = {"database": database, "engine": str(engine), "store": _STORE, "migrations": _MIGRATIONS}
    if history_table not in (None, _HISTORY):
        settings["history_table"] = history_table
    return _project(root.resolve(), root / FILE_NAME, settings)


def require_same(project: Project, database: str | None, history_table: str | None) -> None:
    """Raise where a project that is there has another database or history table than these, if given.

    :raises ProjectError: its file says otherwise
    """
    root = project.root
    asked_place = None if database is None else _place(root, root, "database", database)
    for name, asked, found in (
        ("database", asked_place, project.database),
        ("history_table", history_table, project.history_table),
    ):
        if asked is not None and asked != found:
            raise ProjectError(
                f"there is a project in {project.root} already, with another {name}",
                cause=f"its project file names {found}",
                hint=f"to change it, edit {name} there; kuzuvcs init without options makes what is missing",
            )


def write_project(project: Project, database: str) -> Path:
    """Write the project file, and return its path; ``database`` is the path as it will be in it."""
    # A JSON string is a TOML basic string.
    lines = [
        f"database = {json.dumps(database, ensure_ascii=False)}",
        f"engine = {json.dumps(str(project.engine))}",
        f'store = "{_STORE}"',
        f'migrations = "{_MIGRATIONS}"',
    ]
    if project.history_table != _HISTORY:
        lines.append(f"history_table = {json.dumps(project.history_table, ensure_ascii=False)}")
    path = project.root / FILE_NAME
    write_atomic(path, "\n".join(lines) + "\n")
    return path


def write_engine(project: Project) -> None:
    """Write the project's engine into its file, and leave the rest of it as it stands.

    :raises ProjectError: the file has no place for it that can be told
    """
    line = f"engine = {json.dumps(str(project.engine))}"
    for name, section in _FILES:
        path = project.root / name
        if path.is_file() and _settings(path, section) is not None:
            text = _with_line(_text(path), section, line)
            _require_engine(path, text, section, project.engine)
            write_atomic(path, text)
            return
    raise ProjectError(f"no project file in {project.root}")


def _with_line(text: str, section: str | None, line: str) -> str:
    """The text with the line in place of the section's ``engine``, or as the first of the section."""
    lines = text.splitlines()
    header = re.compile(rf"\s*\[\s*tool\s*\.\s*{section}\s*\]")
    start = 0 if section is None else next((at + 1 for at, one in enumerate(lines) if header.match(one)), 0)
    end = next((at for at in range(start, len(lines)) if lines[at].lstrip().startswith("[")), len(lines))
    for at in range(start, end):
        if re.match(r"engine\s*=", lines[at]):
            return "\n".join([*lines[:at], line, *lines[at + 1 :]]) + "\n"
    return "\n".join([*lines[:start], line, *lines[start:]]) + "\n"


def _require_engine(path: Path, text: str, section: str | None, engine: Engine) -> None:
    document = tomllib.loads(text)
    settings = document if section is None else document["tool"][section]
    if settings.get("engine") != str(engine):
        raise ProjectError(
            f"{path} cannot be changed", cause="it is laid out unusually", hint=f'write engine = "{engine}"'
        )


def _text(path: Path) -> str:
    return read_bounded(path, limits.PROJECT_FILE).decode("utf-8")


def _settings(path: Path, section: str | None) -> dict[str, Any] | None:
    try:
        document = tomllib.loads(_text(path))
    except (OSError, ValueError, RecursionError) as error:
        raise ProjectError(f"{path} cannot be read", cause=str(error), hint="mend the file") from error
    if section is None:
        return document
    tools = document.get("tool")
    settings = tools.get(section) if isinstance(tools, dict) else None
    return settings if isinstance(settings, dict) else None


def _project(root: Path, path: Path, settings: dict[str, Any]) -> Project:
    unknown = set(settings) - _TEXTS - _NUMBERS - _SWITCHES - _TABLES
    if unknown:
        raise ProjectError(
            f"{path}: unknown setting {min(unknown)!r}",
            cause="",
            hint=f"known are {', '.join(sorted(_TEXTS | _NUMBERS | _SWITCHES | _TABLES))}",
        )
    for name in _TEXTS & set(settings):
        if not isinstance(settings[name], str) or not settings[name]:
            raise ProjectError(f"{path}: {name} must be a text", cause=f"it is {settings[name]!r}", hint="")
    if "database" not in settings:
        raise ProjectError(f"{path}: no database named", cause="", hint='add database = "app.kuzu"')
    return Project(
        root=root,
        database=_place(root, path, "database", settings["database"]),
        engine=_engine(path, settings.get("engine", str(DEFAULT_ENGINE))),
        store=_place(root, path, "store", settings.get("store", _STORE)),
        migrations=_place(root, path, "migrations", settings.get("migrations", _MIGRATIONS)),
        history_table=settings.get("history_table", _HISTORY),
        proof_limit=_bytes(path, "proof_limit", settings.get("proof_limit", _PROOF_LIMIT)),
        keep_backups=_number(path, "keep_backups", settings.get("keep_backups", 1)),
        defaults=_texts(path, "defaults", settings),
        macros=_texts(path, "macros", settings),
        placeholders=_values(path, "placeholders", settings),
        allow_outside=_switch(path, "allow_outside", settings.get("allow_outside", False)),
        settings_digest=_digest(settings),
    )


def _engine(path: Path, text: str) -> Engine:
    try:
        return parse_engine(text)
    except UsageError as error:
        raise ProjectError(f"{path}: {error.message}", cause=error.cause, hint=error.hint) from error


def _place(root: Path, file: Path, name: str, text: str) -> Path:
    path = Path(text)
    try:
        path = path.expanduser()
    except RuntimeError as error:
        # Without a user of that name it is a file whose name begins with a tilde.
        if path.parts[0] == "~":
            raise ProjectError(
                f"{file}: {name} cannot be used",
                cause=f"{text!r} begins with ~, and there is no home folder",
                hint="write the whole path, or set HOME",
            ) from error
    place = (root / path).absolute()
    try:
        real_path(place)
    except UsageError as error:
        raise ProjectError(
            f"{file}: {name} cannot be used", cause=f"{error.message}: {error.cause}", hint=error.hint
        ) from error
    return place


def _bytes(path: Path, name: str, text: str) -> int:
    found = re.fullmatch(r"([0-9]{1,12}(?:\.[0-9]{1,3})?) ?([kMGT]?B)", text)
    if found is None:
        raise ProjectError(
            f"{path}: {name} must be a size", cause=f"it is {text!r}", hint=f'say {name} = "{_PROOF_LIMIT}"'
        )
    return round(float(found[1]) * _UNITS[found[2]])


def _number(path: Path, name: str, value: object) -> int:
    if type(value) is not int or value < 0:
        raise ProjectError(
            f"{path}: {name} must be a whole number", cause=f"it is {value!r}", hint=f"say {name} = 1"
        )
    return value


def _switch(path: Path, name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise ProjectError(
            f"{path}: {name} must be true or false", cause=f"it is {value!r}", hint=f"write {name} = true"
        )
    return value


def _digest(settings: dict[str, Any]) -> str:
    """Of the settings as they are, whatever their order and layout."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode()).hexdigest()


def _values(path: Path, name: str, settings: dict[str, Any]) -> dict[str, Value]:
    table = settings.get(name, {})
    if not isinstance(table, dict) or not all(isinstance(value, Value) for value in table.values()):
        raise ProjectError(
            f"{path}: [{name}] must map names to texts, numbers, true or false", cause="", hint=""
        )
    return dict(table)


def _texts(path: Path, name: str, settings: dict[str, Any]) -> dict[str, str]:
    table = settings.get(name, {})
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise ProjectError(f"{path}: [{name}] must map names to texts", cause="", hint="")
    return dict(table)
