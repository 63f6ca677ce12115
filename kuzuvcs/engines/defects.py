"""Releases of engines with known defects, with which no database is read or written.

The file of such a release is sound where its defect is one of reading: a later release reads it right.
"""

from __future__ import annotations

from dataclasses import dataclass

from kuzuvcs.core.engine import Engine, EngineName, release_order


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """What the releases from ``first`` to ``last`` do wrong, and where that is reported.

    ``reading`` says that they return wrong values; else they only damage what they write.
    """

    engine: EngineName
    first: str
    last: str
    words: str
    reading: bool
    source: str

    def has(self, engine: Engine) -> bool:
        """Whether a release has it."""
        return (
            engine.name == self.engine
            and engine.release is not None
            and release_order(self.first) <= engine.order <= release_order(self.last)
        )


DEFECTS = (
    Defect(
        engine="ladybug",
        first="0.17.0",
        last="0.18.3",
        words="scans of tables with deleted rows return wrong strings",
        reading=True,
        source="ladybug issues 658 and 678",
    ),
    Defect(
        engine="ladybug",
        first="0.19.0",
        last="0.19.1",
        words="repeated checkpoints can damage the database file, and lose space in it",
        reading=False,
        source="ladybug issues 843 and 924",
    ),
)
"""Of the first, 0.18.1 to 0.18.3 were tried; of the second, the reports are all that is known."""


def defect_of(engine: Engine, *, read_only: bool) -> Defect | None:
    """Why a release must not read, or must not write, a database; None for a sound one."""
    return next((one for one in DEFECTS if one.has(engine) and (one.reading or not read_only)), None)
