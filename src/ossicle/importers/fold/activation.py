"""Activation functions that a layer has itself: sigmoid, and a clamp, as ReLU is one."""

from dataclasses import replace

from ossicle.graph.graph import Graph
from ossicle.graph.types import Attribute, Node
from ossicle.importers.fold.affine import LAYERS, is_plain
from ossicle.importers.fold.wiring import join_pairs


def fold_activations(graph: Graph) -> Graph:
    """Make each sigmoid, ReLU and clip part of the layer that writes its input."""
    return join_pairs(graph, _joined)


def _joined(first: Node, node: Node) -> Node | None:
    if first.op not in LAYERS or node.op != "unary" or not is_plain(first):
        return None
    found = {
        "sigmoid": {"activation": "sigmoid"},
        "relu": {"low": 0.0},
        "clip": {end: node.attributes[end] for end in ("low", "high") if end in node.attributes},
    }.get(str(node.attributes["function"]))
    if found is None:
        return None
    attributes: dict[str, Attribute] = {**first.attributes, **found}
    return replace(first, outputs=node.outputs, attributes=attributes)
