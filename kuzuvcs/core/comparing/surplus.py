"""What a schema has too much or too little: a change told as a state."""

from __future__ import annotations

from kuzuvcs.core.comparing import changes as made
from kuzuvcs.core.comparing.changes import Change
from kuzuvcs.core.comparing.describe import describe, shown

_STATES = {"create": "is extra", "add": "is extra", "drop": "is missing", "change": "differs"}
"""By the verb that begins a change's description."""


def surplus(change: Change) -> str:
    """A change from the expected schema to the found one, said of the found one: ``table T is missing``.

    A rename is one of two explanations: nothing here compares data.
    """
    match change:
        case made.RenameTable(old=old, new=new):
            return f"table {shown(old)} is called {shown(new)}, or was dropped and {shown(new)} created"
        case made.RenameColumn(table=table, old=old, new=new):
            column = f"column {shown(old)} of table {shown(table)}"
            return f"{column} is called {shown(new)}, or was dropped and {shown(new)} added"
        case made.ChangeColumnType(table=table, column=name, old=old, new=new):
            return f"column {shown(name)} of table {shown(table)} has type {shown(new)}, not {shown(old)}"
        case made.ChangePrimaryKey(table=table, old=old, new=new):
            return f"the primary key of table {shown(table)} is {shown(new)}, not {shown(old)}"
        case made.ChangeMultiplicity(table=table, old=old, new=new):
            return f"the multiplicity of table {shown(table)} is {new}, not {old}"
        case made.ChangeStorageDirection(table=table, old=old, new=new):
            return f"the storage direction of table {shown(table)} is {new}, not {old}"
        case _:
            verb, _, what = describe(change).partition(" ")
            return f"{what} {_STATES[verb]}"
