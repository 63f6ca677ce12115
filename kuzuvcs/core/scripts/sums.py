"""The sum file of a folder of scripts: a checksum for each file, and one over them all.

The text is what ``sha256sum -c`` reads: the folder's checksum is a comment on the first line.  Two branches
that each add a script both change that line, so that git cannot merge them in silence; a merge that was
forced through is found, because the line is not that of the lines below it.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

SUM_FILE = "kuzuvcs.sum"

_FOLDER = re.compile(r"# folder ([0-9a-f]{64})")
_LINE = re.compile(r"([0-9a-f]{64})  ([^\s]+)")
_CONFLICT = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")
_WRITES = "see that the scripts follow one another (kuzuvcs check), then kuzuvcs repair writes it anew"
_RECORDS = "if that is meant, kuzuvcs repair records it"

SumFaultKind = Literal["unreadable", "altered", "missing", "unrecorded", "reordered", "folder"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SumFault:
    """What is wrong: with which file of the folder, and on which line of the sum file (from 1).

    An ``unrecorded`` file's line is the one on which it would stand; ``file`` is the sum file itself where
    no other is to blame.
    """

    kind: SumFaultKind
    file: str
    line: int
    message: str
    cause: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checksum:
    """The sha256 of a script; ``also`` are those that earlier releases recorded of the same text."""

    value: str
    also: frozenset[str] = frozenset()

    def accepts(self, recorded: str) -> bool:
        """Whether a recorded sum is of this text."""
        return recorded == self.value or recorded in self.also


def render_sum(files: Mapping[str, Checksum]) -> str:
    """The sum file's text: ``files`` maps names, relative to the folder, to their checksums."""
    lines = [f"{files[name].value}  {name}" for name in sorted(files)]
    return "\n".join([f"# folder {_over(lines)}", *lines]) + "\n"


def sum_faults(text: str, files: Mapping[str, Checksum]) -> tuple[SumFault, ...]:
    """What differs between a sum file and the files that are there, by line; empty where nothing does."""
    lines = text.removesuffix("\n").split("\n")
    unreadable = tuple(_unreadable(lines))
    if unreadable:
        return unreadable
    recorded = [(found[2], found[1]) for one in lines[1:] if (found := _LINE.fullmatch(one))]
    faults = [*_folder(lines), *_order(recorded), *_files(recorded, files)]
    return tuple(sorted(faults, key=lambda fault: (fault.line, fault.file)))


def _over(lines: Sequence[str]) -> str:
    return hashlib.sha256("".join(f"{one}\n" for one in lines).encode()).hexdigest()


def _unreadable(lines: Sequence[str]) -> Iterator[SumFault]:
    for number, one in enumerate(lines, 1):
        if (_FOLDER if number == 1 else _LINE).fullmatch(one):
            continue
        merged = one.startswith(_CONFLICT)
        yield SumFault(
            kind="unreadable",
            file=SUM_FILE,
            line=number,
            message=f"{SUM_FILE} cannot be read at line {number}",
            cause="git could not merge it: both sides have scripts of their own" if merged else repr(one),
            hint=_WRITES,
        )
        return


def _folder(lines: Sequence[str]) -> Iterator[SumFault]:
    if lines[0] != f"# folder {_over(lines[1:])}":
        yield SumFault(
            kind="folder",
            file=SUM_FILE,
            line=1,
            message=f"line 1 of {SUM_FILE} is not the checksum of the lines below it",
            cause="it was merged or edited by hand",
            hint=_WRITES,
        )


def _order(recorded: Sequence[tuple[str, str]]) -> Iterator[SumFault]:
    for number, ((before, _), (name, _)) in enumerate(itertools.pairwise(recorded), 3):
        if name <= before:
            yield SumFault(
                kind="reordered",
                file=name,
                line=number,
                message=f"{name} is out of its order at line {number} of {SUM_FILE}",
                cause=f"it stands after {before}",
                hint=_RECORDS,
            )


def _files(recorded: Sequence[tuple[str, str]], files: Mapping[str, Checksum]) -> Iterator[SumFault]:
    for number, (name, digest) in enumerate(recorded, 2):
        if name not in files:
            yield SumFault(
                kind="missing",
                file=name,
                line=number,
                message=f"{name} is missing from the migrations folder",
                cause=f"line {number} of {SUM_FILE} records it",
                hint=f"get it back from version control; {_RECORDS}",
            )
        elif not files[name].accepts(digest):
            yield SumFault(
                kind="altered",
                file=name,
                line=number,
                message=f"{name} was altered since it was recorded",
                cause=f"line {number} of {SUM_FILE} has {digest[:12]}…, "
                f"and the file is {files[name].value[:12]}…",
                hint=f"undo the change; {_RECORDS}",
            )
    names = [name for name, _ in recorded]
    for name in sorted(set(files) - set(names)):
        place = 2 + sum(one < name for one in names)
        yield SumFault(
            kind="unrecorded",
            file=name,
            line=place,
            message=f"{name} is not recorded in {SUM_FILE}",
            cause=f"it was put into the folder by hand, or by a merge; it would be line {place}",
            hint="read it; kuzuvcs repair records it",
        )
