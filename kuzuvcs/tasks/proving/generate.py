"""Write a migration script: the diff planned, proven by replay, and only then put into the folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kuzuvcs.core.comparing.changes import Change
from kuzuvcs.core.comparing.describe import describe
from kuzuvcs.core.planning.casts import parse_casts
from kuzuvcs.core.planning.plan import DOWN_OPTION, UP_OPTION, Plan
from kuzuvcs.core.planning.step import hazards_in
from kuzuvcs.core.progress import Progress
from kuzuvcs.core.scripts.chain import require_one_line
from kuzuvcs.core.scripts.kept_rows import KeptRows
from kuzuvcs.core.scripts.merging import collapsed
from kuzuvcs.core.scripts.script import ScriptHead, script_head
from kuzuvcs.core.scripts.steps import already_made
from kuzuvcs.errors import UsageError
from kuzuvcs.migrations.folder import MigrationFile, migration_id, pledge, read_intact, write_migration
from kuzuvcs.project import Project
from kuzuvcs.release import RELEASE
from kuzuvcs.render.script import statements
from kuzuvcs.results import LIVE, Generated, LeftOut, Proof
from kuzuvcs.store import Store, Version
from kuzuvcs.tasks.comparing.compare import Answering, compare_sides
from kuzuvcs.tasks.comparing.sides import VersionSide
from kuzuvcs.tasks.engines.held import held, require_held
from kuzuvcs.tasks.proving.planning import Planning
from kuzuvcs.tasks.proving.proof_choice import Choosing, choose_extent
from kuzuvcs.tasks.proving.prove import Replay
from kuzuvcs.tasks.proving.proven_script import proven_script
from kuzuvcs.tasks.reading.inspect import Declarations
from kuzuvcs.tasks.versions import StoredVersion, find_version, read_version


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for: two versions, and what the user says beside.

    ``casts`` and ``down_casts`` are the texts of ``--cast`` and ``--cast-down``; ``schema_only``: DOWN brings
    back the schema, and leaves empty what UP lost.  ``again`` writes a step that the folder's scripts make
    already.
    """

    before: str | None
    after: str | None
    message: str = ""
    answering: Answering
    choosing: Choosing
    casts: Sequence[str] = ()
    down_casts: Sequence[str] = ()
    schema_only: bool = False
    again: bool = False


def generate_script(
    store: Store,
    project: Project,
    request: Request,
    folder: Path,
    progress: Progress,
    declared: Declarations,
) -> Generated:
    """Plan, prove and write the script from one version to another.

    Nothing is written where both have one schema, or where scripts in the folder make this step already.

    What the project's engine does not hold of the old version is not in the script, and named.

    :raises UnsupportedChange: a change that cannot be made, or not with the data that is there
    :raises CastRefused: values that cannot be cast, and no answer to what becomes of them
    :raises OpenQuestion: the proof costs more than the project allows, and nobody was there to answer
    :raises ProofFailed: the plan does not do what it promises
    """
    scripts = read_intact(project.migrations)
    if request.before is None:
        require_one_line([pledge(one) for one in scripts])
    before, after = _range(store, (request.before, request.after), scripts)
    if before.version == after.version:
        return _nothing(before, after)
    already = () if request.again else _already(scripts, before, after)
    if already:
        return _nothing(before, after, already)
    before, left_out = held(before, folder / "held-before", declared)
    require_held(after, folder / "held-after", declared)
    old = VersionSide(store, before, _made(folder / "before"))
    new = VersionSide(store, after, _made(folder / "after"))
    found = compare_sides(old, new, request.answering, folder)
    if not (found.changes or left_out):
        return _nothing(before, after)
    planning = Planning(
        before,
        after,
        found.changes,
        up=parse_casts(request.casts, after.schema, UP_OPTION),
        down=parse_casts(request.down_casts, before.schema, DOWN_OPTION),
        schema_only=request.schema_only,
    )
    extent = choose_extent(before, planning.tables_with_data(), planning.checks, request.choosing, progress)
    replay = Replay(store, before, _made(folder / "replay"), progress, declared, with_data=extent.tables)
    planned = planning.prove(replay)
    description = request.message or _description(found.changes, left_out)
    number = fresh_id(description, scripts)
    proof = f"up and down, replayed on {before.version.name} {extent.words}"
    head = _head(number, description, before, after, planned, planning.kept_rows(), proof, left_out)
    path = write_migration(project.migrations, number, proven_script(head, planned, replay.names))
    return Generated(
        path=path,
        before=before.version.name,
        after=after.version.name,
        up=statements(planned.up, replay.names),
        down=statements(planned.down, replay.names),
        hazards=hazards_in(planned.up),
        down_hazards=hazards_in(planned.down),
        lost=tuple(one.capture for one in planned.lost),
        proof=Proof(up=True, down=True, data=extent.kind == "data"),
        left_out=left_out,
    )


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _already(
    scripts: Sequence[MigrationFile], before: StoredVersion, after: StoredVersion
) -> tuple[str, ...]:
    start, end = before.manifest.schema_digest, after.manifest.schema_digest
    pledges = [pledge(one) for one in scripts]
    return already_made(pledges, start, end) or already_made(collapsed(pledges), start, end)


def _nothing(before: StoredVersion, after: StoredVersion, already: tuple[str, ...] = ()) -> Generated:
    return Generated(
        path=None,
        before=before.version.name,
        after=after.version.name,
        up=(),
        down=(),
        hazards=(),
        lost=(),
        proof=None,
        already=already,
    )


def _range(
    store: Store, names: tuple[str | None, str | None], scripts: Sequence[MigrationFile]
) -> tuple[StoredVersion, StoredVersion]:
    """The two versions: as named, else from where the last script leads (or before the head) to the head."""
    if LIVE in names:
        raise UsageError(
            "a script leads from version to version",
            cause=f"{LIVE} is none: its data may change before the script is proven",
            hint="take a snapshot first",
        )
    after = store.resolve(names[1] or "HEAD")
    if names[0] is not None:
        before = store.resolve(names[0])
    elif scripts:
        before = _led_to(store, scripts[-1])
    else:
        before = _before_head(store, after)
    return read_version(store, before), read_version(store, after)


def _led_to(store: Store, script: MigrationFile) -> Version:
    """The newest version that has the schema that a script leads to."""
    digest = script.script.head.value("to-digest")
    version = find_version(store, lambda outline: outline.schema_digest == digest)
    if version is not None:
        return version
    raise UsageError(
        f"no version has the schema that {script.id} leads to",
        cause=f"its head names the schema digest {digest or '(none)'}",
        hint="run kuzuvcs snapshot on a database after that script, or name the version to come from",
    )


def _before_head(store: Store, head: Version) -> Version:
    versions = store.versions()
    place = next(number for number, version in enumerate(versions) if version.commit == head.commit)
    if place + 1 == len(versions):
        raise UsageError(
            f"there is no version before {head.name}",
            cause="a script leads from one version to another",
            hint="change the schema and take a second snapshot",
        )
    return versions[place + 1]


def _description(changes: Sequence[Change], left_out: Sequence[LeftOut]) -> str:
    texts = [*map(describe, changes), *(f"leave out {one.kind} {one.name}" for one in left_out)]
    return texts[0] if len(texts) == 1 else f"{texts[0]} and {len(texts) - 1} more"


def fresh_id(description: str, scripts: Sequence[MigrationFile]) -> str:
    """An id after the last script's, so that the folder's order is the order of writing."""
    now = datetime.now(UTC)
    number = migration_id(now, description)
    if scripts and number[:15] <= scripts[-1].id[:15]:
        last = datetime.strptime(scripts[-1].id[:15], "%Y%m%d_%H%M%S").replace(tzinfo=UTC)
        number = migration_id(datetime.fromtimestamp(last.timestamp() + 1, UTC), description)
    return number


def _head(
    number: str,
    description: str,
    before: StoredVersion,
    after: StoredVersion,
    planned: Plan,
    rows: tuple[KeptRows, ...],
    proof: str,
    left_out: tuple[LeftOut, ...],
) -> ScriptHead:
    return script_head(
        id=number,
        description=description,
        source=before.version.name,
        target=after.version.name,
        source_digest=before.manifest.schema_digest,
        target_digest=after.manifest.schema_digest,
        proof=proof,
        hazards=tuple(hazard.line for hazard in hazards_in(planned.up)),
        down_hazards=tuple(hazard.line for hazard in hazards_in(planned.down)),
        before=tuple(one.capture for one in planned.lost),
        rows=rows,
        left_out=tuple(f"{one.kind} {one.name}" for one in left_out),
        engine=f"{before.manifest.engine} {before.manifest.engine_release}",
        release=RELEASE,
    )
