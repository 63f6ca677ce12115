"""Versions of a tree of named bytes, kept in a bare git repository."""

from kuzuvcs.store.assembly import Assembly
from kuzuvcs.store.store import Store
from kuzuvcs.store.values import Blob, Bytes, Committed, Entry, Progress, Ranges, Subtree, Version
from kuzuvcs.store.writer import Writer

__all__ = [
    "Assembly",
    "Blob",
    "Bytes",
    "Committed",
    "Entry",
    "Progress",
    "Ranges",
    "Store",
    "Subtree",
    "Version",
    "Writer",
]
