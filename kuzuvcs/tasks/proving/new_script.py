"""An empty script, to be written by hand, that starts where the folder's last one leads."""

from __future__ import annotations

from pathlib import Path

from kuzuvcs.core.scripts.chain import require_one_line
from kuzuvcs.errors import UsageError
from kuzuvcs.migrations.folder import pledge, read_intact, write_migration
from kuzuvcs.project import Project
from kuzuvcs.release import RELEASE
from kuzuvcs.render.empty_script import empty_script
from kuzuvcs.store import Store
from kuzuvcs.tasks.proving.generate import fresh_id
from kuzuvcs.tasks.versions import read_version


def new_script(store: Store, project: Project, description: str) -> Path:
    """Write it; its path.

    :raises UsageError: the description is empty
    :raises MigrationError: the folder is not as its sum file says
    """
    if not description.strip():
        raise UsageError("a script needs a description", cause="it is part of the file's name")
    scripts = read_intact(project.migrations)
    require_one_line([pledge(one) for one in scripts])
    source = digest = ""
    if scripts:
        head = scripts[-1].script.head
        source, digest = head.value("to"), head.value("to-digest")
    elif (newest := store.head()) is not None:
        source, digest = newest.name, read_version(store, newest).manifest.schema_digest
    id = fresh_id(description, scripts)
    text = empty_script(id=id, description=description, source=source, digest=digest, release=RELEASE)
    return write_migration(project.migrations, id, text)
