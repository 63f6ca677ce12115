"""Names of properties that a COPY into a rel table takes.

It has variables of its own, ``from`` and ``to``, for the ends of the edges.  A property with such a name has
another one while rows are loaded.
"""

from __future__ import annotations

from collections.abc import Iterable

from kuzuvcs.core.planning.rebuild import free_name
from kuzuvcs.core.schema import fold

_OF_COPY = ("from", "to")


def names_while_loading(properties: Iterable[str]) -> dict[str, str]:
    """For the properties of a rel table: the names that they have meanwhile, of those that need one."""
    properties = tuple(properties)
    taken = {fold(name) for name in properties}
    names: dict[str, str] = {}
    for name in properties:
        if fold(name) in _OF_COPY:
            names[name] = free_name("kuzuvcs_property", taken)
            taken.add(fold(names[name]))
    return names
