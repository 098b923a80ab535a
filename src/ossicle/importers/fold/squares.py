"""Sums and means of squares: one node, whose sums are wide where a square would have few bits."""

from dataclasses import replace

from ossicle.graph.graph import Graph
from ossicle.graph.types import Node
from ossicle.importers.fold.wiring import join_pairs
from ossicle.numerics.formats import DType
from ossicle.ops.reduce import SUMS


def fold_squares(graph: Graph) -> Graph:
    """Make each square part of the sum or mean that alone reads it; integers of a file stay as they are."""
    return join_pairs(graph, lambda first, node: _joined(graph, first, node))


def _joined(graph: Graph, first: Node, node: Node) -> Node | None:
    if first.op != "unary" or first.attributes["function"] != "square" or node.op != "reduce":
        return None
    function = str(node.attributes["function"])
    if function not in SUMS or graph.tensors[node.outputs["y"]].dtype != DType.F32:
        return None
    return replace(
        node, inputs=first.inputs, attributes={**node.attributes, "function": f"{function}_square"}
    )
