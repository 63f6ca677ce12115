"""The callbacks of one run: Cypher that is run around all of its scripts, and around each."""

from __future__ import annotations

from dataclasses import dataclass

from kuzuvcs.migrations.folder import MigrationFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """Each as a script whose UP it is; None where there is none."""

    before_all: MigrationFile | None = None
    before_each: MigrationFile | None = None
    after_each: MigrationFile | None = None
    after_all: MigrationFile | None = None
