"""The tree of a version in the making: which object stands at which path."""

from __future__ import annotations

from kuzuvcs.core.paths import check_path
from kuzuvcs.errors import StoreError

_MODES = {"blob": "100644", "tree": "040000"}


class Staging:
    """Paths and the objects at them, none of which can stand in another's way."""

    def __init__(self) -> None:
        self._blobs: dict[str, str] = {}
        self._trees: dict[str, str] = {}
        self._folders: set[str] = set()

    def add_blob(self, path: str, object_id: str) -> None:
        """Put a file at ``path``.  Raises :class:`StoreError` for a path that is unsafe or taken."""
        self._claim(path)
        self._blobs[path] = object_id

    def add_tree(self, path: str, object_id: str) -> None:
        """Put a whole folder at ``path``.  Raises :class:`StoreError` for a path that is unsafe or taken."""
        self._claim(path)
        self._trees[path] = object_id

    def entries(self) -> list[tuple[str, str, str]]:
        """``(mode, object id, path)`` of everything, by path."""
        blobs = [(_MODES["blob"], object_id, path) for path, object_id in self._blobs.items()]
        trees = [(_MODES["tree"], object_id, path) for path, object_id in self._trees.items()]
        return sorted(blobs + trees, key=lambda entry: entry[2])

    def differs(self, found: dict[str, str]) -> str | None:
        """The first path at which a tree, given as the id of every path in it, is not this one."""
        wanted = self._blobs | self._trees
        for path, object_id in wanted.items():
            if found.get(path) != object_id:
                return path
        for path in found:
            if path not in wanted and path not in self._folders and not self._is_in_tree(path):
                return path
        return None

    def _claim(self, path: str) -> None:
        check_path(path)
        above = _folders_above(path)
        taken = [path] if path in self._folders else []
        taken += [place for place in (path, *above) if place in self._blobs or place in self._trees]
        if taken:
            raise StoreError(f"two entries of a version stand at {taken[0]}")
        self._folders.update(above)

    def _is_in_tree(self, path: str) -> bool:
        return any(folder in self._trees for folder in _folders_above(path))


def _folders_above(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]
