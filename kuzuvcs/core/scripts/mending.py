"""What ``repair`` mends in a history, so that it knows the folder's scripts as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kuzuvcs.core.scripts.history import Applied, Known, standing


def mended_runs(history: Sequence[Applied], folder: Sequence[Known]) -> tuple[Applied, ...]:
    """The standing runs whose script was altered, or is gone, as they are to be written.

    A run whose script is gone did happen: it stands, but without a checksum, and cannot be rolled back.
    """
    scripts = {one.id: one for one in folder}
    return tuple(
        replace(run, checksum=scripts[run.id].checksum.value if run.id in scripts else "")
        for run in standing(history)
        if not _matches(run, scripts.get(run.id))
    )


def _matches(run: Applied, script: Known | None) -> bool:
    return script.is_run(run.checksum) if script is not None else not run.checksum
