"""Cut a migration script into its head and the statements of its two sections.

A statement ends at a ``;`` outside of strings, backtick names and comments.  ``--`` inside a statement
is an operator (``5--3`` is 8); a line that is exactly ``-- UP`` or ``-- DOWN`` between statements begins
a section.  A comment line ``// kuzuvcs:word …`` between statements is a directive about the next one.

A mark that does not begin a section is an error with its line, because the statements below it would run
as part of the section above.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from kuzuvcs.core.scripts.cypher_text import BYTE_ORDER_MARK, SPACE, Piece, pieces
from kuzuvcs.core.scripts.script import DOWN, UP, Directive, Script, ScriptHead, Statement
from kuzuvcs.errors import MigrationError

_HEAD_LINE = re.compile(r"// ([a-z][a-z-]*):(?: (.*))?")
_DIRECTIVE = re.compile(r"//[ \t]*kuzuvcs:([A-Za-z][\w-]*)(?:[ \t]+(.*))?")
_DECLARED = re.compile(r"//[ \t]*hazard:[ \t]+(KV[0-9]+)[ \t]+(.*)")
_LIKE_A_MARK = re.compile(
    r"(?://+|/\*+)[ \t]*-*[ \t]*(?:UP|DOWN)[ \t]*[:;]?[ \t]*(?:\*+/)?[ \t\r]*", re.IGNORECASE
)
_MARK = re.compile(rf"(?:{UP}|{DOWN})[ \t\r]*(?=\n|\Z)")
_MEANT = re.compile(r"[ \t]*--[ \t]*(UP|DOWN)[ \t]*[;:]?[ \t\r]*(?=\n|\Z)", re.IGNORECASE)
"""A line that was meant as a mark, however it is written."""
_HIDDEN = re.compile(r"^[ \t]*(?://)?[ \t]*-- ?(UP|DOWN)[ \t\r]*$", re.IGNORECASE | re.MULTILINE)
"""The same inside a comment, a string or a name in backticks."""
_KINDS = {"string": "the string", "name": "the name in backticks", "comment": "the comment"}


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
        hidden_down=0 if DOWN in reader.sections else reader.hidden.get(DOWN, 0),
    )


def parse_statements(text: str, name: str) -> tuple[tuple[Statement, ...], tuple[Directive, ...]]:
    """The statements of a text without sections, and the directives below the last one.  Errors as above."""
    reader = _Reader(text=text, name=name, section=UP, sections={UP: []})
    for piece in pieces(text):
        reader.take(piece)
    reader.finish()
    return tuple(reader.sections[UP]), reader.ends[UP]


def _no_mark(line: str) -> str:
    mark = DOWN if "DOWN" in line.upper() else UP
    return (
        f"{line!r} looks like the mark of a section and is none: write exactly {mark!r} on a line of its own"
    )


def _never_ends(opening: str) -> str:
    if opening == "//":
        return "a comment contains a carriage return without a line feed: end its line with a line feed"
    return f"what {opening} begins never ends"


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
    statement: tuple[int, int] | None = None
    """Where the current statement begins and ends so far; comments before its code are not part of it."""
    counted: tuple[int, int] = (0, 1)
    """A place, and the line that it is on."""
    line: int = 1
    """The line on which the current statement begins."""
    directives: list[Directive] = field(default_factory=list)
    declared: list[tuple[str, str]] = field(default_factory=list)
    begun: dict[str, int] = field(default_factory=dict)
    """The line of each section's mark."""
    hidden: dict[str, int] = field(default_factory=dict)
    """The first line inside a comment, a string or a name that reads as a section's mark."""
    swallowed: dict[str, str] = field(default_factory=dict)
    """Of those inside a string or a name: what swallowed them, in words."""

    def mark_at(self, piece: Piece) -> re.Match[str] | None:
        if piece.text != "-":
            return None
        start = self.text.rfind("\n", 0, piece.start) + 1
        if self.text[start : piece.start].strip(" \t"):
            return None
        mark = _MARK.match(self.text, start)
        meant = _MEANT.match(self.text, start)
        if self.statement is not None and meant:
            line = meant[0].strip()
            raise self._fault(
                piece.start,
                f"the statement that begins on line {self.line} has no ';' before {line!r}",
                hint=f"end the statement with ';' above the line {line!r}",
            )
        if meant and not mark:
            right = f"-- {meant[1].upper()}"
            raise self._fault(
                piece.start, f"{meant[0].strip()!r} is no section mark", hint=f"write the line as {right!r}"
            )
        return mark

    def begin(self, section: str, piece: Piece) -> None:
        line = self._line(piece.start)
        if section in self.begun:
            why = f"a second {section!r}; the first is on line {self.begun[section]}"
            raise self._fault(piece.start, why, hint="a script has one section of each kind")
        if section == UP and self.begun:
            why = f"{UP!r} comes after {DOWN!r} on line {self.begun[DOWN]}"
            raise self._fault(piece.start, why, hint=f"move the section {UP!r} above {DOWN!r}")
        self._end_section()
        self.section = section
        self.sections[section] = []
        self.begun[section] = line

    def take(self, piece: Piece) -> None:
        if piece.kind == "open":
            raise self._never_ends(piece)
        if piece.kind == "comment" and self._is_alone(piece) and _LIKE_A_MARK.fullmatch(piece.text):
            raise self._fault(piece.start, _no_mark(piece.text))
        self._look_inside(piece)
        if self.statement is None and piece.kind == "comment":
            self._note(piece)
            return
        if self.statement is None and piece.text in (*SPACE, BYTE_ORDER_MARK):
            return
        if self.section not in self.sections:
            raise self._fault(piece.start, f"a statement comes before the line {UP!r}")
        if piece.kind == "code" and piece.text == ";":
            self._end()
            return
        if self.statement is None:
            self.line = self._line(piece.start)
            if self.text.startswith("--", piece.start):
                why = "a statement begins with '--'"
                hint = f"a comment begins with '//', a section with a line that is exactly {UP!r} or {DOWN!r}"
                raise self._fault(piece.start, why, hint=hint)
        start = piece.start if self.statement is None else self.statement[0]
        self.statement = start, piece.start + len(piece.text)

    def finish(self) -> None:
        self._end()
        self._end_section()
        for section in (UP, DOWN):
            if section in self.sections:
                continue
            if section in self.swallowed:
                raise self._swallowed(section)
            if section == UP:
                inside = f": the one on line {self.hidden[UP]} is in a comment" if UP in self.hidden else ""
                raise self._fault(len(self.text), f"there is no line {UP!r}{inside}")

    def _look_inside(self, piece: Piece) -> None:
        """Note the marks inside a piece: where the section has no other, they were meant as its marks."""
        if piece.kind not in _KINDS:
            return
        for found in _HIDDEN.finditer(piece.text):
            section = f"-- {found[1].upper()}"
            if section in self.hidden or section in self.begun:
                continue
            self.hidden[section] = self._line(piece.start + found.end())
            if piece.kind != "comment":
                self.swallowed[section] = (
                    f"{_KINDS[piece.kind]} that begins on line {self._line(piece.start)}"
                )

    def _never_ends(self, piece: Piece) -> MigrationError:
        why = _never_ends(piece.text)
        for section in (UP, DOWN):
            if section not in self.sections and section in self.swallowed:
                return self._swallowed(section)
        return self._fault(piece.start, why)

    def _swallowed(self, section: str) -> MigrationError:
        return self._fault_on(
            self.hidden[section],
            f"{section!r} is inside {self.swallowed[section]}, and begins no section",
            hint="close the quote above the line; where it belongs to the text, add the section's own line",
        )

    def _is_alone(self, piece: Piece) -> bool:
        """Whether nothing is before it on its line."""
        return not self.text[self.text.rfind("\n", 0, piece.start) + 1 : piece.start].strip()

    def _note(self, comment: Piece) -> None:
        if not self._is_alone(comment):
            # Behind a statement on its line it would look as if it were about that one.
            return
        text = comment.text.rstrip()
        if found := _DIRECTIVE.fullmatch(text):
            line = self._line(comment.start)
            self.directives.append(Directive(word=found[1], arguments=found[2] or "", line=line))
        elif found := _DECLARED.fullmatch(text):
            self.declared.append((found[1], found[2]))

    def _end(self) -> None:
        if self.statement is not None:
            statement = Statement(
                text=self.text[slice(*self.statement)].rstrip(SPACE),
                line=self.line,
                directives=tuple(self.directives),
                declared=tuple(self.declared),
            )
            self.sections[self.section].append(statement)
            self._forget_comments()
        self.statement = None

    def _end_section(self) -> None:
        self.ends[self.section] = tuple(self.directives)
        self._forget_comments()

    def _forget_comments(self) -> None:
        self.directives.clear()
        self.declared.clear()

    def _fault(self, at: int, why: str, hint: str = "") -> MigrationError:
        return self._fault_on(self._line(at), why, hint)

    def _fault_on(self, line: int, why: str, hint: str = "") -> MigrationError:
        return MigrationError(
            f"cannot read the migration script {self.name}", cause=f"line {line}: {why}", hint=hint
        )

    def _line(self, at: int) -> int:
        """The line of a place; asked for places in their order, it counts each line once."""
        known, line = self.counted if self.counted[0] <= at else (0, 1)
        self.counted = at, line + self.text.count("\n", known, at)
        return self.counted[1]
