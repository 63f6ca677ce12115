"""What a step can cost, with counts where they are known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kuzuvcs.core.comparing import changes as made
from kuzuvcs.core.comparing.changes import Change
from kuzuvcs.core.comparing.describe import shown
from kuzuvcs.core.planning.checks import Facts
from kuzuvcs.core.planning.conversion import Computed, Nothing, Value
from kuzuvcs.core.planning.hazard_codes import HazardName, kind_of
from kuzuvcs.core.planning.rebuild import Rebuild
from kuzuvcs.core.schema import NodeTable, Table

Counts = Mapping[tuple[str, ...], int]
"""By old names: ``(table,)`` its rows or edges; ``(rel, source, target)`` the edges of a connection;
``(table, "", column)`` the values that are not NULL; ``(table, "bytes")`` the bytes of its files.
What is missing is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """A cost: its name, a sentence, and how many rows, edges or values it hits (None: not known)."""

    name: HazardName
    text: str
    count: int | None = None

    @property
    def code(self) -> str:
        """The stable code of its kind: ``KV103``."""
        return kind_of(self.name).code

    @property
    def line(self) -> str:
        """As scripts and reports have it: ``KV103 drops 3 values of User.email``."""
        return f"{self.code} {self.text}"


def hazards_of(change: Change, counts: Counts, *, rebuilt: bool = False) -> tuple[Hazard, ...]:
    """The hazards of one change; none where the count is known to be 0.

    ``rebuilt``: it is part of a rebuild, in which a column that is added may be filled otherwise.
    """
    match change:
        case made.DropNodeTable(table=node):
            return _loss("drops_rows", "row", f"of {shown(node.name)}", counts.get((node.name,)))
        case made.DropRelTable(table=rel):
            return _loss("drops_edges", "edge", f"of {shown(rel.name)}", counts.get((rel.name,)))
        case made.DropConnection(table=rel, connection=pair):
            what = f"of {shown(rel)} from {shown(pair.source)} to {shown(pair.target)}"
            return _loss("drops_edges", "edge", what, counts.get((rel, pair.source, pair.target)))
        case made.DropColumn(table=table, column=column):
            what = f"of {shown(table)}.{shown(column.name)}"
            return _loss("drops_values", "value", what, counts.get((table, "", column.name)))
        case made.AddColumn(table=table, column=column) if column.default is not None and not rebuilt:
            text = f"every row of {shown(table)} gets the default of {shown(column.name)}"
            return (Hazard(name="fills_rows", text=text),)
        case made.ChangePrimaryKey(table=table, new=key):
            text = f"every value of {shown(table)}.{shown(key)} has to be there, and to be there once"
            return (Hazard(name="requires_unique", text=text),)
        case made.DropSequence(sequence=sequence):
            text = (
                f"sequence {shown(sequence.name)} loses its place: made again, it starts at {sequence.start}"
            )
            return (Hazard(name="restarts_sequence", text=text),)
        case made.ChangeSequence(new=sequence):
            text = f"sequence {shown(sequence.name)} starts again at {sequence.start}"
            return (Hazard(name="restarts_sequence", text=text),)
        case made.DropMacro(macro=macro) | made.ChangeMacro(old=macro):
            return (drop_macro_hazard(macro.name),)
        case _:
            return ()


def rebuild_hazards(
    rebuild: Rebuild, values: Mapping[str, Value], facts: Facts, counts: Counts
) -> tuple[Hazard, ...]:
    """What a rebuild costs beside the changes that come with it."""
    return (*_narrowing(rebuild, values, facts, counts), *rewriting_hazards(rebuild.old, counts))


def drop_macro_hazard(name: str) -> Hazard:
    """What it costs an engine that drops no macros; another one drops it as anything else."""
    text = f"with Kuzu, dropping macro {shown(name)} writes all tables anew"
    return Hazard(name="rewrites_table", text=text)


def column_order_hazard(table: str) -> Hazard:
    """An altered table has its columns in another order than one that is created."""
    text = f"the columns of {shown(table)} stand in another order than declared: name them in INSERT and COPY"
    return Hazard(name="column_order", text=text)


def _narrowing(
    rebuild: Rebuild, values: Mapping[str, Value], facts: Facts, counts: Counts
) -> Iterator[Hazard]:
    mates = dict(rebuild.columns)
    for column, value in values.items():
        place = f"{shown(rebuild.new.name)}.{shown(column)}"
        known = counts.get((rebuild.old.name, "", mates.get(column, "")))
        narrowed = facts.narrowed.get((rebuild.new.name, column))
        unfit = facts.unfit.get((rebuild.new.name, column), 0)
        if isinstance(value, Nothing) and column in mates:
            yield from _loss("drops_values", "value", f"of {place}", known)
        elif isinstance(value, Computed) and column in mates and known != 0:
            yield Hazard(name="narrows_values", text=f"replaces the values of {place}", count=known)
        if unfit:
            yield from _loss("drops_values", "value", f"of {place} that cannot be cast", unfit)
        if narrowed is not None and narrowed.count is None:
            text = f"casts {narrowed.values:,} values of {place}; whether they come back cannot be compared"
            yield Hazard(name="narrows_values", text=text)
        elif narrowed is not None and narrowed.count:
            text = f"casting changes {narrowed.count:,} of {narrowed.values:,} values of {place}"
            yield Hazard(name="narrows_values", text=text, count=narrowed.count)


def rewriting_hazards(table: Table, counts: Counts) -> Iterator[Hazard]:
    """That every row of a table is written anew; none where there are no rows."""
    rows, size = counts.get((table.name,)), counts.get((table.name, "bytes"))
    if rows == 0:
        return
    unit = "row" if isinstance(table, NodeTable) else "edge"
    what = f"all {unit}s" if rows is None else f"{rows:,} {unit if rows == 1 else unit + 's'}"
    about = "" if size is None else f", about {_megabytes(size)} in files"
    yield Hazard(name="rewrites_table", text=f"rewrites {what} of {shown(table.name)}{about}", count=rows)


def _megabytes(size: int) -> str:
    return "1 MB at most" if size < 1_000_000 else f"{round(size / 1_000_000):,} MB"


def _loss(name: HazardName, unit: str, what: str, count: int | None) -> tuple[Hazard, ...]:
    if count == 0:
        return ()
    if count is None:
        return (Hazard(name=name, text=f"drops all {unit}s {what}"),)
    return (
        Hazard(name=name, text=f"drops {count:,} {unit if count == 1 else unit + 's'} {what}", count=count),
    )
