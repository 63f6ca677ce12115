"""Names as paths: any name becomes a path component that every file system keeps apart.

A component is ASCII letters, digits, ``.``, ``_``, ``-``, with all other bytes of the name's
UTF-8 percent-encoded; so unicode normal forms cannot merge two names.  ``~`` starts a mark made
of a hash of the name, for names that are too long or that differ only by case.  Nothing decodes
a component: the manifest holds the names.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import sha256

from kuzuvcs.errors import StoreError

LONGEST_COMPONENT = 200
"""Bytes of a path component, the suffix included; file systems stop at 255."""

_SUFFIX = ".parquet"
_LONGEST_NAME = LONGEST_COMPONENT - len(_SUFFIX)
_MARK_DIGITS = 16
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
"""Names that Windows takes for devices, whatever their suffix."""

_COMPONENT = re.compile(rf"[0-9A-Za-z._%~-]{{1,{LONGEST_COMPONENT}}}")
_GIT_NAME = re.compile(r"\.git.*|git~[0-9]+", re.IGNORECASE)
"""The repository's own folder, and the files of a tree that git obeys (``.gitattributes``)."""


def encode_names(names: Iterable[str]) -> dict[str, str]:
    """A path component for each of ``names``, which are to stand side by side.

    No two are equal on any file system, one that ignores case included.  Only names that clash are
    marked, all of them, so the result does not depend on their order.
    """
    components = {name: encode_name(name) for name in names}
    holders = Counter(component.lower() for component in components.values())
    return {
        name: component if holders[component.lower()] == 1 else _marked(component, name)
        for name, component in components.items()
    }


def encode_name(name: str) -> str:
    """The path component of ``name`` alone; names that differ only by case need :func:`encode_names`."""
    encoded = "".join(
        chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in name.encode("utf-8", "surrogatepass")
    )
    if encoded.startswith((".", "-")) or _RESERVED.fullmatch(encoded):
        encoded = f"%{ord(encoded[0]):02X}{encoded[1:]}"
    if encoded.lower().endswith(_SUFFIX):
        # A folder of that name would stand where a node table's file stands.
        encoded = f"{encoded[: -len(_SUFFIX)]}%2E{encoded[1 - len(_SUFFIX) :]}"
    if encoded.endswith("."):
        encoded = f"{encoded[:-1]}%2E"
    if not encoded or len(encoded) > _LONGEST_NAME:
        return _marked(encoded, name)
    return encoded


def data_path(*names: str, components: Mapping[str, str]) -> str:
    """Where a table's Parquet file is kept in a version's tree.

    ``data_path("User", …)`` is a node table's, ``data_path("Knows", "User", "City", …)`` that of one
    connection of a rel table.  ``components`` is :func:`encode_names` of all table names.  A
    node table's path never is, nor is within, the path of a rel table's folder.
    """
    return "/".join(("data", *(components[name] for name in names))) + _SUFFIX


def check_path(path: str) -> None:
    """Raises :class:`StoreError` unless ``path`` is relative and stays inside a tree, in every file system.

    Stricter than git: components are what :func:`encode_name` can give.
    """
    for component in path.split("/"):
        if (
            not _COMPONENT.fullmatch(component)
            or component in (".", "..")
            or component.endswith(".")
            or _GIT_NAME.fullmatch(component)
        ):
            raise StoreError(f"{path!r} cannot be a path in the store", cause=f"its component {component!r}")


def _marked(encoded: str, name: str) -> str:
    mark = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_MARK_DIGITS]
    return f"{encoded[: _LONGEST_NAME - 1 - _MARK_DIGITS]}~{mark}"
