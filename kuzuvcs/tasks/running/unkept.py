"""What a script takes from a database that no version keeps, so that no promise of its head shows it."""

from __future__ import annotations

from collections.abc import Collection

from kuzuvcs.core.catalog import Unkept


def lost(before: Collection[Unkept], after: Collection[Unkept]) -> tuple[str, ...]:
    """In sentences, what was there before a script and is not there after it."""
    return tuple(
        f"the database no longer has {one.what}: the script dropped or replaced the table or the index"
        for one in before
        if one not in after
    )
