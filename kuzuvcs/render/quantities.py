"""Numbers, sizes, times and counts as people read them."""

from __future__ import annotations

from datetime import datetime, timedelta

_UNITS = ("kB", "MB", "GB", "TB", "PB")
_AGES = ((365, "year"), (30, "month"), (7, "week"), (1, "day"))


def number(value: int) -> str:
    """``12,345``."""
    return f"{value:,}"


def counted(value: int, one: str, many: str = "") -> str:
    """``1 row``, ``2 rows``."""
    return f"{number(value)} {one if value == 1 else many or one + 's'}"


def size(amount: int) -> str:
    """Bytes in decimal units: ``999 B``, ``1.4 MB``."""
    if amount < 1000:
        return f"{amount} B"
    power = 1
    while power < len(_UNITS) and amount >= 999.95 * 1000**power:
        power += 1
    return f"{amount / 1000**power:.1f} {_UNITS[power - 1]}"


def moment(when: datetime, now: datetime) -> str:
    """The minute, in the time zone of ``now``: ``2026-11-22 19:32``."""
    return when.astimezone(now.tzinfo).strftime("%Y-%m-%d %H:%M")


def age(when: datetime, now: datetime) -> str:
    """``3 hours ago``; a time in the future (another machine's clock) is ``just now``."""
    passed = now - when
    for days, unit in _AGES:
        if passed.days >= days:
            return f"{counted(passed.days // days, unit)} ago"
    for step, unit in ((timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute")):
        if passed >= step:
            return f"{counted(passed // step, unit)} ago"
    return "just now"
