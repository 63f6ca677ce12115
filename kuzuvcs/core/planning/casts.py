"""What the user says becomes of values that a change of type cannot cast: ``--cast Table.column=…``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from kuzuvcs.core.comparing.describe import shown
from kuzuvcs.core.planning.checks import Facts
from kuzuvcs.core.schema import Schema, fold
from kuzuvcs.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """How one column of the schema that is arrived at is filled.

    ``expression`` is Cypher over the old row's columns; None: cast, and what cannot be cast is NULL.
    ``unfit`` are the texts of those values, once they are known; ``impossible``: the engine has no such
    cast, and all of them are NULL.
    """

    table: str
    column: str
    expression: str | None
    unfit: tuple[str, ...] = ()
    impossible: bool = False

    @property
    def option(self) -> str:
        """The column as the option names it."""
        return f"{shown(self.table)}.{shown(self.column)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Casts:
    """The casts of one direction."""

    casts: tuple[Cast, ...] = ()

    def of(self, table: str, column: str) -> Cast | None:
        """What was said of a column, by its new name."""
        return next((cast for cast in self.casts if (cast.table, cast.column) == (table, column)), None)

    def computes(self, place: tuple[str, str]) -> bool:
        """Whether an expression was said of a column."""
        cast = self.of(*place)
        return cast is not None and cast.expression is not None

    def found(
        self, table: str, column: str, *, unfit: tuple[str, ...] = (), impossible: bool = False
    ) -> Casts:
        """The same, and what looking at the data found of one column."""
        return Casts(
            casts=tuple(
                replace(cast, unfit=unfit, impossible=impossible)
                if (cast.table, cast.column) == (table, column)
                else cast
                for cast in self.casts
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the user said of casts and the data told of them, in one direction."""

    casts: Casts = field(default_factory=Casts)
    facts: Facts = field(default_factory=Facts)


NO_ANSWERS = Answers()


def parse_casts(texts: Iterable[str], schema: Schema, option: str) -> Casts:
    """Read the option's texts against the schema that is arrived at.

    :raises UsageError: a text is none, or names no column of the schema
    """
    casts = tuple(_cast(text, schema, option) for text in texts)
    named = [(cast.table, cast.column) for cast in casts]
    twice = next((cast for cast in casts if named.count((cast.table, cast.column)) > 1), None)
    if twice is not None:
        raise UsageError(f"{option} is given twice for {twice.option}", hint="give one of them")
    return Casts(casts=casts)


def _cast(text: str, schema: Schema, option: str) -> Cast:
    """Names may hold dots and equals signs, so that the schema decides where they end."""
    for table in schema.tables():
        for column in table.columns:
            place = f"{table.name}.{column.name}="
            if fold(text[: len(place)]) == fold(place):
                said = text[len(place) :].strip()
                if not said:
                    break
                expression = None if said.upper() == "NULL" else said
                return Cast(table=table.name, column=column.name, expression=expression)
    raise UsageError(
        f"{option} {text!r} says nothing of any column",
        cause="it is no Table.column=null or Table.column=expression with a table and column of the schema",
        hint=f"for example {option} 'User.age=null', or {option} 'User.age=CAST(trim(age) AS INT64)'",
    )
