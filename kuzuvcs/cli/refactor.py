"""``kuzuvcs refactor KIND``: a command for each kind of refactoring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kuzuvcs.cli.options import Invocation
from kuzuvcs.cli.output import shown_path
from kuzuvcs.cli.session import session
from kuzuvcs.errors import UsageError

if TYPE_CHECKING:
    from kuzuvcs.core.refactor.declared import Declared

End = Literal["source", "target"]
Message = Annotated[
    str,
    typer.Option("-m", "--message", metavar="TEXT", help="What the script does; part of its file name."),
]
AcceptLoss = Annotated[
    bool, typer.Option("--accept-loss", help="Write the script even where DOWN cannot bring all back.")
]


def refactor(invocation: Invocation) -> None:
    """Write the proven script of a declared refactoring.

    It starts from the newest version, moves the rows inside the database, and is written only after UP and
    DOWN were run on a restored copy with all its data.
    """


def split(
    invocation: Invocation,
    property: Annotated[
        str, typer.Argument(metavar="TABLE.COLUMN", help="The column whose values tell the rows apart.")
    ],
    into: Annotated[
        list[str] | None,
        typer.Option("--into", metavar="VALUE=TABLE", help="The new table of a value's rows; repeated."),
    ] = None,
    null: Annotated[
        str | None, typer.Option("--null", metavar="TABLE", help="The new table of rows without a value.")
    ] = None,
    message: Message = "",
) -> None:
    """Split a node table by the values of a column.

    The column goes: a row's table says what it said. Rel tables get a connection for each pair of tables.
    """
    from kuzuvcs.core.refactor.split import Split

    _write(invocation, Split(property=property, into=_pairs("--into", into), null=null), message)


def merge(
    invocation: Invocation,
    tables: Annotated[list[str], typer.Argument(metavar="TABLE", help="The node tables, two or more.")],
    into: Annotated[str, typer.Option("--into", metavar="TABLE", help="The table of all their rows.")],
    column: Annotated[
        str | None,
        typer.Option("--column", metavar="COLUMN", help="The new column that tells the rows apart."),
    ] = None,
    value: Annotated[
        list[str] | None,
        typer.Option("--value", metavar="VALUE=TABLE", help="What it holds; the table's name, if left out."),
    ] = None,
    message: Message = "",
    accept_loss: AcceptLoss = False,
) -> None:
    """Merge node tables into one.

    It has the columns of all; where a row's table had none, there is NULL. A key in two tables is refused.
    """
    from kuzuvcs.core.refactor.merge import Merge

    declared = Merge(tables=tuple(tables), into=into, column=column, values=_pairs("--value", value))
    _write(invocation, declared, message, accept_loss=accept_loss)


def normalise(
    invocation: Invocation,
    property: Annotated[str, typer.Argument(metavar="TABLE.COLUMN", help="The property that moves.")],
    into: Annotated[str, typer.Option("--into", metavar="TABLE", help="The new node table of its values.")],
    edge: Annotated[str, typer.Option("--edge", metavar="REL", help="The new rel table that leads there.")],
    message: Message = "",
) -> None:
    """Move a property into its own node table with edges.

    There is one node for each value, with the value as its key; a row without a value gets no edge.
    """
    from kuzuvcs.core.refactor.normalise import Normalise

    _write(invocation, Normalise(property=property, into=into, edge=edge), message)


def fold(
    invocation: Invocation,
    property: Annotated[str, typer.Argument(metavar="TABLE.COLUMN", help="The new property.")],
    table: Annotated[
        str, typer.Option("--from", metavar="TABLE", help="The node table whose keys are its values.")
    ],
    edge: Annotated[str, typer.Option("--edge", metavar="REL", help="The rel table between the two.")],
    message: Message = "",
    accept_loss: AcceptLoss = False,
) -> None:
    """Fold a node table with edges back into a property.

    What the table holds beside its key is lost, and so are nodes without an edge: both are counted.
    """
    from kuzuvcs.core.refactor.fold import Fold

    _write(invocation, Fold(property=property, table=table, edge=edge), message, accept_loss=accept_loss)


def edge_to_node(
    invocation: Invocation,
    table: Annotated[str, typer.Argument(metavar="REL", help="The rel table.")],
    into: Annotated[str, typer.Option("--into", metavar="TABLE", help="The new node table.")],
    edges: Annotated[
        tuple[str, str],
        typer.Option("--edges", metavar="REL REL", help="The new rel tables: to the node, and on from it."),
    ],
    key: Annotated[str, typer.Option("--key", metavar="COLUMN", help="The node's key, a number.")] = "id",
    message: Message = "",
) -> None:
    """Make a node with two edges of every edge.

    The node has the edge's properties; parallel edges become nodes of their own.
    """
    from kuzuvcs.core.refactor.edge_to_node import EdgeToNode

    _write(invocation, EdgeToNode(table=table, into=into, edges=edges, key=key), message)


def node_to_edge(
    invocation: Invocation,
    table: Annotated[str, typer.Argument(metavar="TABLE", help="The node table.")],
    into: Annotated[str, typer.Option("--into", metavar="REL", help="The new rel table.")],
    edges: Annotated[
        tuple[str, str],
        typer.Option("--edges", metavar="REL REL", help="The rel tables that lead to the node, and from it."),
    ],
    message: Message = "",
    accept_loss: AcceptLoss = False,
) -> None:
    """Make an edge of every node that stands between two.

    The edge has all the node's columns, its key too; nodes without both edges are lost, and counted.
    """
    from kuzuvcs.core.refactor.node_to_edge import NodeToEdge

    _write(invocation, NodeToEdge(table=table, into=into, edges=edges), message, accept_loss=accept_loss)


def invert(
    invocation: Invocation,
    table: Annotated[str, typer.Argument(metavar="REL", help="The rel table.")],
    message: Message = "",
) -> None:
    """Turn every edge of a rel table round."""
    from kuzuvcs.core.refactor.invert import Invert

    _write(invocation, Invert(table=table), message)


def move_endpoint(
    invocation: Invocation,
    table: Annotated[str, typer.Argument(metavar="REL", help="The rel table whose edges move.")],
    source: Annotated[str, typer.Option("--from", metavar="TABLE", help="The node table at that end now.")],
    target: Annotated[str, typer.Option("--to", metavar="TABLE", help="The node table there then.")],
    by: Annotated[
        str, typer.Option("--by", metavar="REL", help="The rel table that links each row to its new one.")
    ],
    end: Annotated[
        End | None, typer.Option("--end", help="Which end moves, where both have that table.")
    ] = None,
    keep: Annotated[
        str | None,
        typer.Option("--keep", metavar="COLUMN", help="A new property for the old end's key, for DOWN."),
    ] = None,
    message: Message = "",
    accept_loss: AcceptLoss = False,
) -> None:
    """Move an end of a rel table to a linked node.

    An edge whose row is linked to nothing is lost, and counted; a row that is linked to several is refused.
    """
    from kuzuvcs.core.refactor.move_endpoint import MoveEndpoint

    declared = MoveEndpoint(table=table, source=source, target=target, by=by, end=end, keep=keep)
    _write(invocation, declared, message, accept_loss=accept_loss)


REFACTORINGS = (split, merge, normalise, fold, edge_to_node, node_to_edge, invert, move_endpoint)
"""In the order of ``kuzuvcs refactor --help``."""


def _pairs(option: str, texts: list[str] | None) -> tuple[tuple[str, str], ...]:
    """``VALUE=TABLE``, split at the last equals sign: a value has one more often than a name."""
    pairs = []
    for text in texts or ():
        value, equals, table = text.rpartition("=")
        if not equals:
            raise UsageError(
                f"cannot read {option} {text}",
                cause="there is no equals sign in it",
                hint=f"write {option} VALUE=TABLE, as in {option} student=Student",
            )
        pairs.append((value, table))
    return tuple(pairs)


def _write(invocation: Invocation, declared: Declared, message: str, *, accept_loss: bool = False) -> None:
    with session(invocation) as current:
        from kuzuvcs.render.documents import generate_document
        from kuzuvcs.render.report import generate_report

        result = current.repository().refactor(declared, message=message, accept_loss=accept_loss)
        current.finish(lambda: generate_document(result), lambda: generate_report(result, shown_path))
