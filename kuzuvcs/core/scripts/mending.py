"""What ``repair`` mends in a history, so that it knows the folder's scripts as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kuzuvcs.core.scripts.history import Applied, Known, standing


def mended_runs(history: Sequence[Applied], folder: Sequence[Known]) -> tuple[Applied, ...]:
    """The standing runs whose script was altered, or is gone, as they are to be written.

    A run whose script is gone did happen: it stands, but without a checksum, and cannot be rolled back.
    """
    checksums = {one.id: one.checksum for one in folder}
    return tuple(
        replace(run, checksum=checksums.get(run.id, ""))
        for run in standing(history)
        if run.checksum != checksums.get(run.id, "")
    )
