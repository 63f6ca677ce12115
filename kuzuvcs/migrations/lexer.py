"""Cut a migration script into its head and the statements of its two sections.

A statement ends at a ``;`` outside of strings, backtick names and comments.  ``--`` inside a statement
is an operator (``5--3`` is 8); a line that is exactly ``-- UP`` or ``-- DOWN`` between statements begins
a section.  A comment line ``// kuzuvcs:word …`` between statements is a directive about the next one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from kuzuvcs.core.scripts.cypher_text import Piece, pieces
from kuzuvcs.core.scripts.script import DOWN, UP, Directive, Script, ScriptHead, Statement
from kuzuvcs.errors import MigrationError

_HEAD_LINE = re.compile(r"// ([a-z][a-z-]*):(?: (.*))?")
_DIRECTIVE = re.compile(r"//[ \t]*kuzuvcs:([A-Za-z][\w-]*)(?:[ \t]+(.*))?")
_DECLARED = re.compile(r"//[ \t]*hazard:[ \t]+(KV[0-9]+)[ \t]+(.*)")
_MARK = re.compile(rf"(?:{UP}|{DOWN})[ \t\r]*(?=\n|\Z)")


def parse_script(text: str, name: str) -> Script:
    """The script; ``MigrationError`` with ``name`` and line where it cannot be read."""
    reader = _Reader(text=text, name=name)
    resume = 0
    for piece in pieces(text):
        if piece.start < resume:
            continue
        mark = reader.mark_at(piece)
        if mark is None:
            reader.take(piece)
        else:
            reader.begin(mark[0].rstrip(), piece)
            resume = mark.end()
    reader.finish()
    return Script(
        head=_parse_head(text),
        up=tuple(reader.sections[UP]),
        down=tuple(reader.sections.get(DOWN, ())),
        directives=reader.ends[""],
        up_end=reader.ends[UP],
        down_end=reader.ends.get(DOWN, ()),
    )


def parse_statements(text: str, name: str) -> tuple[tuple[Statement, ...], tuple[Directive, ...]]:
    """The statements of a text without sections, and the directives below the last one.  Errors as above."""
    reader = _Reader(text=text, name=name, section=UP, sections={UP: []})
    for piece in pieces(text):
        reader.take(piece)
    reader.finish()
    return tuple(reader.sections[UP]), reader.ends[UP]


def _parse_head(text: str) -> ScriptHead:
    lines = []
    for line in text.split("\n"):
        found = _HEAD_LINE.fullmatch(line.removesuffix("\r"))
        if not found:
            break
        lines.append((found[1], found[2] or ""))
    return ScriptHead(lines=tuple(lines))


@dataclass(slots=True, kw_only=True)
class _Reader:
    text: str
    name: str
    sections: dict[str, list[Statement]] = field(default_factory=dict)
    ends: dict[str, tuple[Directive, ...]] = field(default_factory=dict)
    """By section, ``""`` for what is above the first, the directives that no statement follows."""
    section: str = ""
    statement: str = ""
    """What the current statement has so far; a comment before its first code is not part of it."""
    line: int = 1
    """The line on which the current statement begins."""
    directives: list[Directive] = field(default_factory=list)
    declared: list[tuple[str, str]] = field(default_factory=list)

    def mark_at(self, piece: Piece) -> re.Match[str] | None:
        at_line_start = piece.start == 0 or self.text[piece.start - 1] == "\n"
        if piece.text != "-" or not at_line_start or self.statement:
            return None
        return _MARK.match(self.text, piece.start)

    def begin(self, section: str, piece: Piece) -> None:
        if section in self.sections or (section == UP and self.sections):
            raise self._fault(piece.start, f"{section!r} stands twice, or after {DOWN!r}")
        self._end_section()
        self.section = section
        self.sections[section] = []

    def take(self, piece: Piece) -> None:
        if piece.kind == "open":
            raise self._fault(piece.start, f"what {piece.text} begins never ends")
        if not self.statement and piece.kind == "comment":
            self._note(piece)
            return
        if not self.statement and piece.text.isspace():
            return
        if self.section not in self.sections:
            raise self._fault(piece.start, f"a statement stands before {UP!r}")
        if piece.kind == "code" and piece.text == ";":
            self._end()
            return
        if not self.statement:
            self.line = self._line(piece.start)
        self.statement += piece.text

    def finish(self) -> None:
        self._end()
        self._end_section()
        if UP not in self.sections:
            raise self._fault(len(self.text), f"there is no line {UP!r}")

    def _note(self, comment: Piece) -> None:
        before = self.text[self.text.rfind("\n", 0, comment.start) + 1 : comment.start]
        if before.strip():
            # Behind a statement on its line it would look as if it were about that one.
            return
        text = comment.text.rstrip()
        if found := _DIRECTIVE.fullmatch(text):
            line = self._line(comment.start)
            self.directives.append(Directive(word=found[1], arguments=found[2] or "", line=line))
        elif found := _DECLARED.fullmatch(text):
            self.declared.append((found[1], found[2]))

    def _end(self) -> None:
        if self.statement:
            statement = Statement(
                text=self.statement.rstrip(),
                line=self.line,
                directives=tuple(self.directives),
                declared=tuple(self.declared),
            )
            self.sections[self.section].append(statement)
            self._forget_comments()
        self.statement = ""

    def _end_section(self) -> None:
        self.ends[self.section] = tuple(self.directives)
        self._forget_comments()

    def _forget_comments(self) -> None:
        self.directives.clear()
        self.declared.clear()

    def _fault(self, at: int, why: str) -> MigrationError:
        return MigrationError(
            f"cannot read the migration script {self.name}", cause=f"line {self._line(at)}: {why}"
        )

    def _line(self, at: int) -> int:
        return self.text.count("\n", 0, at) + 1
