"""Activation functions that a layer has itself: sigmoid, and a clamp, as ReLU is one."""

from dataclasses import replace

from ossicle.graph.graph import Graph
from ossicle.graph.types import Attribute, Node
from ossicle.importers.fold.affine import LAYERS, is_plain
from ossicle.importers.fold.wiring import join_pairs

CLAMPS = ("relu", "clip")
"""Functions that do to the codes of a result what they do to the result."""


def fold_activations(graph: Graph) -> Graph:
    """Make each sigmoid, ReLU and clip part of the layer that writes its input."""
    return join_pairs(graph, lambda first, node: _joined(graph, first, node))


def _joined(graph: Graph, first: Node, node: Node) -> Node | None:
    if first.op not in LAYERS or node.op != "unary" or not is_plain(first):
        return None
    if first.integer and not (node.attributes["function"] in CLAMPS and _keeps_type(graph, node)):
        return None
    own: dict[str, dict[str, Attribute]] = {
        "sigmoid": {"activation": "sigmoid"},
        "relu": {"low": 0.0},
        "clip": {end: node.attributes[end] for end in ("low", "high") if end in node.attributes},
    }
    found = own.get(str(node.attributes["function"]))
    if found is None:
        return None
    attributes: dict[str, Attribute] = {**first.attributes, **found}
    return replace(first, outputs=node.outputs, attributes=attributes)


def _keeps_type(graph: Graph, node: Node) -> bool:
    """Whether a function writes the type and scale that it reads."""
    x, y = (graph.tensors[ports[port]] for ports, port in ((node.inputs, "x"), (node.outputs, "y")))
    return replace(x, shape=y.shape) == y
