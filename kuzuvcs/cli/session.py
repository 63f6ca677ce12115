"""A command at work: in its folder, with the project opened, progress shown and questions asked."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kuzuvcs.cli import output
from kuzuvcs.cli.progress import TerminalProgress
from kuzuvcs.cli.questions import Question, can_ask, questioner
from kuzuvcs.errors import NotADatabase, UsageError

if TYPE_CHECKING:
    from kuzuvcs.cli.options import GlobalOptions, Invocation
    from kuzuvcs.core.progress import Progress
    from kuzuvcs.project import Project
    from kuzuvcs.render.text import Line
    from kuzuvcs.repository import Repository


class Session:
    """What a command has to do with the world outside: one repository, one result."""

    def __init__(self, options: GlobalOptions) -> None:
        self.options = options
        silent = options.quiet or options.json or not sys.stderr.isatty()
        self._progress = None if silent else TerminalProgress()
        self._project: Project | None = None

    def repository(self, *, events: bool = False) -> Repository:
        """The project that the current folder is in; ``events`` of its runs go to stderr, as JSON lines."""
        from kuzuvcs.repository import Repository

        ask = questioner(self.pause) if can_ask(self.options) else None
        opened = Repository.open(
            ".",
            database=self.options.database,
            progress=self._progress,
            ask=ask,
            events=output.write_event if events else None,
        )
        self._project = opened.project
        return opened

    def explain(self, error: NotADatabase) -> None:
        """Have the hint say where the database is named: by the option, or in the project file."""
        named = self.options.database
        if error.path is None:
            return
        if named is not None and error.path == named.absolute():
            error.hint += " with --database"
        elif self._project is not None and error.path == self._project.database:
            error.hint += f" as `database` in {output.shown_path(self._project.file)}"

    def warn(self, text: str) -> None:
        """Say what has to be known before the work begins."""
        from kuzuvcs.render.report import warning_lines

        output.write_lines(warning_lines([text]), sys.stderr)

    def finish(
        self,
        document: Callable[[], dict[str, Any]],
        report: Callable[[], Iterable[Line]],
        warnings: Iterable[str] = (),
        *,
        findings: Callable[[], Iterable[Line]] | None = None,
    ) -> None:
        """Print the result: the document under ``--json``, else the report; warnings go to stderr.

        ``findings`` are what decides the exit code, one line each: ``-q`` prints those and no report.
        """
        from kuzuvcs.render.report import warning_lines

        self.pause()
        output.write_lines(warning_lines(warnings), sys.stderr)
        if self.options.json:
            output.write_document(document())
        elif not self.options.quiet:
            output.write_lines(report(), sys.stdout)
        elif findings is not None:
            output.write_lines(findings(), sys.stdout)

    @property
    def progress(self) -> Progress | None:
        """Where work shows how far it is, if anywhere."""
        return self._progress

    @property
    def attended(self) -> bool:
        """Whether someone is there to be asked."""
        return can_ask(self.options)

    def confirms(self, question: Question) -> bool:
        """Ask someone who is there."""
        return questioner(self.pause)(question)

    def pause(self) -> None:
        """Take the progress display away; the next stage brings it back."""
        if self._progress is not None:
            self._progress.stop()


@contextlib.contextmanager
def session(invocation: Invocation) -> Iterator[Session]:
    """Work in the folder of ``-C``; the progress display is gone at the end, whatever happens."""
    current = Session(invocation.options)
    with _folder(invocation.options.directory):
        try:
            yield current
        except NotADatabase as error:
            current.explain(error)
            raise
        finally:
            current.pause()


@contextlib.contextmanager
def _folder(directory: Path | None) -> Iterator[None]:
    if directory is None:
        yield
        return
    if not directory.is_dir():
        raise UsageError(f"no folder '{directory}'", cause="-C names the folder to run in")
    with contextlib.chdir(directory):
        yield
