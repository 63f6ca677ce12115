"""The library's front door: a project's database, its versions, and what can be done with them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from kuzuvcs.core.progress import Progress, Silent
from kuzuvcs.core.rename_detection import Answers
from kuzuvcs.project import Project, create_project, find_project
from kuzuvcs.results import (
    Checkout,
    Diff,
    Exported,
    Generated,
    Snapshot,
    Status,
    Verification,
    Verified,
    VersionDetail,
    VersionSummary,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from kuzuvcs.core.rename_detection import Question


class Repository:
    """A project opened.  Every method may raise :class:`kuzuvcs.errors.KuzuvcsError`.

    ``ask`` is called for each rename that is neither certain nor answered, and returns whether it is one;
    without it such a question raises :class:`kuzuvcs.errors.OpenQuestion`.
    """

    def __init__(
        self, project: Project, *, progress: Progress | None = None, ask: Callable[[Question], bool] | None = None
    ) -> None:
        self.project = project

    @classmethod
    def open(cls, path: Path | str = ".", *, database: Path | None = None, progress: Progress | None = None,
             ask: Callable[[Question], bool] | None = None) -> Self: ...
    @classmethod
    def init(cls, root: Path | str, database: str) -> Self: ...
    def snapshot(self, message: str = "", *, connection: Any = None, wait: float | None = None) -> Snapshot: ...
    def log(self) -> tuple[VersionSummary, ...]: ...
    def show(self, revision: str = "HEAD") -> VersionDetail: ...
    def status(self, *, data: bool = False) -> Status: ...
    def diff(self, before: str | None = None, after: str | None = None, *, answers: Answers = Answers()) -> Diff: ...
    def generate(self, before: str | None = None, after: str | None = None, *, message: str = "", answers: Answers = Answers()) -> Generated: ...
    def checkout(self, revision: str, *, to: Path | None = None, discard: bool = False, verify: Verification = "values") -> Checkout: ...
    def verify(self, revision: str | None = None, *, database: bool = False) -> Verified: ...
    def export(self, revision: str, folder: Path) -> Exported: ...
