"""Write a refactoring's script: declared, counted and proven on a restored copy of the head, then written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kuzuvcs.core.planning.file_counts import counts_of
from kuzuvcs.core.planning.plan import Plan
from kuzuvcs.core.planning.step import hazards_in
from kuzuvcs.core.progress import Progress
from kuzuvcs.core.refactor.counting import Count
from kuzuvcs.core.refactor.declared import Declared, refactoring
from kuzuvcs.core.refactor.refactoring import Refactoring, counted
from kuzuvcs.core.schema_json import schema_digest
from kuzuvcs.core.scripts.chain import require_one_line
from kuzuvcs.core.scripts.kept_rows import KeptRows, rows_of_refactoring
from kuzuvcs.core.scripts.script import ScriptHead, script_head
from kuzuvcs.errors import OpenQuestion, UnsupportedChange, UsageError
from kuzuvcs.migrations.folder import MigrationFile, pledge, read_intact, write_migration
from kuzuvcs.project import Project
from kuzuvcs.release import RELEASE
from kuzuvcs.render.counting import count_query, examples_query
from kuzuvcs.render.script import statements
from kuzuvcs.results import Generated, Proof
from kuzuvcs.store import Store
from kuzuvcs.tasks.engines.held import require_held
from kuzuvcs.tasks.proving.generate import fresh_id
from kuzuvcs.tasks.proving.prove import Replay
from kuzuvcs.tasks.proving.proven_script import proven_script
from kuzuvcs.tasks.reading.inspect import Declarations
from kuzuvcs.tasks.versions import StoredVersion, read_version

ACCEPT_OPTION = "--accept-loss"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for; ``accept_loss`` where the user takes what DOWN cannot bring back."""

    declared: Declared
    message: str = ""
    accept_loss: bool = False


def refactor_script(
    store: Store,
    project: Project,
    request: Request,
    folder: Path,
    progress: Progress,
    declared: Declarations,
) -> Generated:
    """Prove and write the script that leads from the newest version to its refactored schema.

    :raises UsageError: the declaration names what is not there, or a script is still to be run
    :raises UnsupportedChange: the tables or their rows cannot be changed so
    :raises OpenQuestion: values would be lost, and the user did not accept it
    :raises ProofFailed: the script does not do what it promises
    """
    scripts = read_intact(project.migrations)
    require_one_line([pledge(one) for one in scripts])
    head = read_version(store, store.resolve("HEAD"))
    _refuse_pending(head, scripts)
    require_held(head, folder / "held", declared)
    made = refactoring(head.schema, request.declared)
    target_digest = schema_digest(made.new)
    replay = Replay(store, head, folder, progress, declared)
    found = _found(replay, made)
    _require(replay, made, found, request)
    planned = made.plan(found, counts_of(head.manifest.files))
    exact = not made.hazards(found)
    replay.run("UP", statements(planned.up, replay.names), made.new)
    replay.require_kept("UP", made.new, made.kept(), made.balances, found)
    replay.run("DOWN", statements(planned.down, replay.names), made.old)
    replay.require_kept("UP and DOWN", made.old, made.brought_back(exact=exact))
    description = request.message or made.description
    number = fresh_id(description, scripts)
    rows = tuple(rows_of_refactoring(made.balances))
    script_text = proven_script(
        _head(number, description, head, target_digest, planned, rows, exact=exact),
        planned,
        replay.names,
    )
    return Generated(
        path=write_migration(project.migrations, number, script_text),
        before=head.version.name,
        after=_refactored(head),
        up=statements(planned.up, replay.names),
        down=statements(planned.down, replay.names),
        hazards=hazards_in(planned.up),
        down_hazards=hazards_in(planned.down),
        lost=(),
        proof=Proof(up=True, down=True),
    )


def _refuse_pending(head: StoredVersion, scripts: Sequence[MigrationFile]) -> None:
    """A second script that starts where the first does could never be run after it."""
    digest = head.manifest.schema_digest
    leading = [number for number, one in enumerate(scripts) if one.script.head.value("to-digest") == digest]
    later = scripts[leading[-1] + 1 :] if leading else scripts
    pending = next((one for one in later if one.script.head.value("from-digest") == digest), None)
    if pending is not None:
        raise UsageError(
            f"{pending.id} already leads on from {head.version.name}",
            cause="a refactoring starts from the newest version, and no version has that script's schema",
            hint="run the script and take a snapshot, or remove it",
        )


def _found(replay: Replay, made: Refactoring) -> dict[Count, int]:
    counts = made.looked_at()
    results = replay.answers([count_query(count) for count in counts])
    return {count: int(rows[0][0]) for count, rows in zip(counts, results, strict=True)}


def _require(replay: Replay, made: Refactoring, found: Mapping[Count, int], request: Request) -> None:
    faults = [one for one in made.refusals if found[one.count]]
    if faults:
        words = [
            f"{counted(found[one.count], one.unit)} {one.text}{_examples(replay, one.count)}"
            for one in faults
        ]
        raise UnsupportedChange(
            f"cannot {made.description}",
            cause="; ".join(words),
            hint=", or ".join(dict.fromkeys(one.hint for one in faults)),
        )
    lost = made.hazards(found)
    if lost and not request.accept_loss:
        raise OpenQuestion(
            f"to {made.description} loses what DOWN cannot bring back",
            cause="\n".join(hazard.text for hazard in lost),
            hint=f"accept it with {ACCEPT_OPTION}; the newest version keeps everything",
        )


def _examples(replay: Replay, count: Count) -> str:
    query = examples_query(count)
    if query is None:
        return ""
    [rows] = replay.answers([query])
    return ", first: " + ", ".join(
        f"{'NULL' if text is None else repr(text)} ({times} times)" for text, times in rows
    )


def _refactored(head: StoredVersion) -> str:
    return f"{head.version.name} refactored"


def _head(
    number: str,
    description: str,
    head: StoredVersion,
    target_digest: str,
    planned: Plan,
    rows: tuple[KeptRows, ...],
    *,
    exact: bool,
) -> ScriptHead:
    down = "down" if exact else "down without what is lost"
    return script_head(
        id=number,
        description=description,
        source=head.version.name,
        target=_refactored(head),
        source_digest=head.manifest.schema_digest,
        target_digest=target_digest,
        proof=f"up and {down}, replayed on {head.version.name} with its data",
        hazards=tuple(hazard.line for hazard in hazards_in(planned.up)),
        down_hazards=tuple(hazard.line for hazard in hazards_in(planned.down)),
        before=(),
        rows=rows,
        engine=f"{head.manifest.engine} {head.manifest.engine_release}",
        release=RELEASE,
    )
