"""What a script's head promises: from which schema it leads to which, and which branches it merges."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pledge:
    """Schemas by digest, empty where the head does not say.

    A merge script names the scripts of each of its ``branches``, and as ``base`` the schema from which every
    branch starts.
    """

    id: str
    from_digest: str
    to_digest: str
    branches: tuple[tuple[str, ...], ...] = ()
    base: str = ""

    @property
    def members(self) -> frozenset[str]:
        """The ids of all scripts that it merges."""
        return frozenset(id for branch in self.branches for id in branch)

    @property
    def fits_any_schema(self) -> bool:
        """Whether the schema stays as it is, or the head does not say."""
        return not self.branches and self.from_digest in ("", self.to_digest)
