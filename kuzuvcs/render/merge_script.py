"""The text of a merge script: what it joins, and no statement."""

from __future__ import annotations

from collections.abc import Sequence

from kuzuvcs.core.scripts.script import BASE_DIGEST, DOWN, MERGES, UP, one_line


def merge_script(
    *,
    id: str,
    description: str,
    digest: str,
    base: str,
    branches: Sequence[Sequence[str]],
    notes: Sequence[str],
    proof: str,
    release: str,
) -> str:
    """A head that promises the schema ``digest``, to which the branches lead together from ``base``.

    The ``notes`` are for people.
    """
    head = [
        ("id", id),
        ("description", one_line(description)),
        ("from-digest", digest),
        ("to-digest", digest),
        (BASE_DIGEST, base),
        *((MERGES, " ".join(branch)) for branch in branches),
        ("proof", one_line(proof)),
        ("hazards", "none"),
        ("kuzuvcs", release),
    ]
    told = [
        "The merged scripts lead to the schema to-digest in either order; there is nothing to run.",
        *notes,
    ]
    return "\n".join(
        [
            *(f"// {key}: {value}" for key, value in head),
            "",
            *(f"// {one_line(one)}" for one in told),
            UP,
            "",
            DOWN,
            "",
        ]
    )
