"""The Python distributions of this machine, as their own metadata tells of them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import Message
from email.utils import getaddresses
from importlib.metadata import Distribution, PackagePath, distributions
from pathlib import Path, PurePosixPath
from typing import cast

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^]]*\])?\s*\(?([^;)]*)\)?\s*(?:;(.*))?")
_STANDARD_LIBRARY = "python"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that a package brought: its path below the package folder, and its bytes where recorded."""

    path: str
    size: int | None

    @property
    def folder(self) -> str:
        """The folder that it is in."""
        return str(PurePosixPath(self.path).parent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What a package needs: the other's name, the releases that will do, and when it is needed."""

    name: str
    releases: str
    condition: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A distribution.  ``release`` is ``None`` for one that is only required, not installed."""

    name: str
    release: str | None
    summary: str | None = None
    license: str | None = None
    requirements: tuple[Requirement, ...] = ()
    authors: tuple[str, ...] = ()
    files: tuple[File, ...] = ()


def read_packages() -> tuple[Package, ...]:
    """Every installed distribution, those that they require, and the standard library; by name."""
    found = {package.name: package for package in map(_package, distributions())}
    found.setdefault(_STANDARD_LIBRARY, _standard_library())
    required = {requirement.name for package in found.values() for requirement in package.requirements}
    missing = [Package(name=name, release=None) for name in required - found.keys()]
    return tuple(sorted([*found.values(), *missing], key=lambda package: package.name))


def _package(distribution: Distribution) -> Package:
    # A Message, which is what it is before Python 3.12 too, answers None where a field is missing.
    metadata = cast("Message", distribution.metadata)
    return Package(
        name=_canonical(metadata["Name"]),
        release=distribution.version,
        summary=metadata["Summary"],
        license=_license(metadata),
        requirements=tuple(_requirements(distribution.requires or ())),
        authors=tuple(sorted(_people(metadata))),
        files=tuple(_files(distribution.files or ())),
    )


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _license(metadata: Message) -> str | None:
    stated = metadata["License-Expression"] or metadata["License"]
    if stated:
        return str(stated).partition("\n")[0][:60]
    classified = [text for text in metadata.get_all("Classifier", []) if text.startswith("License ::")]
    return classified[0].rpartition(":: ")[2] if classified else None


def _requirements(texts: Iterable[str]) -> Iterator[Requirement]:
    for text in texts:
        match = _REQUIREMENT.match(text)
        if match is not None:
            condition = (match[3] or "").strip() or None
            yield Requirement(name=_canonical(match[1]), releases=match[2].strip(), condition=condition)


def _people(metadata: Message) -> set[str]:
    names = {name for name, _ in getaddresses(metadata.get_all("Author-Email", [])) if name}
    for field in metadata.get_all("Author", []):
        names |= {name.strip() for name in field.split(",") if name.strip()}
    return names


def _files(paths: Iterable[PackagePath]) -> Iterator[File]:
    seen = set()
    for path in paths:
        text = path.as_posix()
        if ".." not in path.parts and "__pycache__" not in path.parts and text not in seen:
            seen.add(text)
            yield File(path=text, size=path.size)


def _standard_library() -> Package:
    """Python itself as a package: so that the graph is worth reading where little is installed."""
    root = Path(cast("str", sys.modules["os"].__file__)).parent
    names = sorted(sys.stdlib_module_names)
    files = [root / f"{name}.py" for name in names]
    files += [file for name in names for file in sorted((root / name).glob("*.py"))]
    return Package(
        name=_STANDARD_LIBRARY,
        release=sys.version.partition(" ")[0],
        summary="Python's standard library",
        license="PSF-2.0",
        authors=("Guido van Rossum",),
        files=tuple(
            File(path=f"lib/{file.relative_to(root).as_posix()}", size=file.stat().st_size)
            for file in files
            if file.is_file()
        ),
    )
