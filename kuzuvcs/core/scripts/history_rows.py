"""The rows of the history of migrations, which anyone can edit: read as runs, or refused."""

from __future__ import annotations

import dataclasses
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from kuzuvcs.core.scripts.history import Applied, standing

_OTHERS = ("number", "seconds", "dropped")
TEXTS = tuple(one.name for one in dataclasses.fields(Applied) if one.name not in _OTHERS)
"""The fields of a run that are kept as texts; ``capture`` is kept as :attr:`Applied.captures`."""

_LARGEST = 2**63 - 1
_SHOWN = 80
_UNFINISHED = re.compile(r"(?:UP|DOWN) [0-9]{1,9}(?:\+[0-9]{0,18})?")
_ID = re.compile(r"[^\0\r\n]{1,500}")
_COMMIT = "[0-9a-f]{40}"
_CAPTURES = re.compile(rf"(?:{_COMMIT})?(?:\+{_COMMIT}\+{_COMMIT})?")


def run_of(values: Mapping[str, object]) -> Applied:
    """A run from its fields by name.

    :raises ValueError: the first field that holds what kuzuvcs never writes
    """
    number, seconds = values["number"], values["seconds"]
    if type(number) is not int or not 1 <= number <= _LARGEST:
        raise _fault("number", number)
    if not isinstance(seconds, float | int) or not 0 <= seconds < math.inf:
        raise _fault("seconds", seconds)
    texts = {name: _text(name, values[name]) for name in TEXTS}
    for name, pattern in (("id", _ID), ("unfinished", _UNFINISHED), ("capture", _CAPTURES)):
        if (texts[name] or name == "id") and not pattern.fullmatch(texts[name]):
            raise _fault(name, texts[name])
    for name in ("applied", "rolled_back"):
        if (texts[name] or name == "applied") and not _is_time(texts[name]):
            raise _fault(name, texts[name])
    return Applied.stored(texts.pop("capture"), number=number, seconds=float(seconds), **texts)


def require_consistent(runs: Iterable[Applied]) -> tuple[Applied, ...]:
    """The runs in their order.

    :raises ValueError: two have one number, or a script is applied twice at the same time
    """
    ordered = tuple(sorted(runs, key=lambda one: one.number))
    numbers = Counter(str(one.number) for one in ordered)
    applied = Counter(one.id for one in standing(ordered))
    for what, counts in (("number", numbers), ("id", applied)):
        for key, count in counts.items():
            if count > 1:
                raise ValueError(f"{count} rows have the {what} {key[:_SHOWN]}")
    return ordered


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise _fault(name, value)
    return value


def _is_time(text: str) -> bool:
    try:
        return 1970 <= datetime.fromisoformat(text).year <= 9000
    except ValueError:
        return False


def _fault(name: str, value: object) -> ValueError:
    shown = "NULL" if value is None else f"{value!r:.{_SHOWN}}"
    return ValueError(f"{name} is {shown}")
