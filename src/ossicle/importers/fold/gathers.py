"""Gathers: one in the place of two in a row, and scales that move through them into the layer before."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ossicle.graph.graph import Graph
from ossicle.graph.types import Node
from ossicle.importers.fold.affine import LAYERS, is_plain, line_of, one_row
from ossicle.importers.fold.wiring import with_nodes, without_unread


def fold_through_gathers(graph: Graph) -> Graph:
    """Let a layer scale its results itself where a gather takes those that an affine node scales."""
    for node in graph.nodes:
        if node.op == "affine":
            graph = _through(graph, node)
    return graph


def _through(graph: Graph, node: Node) -> Graph:
    writers = {name: of for of in graph.nodes for name in of.outputs.values()}
    gather = writers.get(node.inputs["x"])
    if gather is None or gather.op != "gather" or len(gather.inputs) > 1:
        return graph
    layer = writers.get(gather.inputs["x0"])
    if layer is None or layer.op not in LAYERS or not is_plain(layer):
        return graph
    taken, y = gather.constants["index"], layer.outputs["y"]
    kept = {*graph.outputs, *(state.output for state in graph.states)}
    others = [of for of in graph.nodes if y in of.inputs.values() and of is not gather]
    free = all(of.op == "gather" and len(of.inputs) == 1 for of in others) and (taken >= 0).all()
    alone = (
        sum(node.inputs["x"] in of.inputs.values() for of in graph.nodes) == 1
        and node.inputs["x"] not in kept
    )
    if (
        not free
        or not alone
        or y in kept
        or any(np.isin(of.constants["index"], taken).any() for of in others)
    ):
        return graph
    size = graph.tensors[y].size
    scale, offset = np.ones(size), np.zeros(size)
    scale[taken], offset[taken] = line_of(node, taken.size)
    weight, bias = (layer.constants[name].astype(np.float64) for name in ("weight", "bias"))
    row = one_row(scale, offset, len(weight))
    if row is None:
        return graph
    constants = {
        "weight": (weight * row[0][:, None]).astype(np.float32),
        "bias": (bias * row[0] + row[1]).astype(np.float32),
    }
    swapped = {
        layer.name: [replace(layer, constants=constants)],
        gather.name: [replace(gather, outputs=node.outputs)],
        node.name: [],
    }
    return with_nodes(graph, [new for of in graph.nodes for new in swapped.get(of.name, [of])])


def compose_gathers(graph: Graph) -> Graph:
    """Let each gather read what the gathers before it read."""
    found: dict[str, Node] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        if node.op == "gather" and any(name in found for name in node.inputs.values()):
            node = _composed(graph, node, found)
        if node.op == "gather":
            found[node.outputs["y"]] = node
        nodes.append(node)
    return without_unread(with_nodes(graph, nodes))


def _composed(graph: Graph, node: Node, found: dict[str, Node]) -> Node:
    """A gather that reads past those in ``found``."""
    sources: list[str] = []
    parts: list[np.ndarray] = [np.array([-1])]
    for name in node.inputs.values():
        before = found.get(name)
        inner: Sequence[str] = [name] if before is None else list(before.inputs.values())
        sources += [one for one in inner if one not in sources]
    starts = dict(zip(sources, np.cumsum([0, *(graph.tensors[one].size for one in sources)]), strict=False))
    for name in node.inputs.values():
        before, size = found.get(name), graph.tensors[name].size
        if before is None:
            parts.append(np.arange(size) + starts[name])
            continue
        # Where each number of what the earlier gather reads lies now.
        inside = [np.arange(graph.tensors[one].size) + starts[one] for one in before.inputs.values()]
        parts.append(np.concatenate([*inside, [-1]])[before.constants["index"]])
    # A place of -1 is the first entry here.
    index = np.concatenate(parts)[node.constants["index"] + 1].astype(np.int32)
    used = [
        one
        for one in sources
        if ((index >= starts[one]) & (index < starts[one] + graph.tensors[one].size)).any()
    ]
    moved = np.full(index.size, -1, np.int32)
    place = 0
    for one in used or sources[:1]:
        inside = (index >= starts[one]) & (index < starts[one] + graph.tensors[one].size)
        moved[inside] = index[inside] - starts[one] + place
        place += graph.tensors[one].size
    ports = {f"x{number}": one for number, one in enumerate(used or sources[:1])}
    return replace(node, inputs=ports, constants={"index": moved})
