"""What the library's calls return: plain values, the same that ``--json`` prints."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from kuzuvcs.core.backup import Backup
from kuzuvcs.core.comparing.changes import Change
from kuzuvcs.core.engine import Engine, EngineName
from kuzuvcs.core.manifest import Manifest
from kuzuvcs.core.planning.before import Capture
from kuzuvcs.core.planning.hazard_codes import HazardName, Severity, kind_of
from kuzuvcs.core.planning.hazards import Hazard
from kuzuvcs.core.schema import Schema
from kuzuvcs.core.scripts.portions import Portion
from kuzuvcs.core.scripts.proof import ProofState

LIVE = "@live"
"""The name of the live database, where a revision may stand."""

TableKind = Literal["node", "rel"]
Verification = Literal["values", "counts"]
ProofKind = Literal["data", "schema"]
"""Whether a script is proven on a copy with rows, or on an empty one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRows:
    """A table and its rows; a rel table's are its edges over all connections."""

    name: str
    kind: TableKind
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsChange:
    """A table's rows on two sides, ``None`` where it does not exist.

    ``data`` tells whether any value differs, ``None`` where that was not looked at.
    """

    table: str
    before: int | None
    after: int | None
    data: bool | None = None

    @property
    def differs(self) -> bool:
        """Whether the rows differ in number, or in a value as far as was compared."""
        return self.before != self.after or self.data is True


ValuesState = Literal["same", "differs", "not_compared"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableValues:
    """Whether the values of a table that is on both sides are the same."""

    table: str
    state: ValuesState


def values_of(rows: Iterable[RowsChange]) -> tuple[TableValues, ...]:
    """What is known of the values of the tables on both sides."""
    return tuple(
        TableValues(
            table=row.table,
            state="differs" if row.differs else "not_compared" if row.data is None else "same",
        )
        for row in rows
        if row.before is not None and row.after is not None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A snapshot; ``changed`` is false where the database is its head's version, and none was made."""

    version: str
    commit: str
    schema_digest: str
    changed: bool
    tables: tuple[TableRows, ...]
    stored_bytes: int
    reused_bytes: int
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionSummary:
    """One line of the log."""

    version: str
    commit: str
    created: datetime
    message: str
    schema_digest: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionDetail:
    """Everything that a version says of itself."""

    summary: VersionSummary
    manifest: Manifest
    schema: Schema
    tables: tuple[TableRows, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """What leads from one side to the other; a side is a version's name or ``@live``.

    ``hazards`` are what it would cost to make the changes; ``sequences`` those whose current values differ, a
    SERIAL column's as ``Table.column``.
    """

    before: str
    after: str
    changes: tuple[Change, ...]
    rows: tuple[RowsChange, ...]
    warnings: tuple[str, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    sequences: tuple[str, ...] = ()

    @property
    def values(self) -> tuple[TableValues, ...]:
        """Whether the values of each table that is on both sides are the same, or were not compared."""
        return values_of(self.rows)

    @property
    def found(self) -> bool:
        """Whether there is any difference, as far as was compared."""
        return bool(self.changes or self.sequences) or any(row.differs for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The live database against the head.

    ``version`` is the version that the live database is, ``None`` if it is none: by schema, row counts and
    the values that were compared, which are all with ``by_value``.  ``values`` says for each table of both
    sides whether its values are the head's; ``sequences`` names those whose current values are not.
    ``applied`` are the scripts that were run and not rolled back, ``pending`` those that are still to be run.
    """

    head: str | None
    version: str | None
    clean: bool
    changes: tuple[Change, ...]
    rows: tuple[RowsChange, ...]
    pending: tuple[str, ...]
    applied: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    values: tuple[TableValues, ...] = ()
    sequences: tuple[str, ...] = ()
    by_value: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the replay on a restored copy showed: each is true or there is no script.

    ``data``: the copy had the rows of every table that the script touches; else it was empty.
    """

    up: bool
    down: bool
    data: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Something that an engine cannot hold, and that a database of it goes without."""

    kind: str
    name: str
    reason: str

    @property
    def text(self) -> str:
        """In words."""
        return f"{self.kind} {self.name} is left out: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """A migration script; ``path`` is ``None`` where nothing was written; ``hazards`` are UP's.

    ``already`` are the ids of the scripts in the folder that make this step, where there are any.
    ``down_hazards`` are DOWN's.  ``lost`` is what has to be captured before UP is run, for DOWN to read;
    ``left_out`` is what the project's engine does not hold of the old version.
    """

    path: Path | None
    before: str
    after: str
    up: tuple[str, ...]
    down: tuple[str, ...]
    hazards: tuple[Hazard, ...]
    lost: tuple[Capture, ...]
    proof: Proof | None
    left_out: tuple[LeftOut, ...] = ()
    down_hazards: tuple[Hazard, ...] = ()
    already: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """A script that was proven again, on a copy of the version ``before``.

    ``digest`` is of what was proven.  ``hazards`` and ``down_hazards`` are the head's lines.
    ``lost`` says in words what DOWN did not bring back.
    """

    path: Path
    before: str
    proof: Proof
    digest: str
    hazards: tuple[str, ...]
    down_hazards: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """A merge script; ``path`` is ``None`` where there is nothing to merge.

    ``branches`` are the ids of the scripts that it joins, a tuple for each branch; ``data`` says whether the
    copy on which it was proven had rows.
    """

    path: Path | None
    branches: tuple[tuple[str, ...], ...]
    data: bool
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A script that was run, or would be: ``seconds`` is None in a dry run.

    ``proof`` says whether it is the script that was proven; None where its file was not looked at.
    ``drops`` is what it drops of this database.  ``brought_back`` is what an earlier rollback of it had
    dropped; ``notes`` say what did not come back, and why.
    """

    id: str
    seconds: float | None
    proof: ProofState | None = None
    drops: tuple[Portion, ...] = ()
    brought_back: tuple[Portion, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptFault:
    """What ``check`` finds; ``line`` is of ``file``, where one can be named.

    ``kind`` is ``unreadable``, ``folder``, ``altered``, ``missing``, ``unrecorded``, ``reordered`` or
    ``no_sum`` of the sum file, ``unreadable_script``, ``edited``,
    ``divergent``, ``broken_chain``, ``not_at_head``,
    ``drift`` or ``history``; ``outside`` of a statement that reaches outside of the database unallowed,
    ``allow_outside`` of settings that changed after that setting was confirmed on this machine.
    """

    kind: str
    file: Path
    line: int | None
    message: str
    cause: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptsChecked:
    """The scripts that could be read, what is wrong, and in words what could not be looked at."""

    scripts: tuple[Path, ...]
    faults: tuple[ScriptFault, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """What ``repair`` mended, or would: of the ``sum`` file, the ``history``, or a ``left_over`` file."""

    kind: Literal["sum", "history", "left_over"]
    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedUp:
    """A backup, and where it lies."""

    path: Path
    backup: Backup


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A backup in the live database's place; ``created`` is when it was taken, where that is known.

    ``verified``: its sha256 and rows are those that were written when it was taken; False where nothing was,
    and it was only opened.  ``kept`` is what was live before: a backup, or a folder with what could not be
    opened; None where there was nothing, and in a dry run.
    """

    name: str
    path: Path
    database: Path
    created: str | None
    verified: bool
    kept: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A restored database, and how it was verified before it was put in place.

    ``later`` is the file with the statements that make its missing indexes, where there is one.
    ``warnings`` say what the database that was replaced had and no version keeps.
    """

    version: str
    database: Path
    rows: int
    verified: Verification
    engine: EngineName = "kuzu"
    left_out: tuple[LeftOut, ...] = ()
    later: Path | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgraded:
    """A database rebuilt for another engine, every value of it verified."""

    source: Path
    target: Path
    before: Engine
    after: Engine
    tables: tuple[TableRows, ...]
    left_out: tuple[LeftOut, ...]
    warnings: tuple[str, ...]
    later: Path | None
    """The file with the statements that make the missing indexes, where there are any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineChanged:
    """A project that went over to another engine; ``upgraded`` is ``None`` where its database had already.

    ``refused`` are the statements of its migrations that the engine takes no more.
    """

    engine: Engine
    upgraded: Upgraded | None
    refused: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineAtHand:
    """A release that is on this machine; ``folder`` is ``None`` for one that is installed beside kuzuvcs."""

    engine: Engine
    storage: int
    folder: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseEngine:
    """What a database file is: its engine, its storage version, and which releases read it.

    ``reads`` is the release that kuzuvcs opens it with, ``None`` where it is not on this machine;
    ``releases`` are those that are known to read it.
    """

    database: Path
    engine: EngineName
    storage: int
    identity: str | None
    reads: Engine | None
    releases: tuple[Engine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A statement that an engine refuses; ``both`` where the engine that it was written for does, too."""

    file: Path
    line: int
    statement: str
    reason: str
    both: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TableVerified:
    """One table's file (a rel table has one per connection, named ``Rel (From to To)``)."""

    name: str
    rows: int
    ok: bool
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What DuckDB found in a version's files, and what was found in the live database."""

    version: str
    ok: bool
    tables: tuple[TableVerified, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A plain folder that the engine's own IMPORT DATABASE reads."""

    version: str
    path: Path
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A hazard in a script: where, and whether the script allows it.

    ``section`` is ``None`` for what concerns the script as a whole; ``line`` is that on which the statement
    begins, and ``statement`` its first line.
    """

    script: Path
    section: Literal["up", "down"] | None
    line: int
    statement: str
    name: HazardName
    text: str
    allowed: bool

    @property
    def code(self) -> str:
        """The stable code: ``KV103``."""
        return kind_of(self.name).code

    @property
    def severity(self) -> Severity:
        """Whether it makes ``lint`` fail, unless it is allowed."""
        return kind_of(self.name).severity


@dataclass(frozen=True, slots=True, kw_only=True)
class LintReport:
    """What was found in scripts, those findings included that a script allows."""

    scripts: tuple[Path, ...]
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether there is no error that is not allowed."""
        return all(one.allowed or one.severity != "error" for one in self.findings)
