"""What the project's engine can hold of a version that another engine wrote."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from kuzuvcs.errors import UnsupportedChange
from kuzuvcs.results import LeftOut
from kuzuvcs.tasks.engines.fit import fit
from kuzuvcs.tasks.reading.inspect import Declarations
from kuzuvcs.tasks.versions import StoredVersion


def held(
    stored: StoredVersion, folder: Path, declared: Declarations
) -> tuple[StoredVersion, tuple[LeftOut, ...]]:
    """The version as the engine would have it, and the macros and indexes that are not in it then.

    Its manifest stays as it is.  ``folder`` is made.

    :raises SchemaError: the engine cannot hold one of its tables or sequences
    """
    same = stored.manifest.engine == declared.engine.name
    if same or not (stored.schema.indexes or stored.schema.macros):
        return stored, ()
    folder.mkdir()
    fitted = fit(stored.schema, folder, declared, strict=False)
    return dataclasses.replace(stored, schema=fitted.schema), fitted.left_out


def require_held(stored: StoredVersion, folder: Path, declared: Declarations) -> None:
    """Raise where a script would have to lead to, or start on, what the engine does not hold.

    :raises UnsupportedChange: it leaves out a macro or an index
    """
    _, left_out = held(stored, folder, declared)
    if left_out:
        raise UnsupportedChange(
            f"{declared.engine} does not hold all of {stored.version.name}",
            cause="\n".join(one.text for one in left_out),
            hint="take a snapshot of a database of that engine, and write the script from there",
        )
