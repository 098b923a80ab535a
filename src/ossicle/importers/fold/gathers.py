"""Gathers: one in the place of two in a row, and scales that move through them into the layer before."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ossicle.graph.graph import Graph
from ossicle.graph.types import Attribute, Node
from ossicle.importers.fold.affine import LAYERS, is_plain, line_of, one_row, single
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
    layer = writers.get(gather.inputs["x0"]) if gather is not None and gather.op == "gather" else None
    if gather is None or layer is None or layer.op not in LAYERS or layer.integer or not is_plain(layer):
        return graph
    y, index = layer.outputs["y"], gather.constants["index"]
    if not _takes_alone(graph, gather, y) or _readers(graph, node.inputs["x"]) != [node]:
        return graph
    scale, offset = (np.full(graph.tensors[y].size, fill) for fill in (1.0, 0.0))
    scale[index], offset[index] = line_of(node, index.size)
    row = one_row(scale, offset, len(layer.constants["bias"]))
    if row is None:
        return graph
    weight, bias = (layer.constants[name].astype(np.float64) for name in ("weight", "bias"))
    constants = single({"weight": weight * row[0][:, None], "bias": bias * row[0] + row[1]})
    # It holds something else than before, so it has another name.
    scaled = f"{y}_scaled"
    changed = {
        layer.name: [replace(layer, outputs={"y": scaled}, constants=constants)],
        gather.name: [replace(gather, inputs={"x0": scaled}, outputs=node.outputs)],
        node.name: [],
    }
    for reader in _readers(graph, y):
        changed.setdefault(reader.name, [replace(reader, inputs={"x0": scaled})])
    graph = replace(graph, tensors={**graph.tensors, scaled: graph.tensors[y]})
    return with_nodes(graph, [new for of in graph.nodes for new in changed.get(of.name, [of])])


def _takes_alone(graph: Graph, gather: Node, source: str) -> bool:
    """Whether a gather takes numbers of one tensor, which nobody but other gathers of other numbers reads."""
    index = gather.constants["index"]
    others = [reader for reader in _readers(graph, source) if reader is not gather]
    return (
        len(gather.inputs) == 1
        and bool((index >= 0).all())
        and source not in _ends(graph)
        and all(
            reader.op == "gather"
            and len(reader.inputs) == 1
            and not np.isin(reader.constants["index"], index).any()
            for reader in others
        )
    )


def _readers(graph: Graph, name: str) -> list[Node]:
    """The nodes that read a tensor; none of a tensor that leaves the graph too."""
    return [] if name in _ends(graph) else [node for node in graph.nodes if name in node.inputs.values()]


def _ends(graph: Graph) -> set[str]:
    """What leaves the graph or is kept for the next step."""
    return {*graph.outputs, *(state.output for state in graph.states)}


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
    origins = [_origins(graph, name, found.get(name)) for name in node.inputs.values()]
    # What lies outside of all inputs is -1 here too, the last entry.
    number, place = (
        np.concatenate([*column, [-1]])[node.constants["index"]] for column in zip(*origins, strict=True)
    )
    names = list(dict.fromkeys(name for of in node.inputs.values() for name in _sources(of, found.get(of))))
    order = {name: at for at, name in enumerate(graph.tensors)}
    used = [name for name in names if (number == order[name]).any()] or names[:1]
    index, start = np.full(number.size, -1, np.int32), 0
    for name in used:
        inside = number == order[name]
        index[inside] = place[inside] + start
        start += graph.tensors[name].size
    ports = {f"x{port}": name for port, name in enumerate(used)}
    sizes: dict[str, Attribute] = {"sizes": tuple(graph.tensors[name].size for name in used)}
    return replace(node, inputs=ports, constants={"index": index}, attributes={**node.attributes, **sizes})


def _sources(name: str, gather: Node | None) -> Sequence[str]:
    return [name] if gather is None else list(gather.inputs.values())


def _origins(graph: Graph, name: str, gather: Node | None) -> tuple[np.ndarray, np.ndarray]:
    """Of each number of a tensor: which tensor of the graph it was copied from, and its place there."""
    order = {name: at for at, name in enumerate(graph.tensors)}
    sizes = [(order[one], graph.tensors[one].size) for one in _sources(name, gather)]
    numbers = np.concatenate([np.full(size, number) for number, size in sizes])
    places = np.concatenate([np.arange(size) for _, size in sizes])
    if gather is None:
        return numbers, places
    index = gather.constants["index"]
    return np.append(numbers, -1)[index], np.append(places, -1)[index]
