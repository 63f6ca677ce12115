"""The kinds of refactorings, and what each comes to over a schema."""

from __future__ import annotations

from typing import assert_never

from kuzuvcs.core.refactor.edge_to_node import EdgeToNode, made_nodes
from kuzuvcs.core.refactor.fold import Fold, folded
from kuzuvcs.core.refactor.invert import Invert, inverted
from kuzuvcs.core.refactor.merge import Merge, merged
from kuzuvcs.core.refactor.move_endpoint import MoveEndpoint, moved
from kuzuvcs.core.refactor.node_to_edge import NodeToEdge, made_edges
from kuzuvcs.core.refactor.normalise import Normalise, normalised
from kuzuvcs.core.refactor.refactoring import Refactoring
from kuzuvcs.core.refactor.split import Split, split
from kuzuvcs.core.schema import Schema

Declared = Split | Merge | Normalise | Fold | EdgeToNode | NodeToEdge | Invert | MoveEndpoint


def refactoring(schema: Schema, declared: Declared) -> Refactoring:
    """What a declaration comes to.

    :raises UsageError: it names what is not there, or what is there already
    :raises UnsupportedChange: the tables it names cannot be changed so
    """
    match declared:
        case Split():
            return split(schema, declared)
        case Merge():
            return merged(schema, declared)
        case Normalise():
            return normalised(schema, declared)
        case Fold():
            return folded(schema, declared)
        case EdgeToNode():
            return made_nodes(schema, declared)
        case NodeToEdge():
            return made_edges(schema, declared)
        case Invert():
            return inverted(schema, declared)
        case MoveEndpoint():
            return moved(schema, declared)
        case _:
            assert_never(declared)
