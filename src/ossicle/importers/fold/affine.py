"""Scales and offsets, as batch norm leaves them, become part of the layer before or behind."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ossicle.graph.graph import Graph
from ossicle.graph.types import Node
from ossicle.importers.fold.wiring import join_pairs
from ossicle.importers.repetition import repetition

LAYERS = ("linear", "conv2d", "depthwise_conv2d")


def fold_before(graph: Graph) -> Graph:
    """Make each affine node part of the layer, norm or affine node that writes its input."""
    return join_pairs(graph, lambda first, node: _into_first(graph, first, node))


def fold_after(graph: Graph) -> Graph:
    """Make each affine node part of the layer that reads its output."""
    return join_pairs(graph, lambda first, node: _into_second(graph, first, node))


def _into_first(graph: Graph, first: Node, node: Node) -> Node | None:
    if node.op != "affine":
        return None
    size = graph.tensors[node.outputs["y"]].size
    scale, offset = line_of(node, size)
    if first.op == "affine":
        before = line_of(first, size)
        return _affine(replace(first, outputs=node.outputs), before[0] * scale, before[1] * scale + offset)
    if first.op == "normalize":
        return _into_norm(first, node, scale, offset)
    if first.op not in LAYERS or first.integer or not is_plain(first):
        return None
    weight, bias = (first.constants[name].astype(np.float64) for name in ("weight", "bias"))
    row = one_row(scale, offset, len(weight))
    if row is None:
        return None
    constants = {"weight": weight * row[0][:, None], "bias": bias * row[0] + row[1]}
    return replace(first, outputs=node.outputs, constants=single(constants))


def _into_norm(first: Node, node: Node, scale: np.ndarray, offset: np.ndarray) -> Node | None:
    before = first.constants
    row = one_row(scale, offset, before["scale"].size)
    if row is None:
        return None
    constants = {"scale": before["scale"] * row[0], "offset": before["offset"] * row[0] + row[1]}
    return replace(first, outputs=node.outputs, constants=single(constants))


def _into_second(graph: Graph, first: Node, node: Node) -> Node | None:
    if first.op != "affine" or node.op not in LAYERS or node.integer:
        return None
    scale, offset = line_of(first, graph.tensors[node.inputs["x"]].size)
    weight, bias = (node.constants[name].astype(np.float64) for name in ("weight", "bias"))
    channels = scale.size if node.op == "linear" else node.attributes["map"][2]  # type: ignore[index]
    row = one_row(scale, offset, int(channels))
    if row is None or (node.op != "linear" and row[1].any()):
        return None
    if node.op == "depthwise_conv2d":
        constants = {"weight": weight * row[0][:, None], "bias": bias}
    else:
        groups = int(node.attributes.get("groups", 1))  # type: ignore[arg-type]
        if groups > 1:
            return None
        taps = weight.shape[1] // row[0].size
        columns = [np.tile(values, taps) for values in row]
        constants = {"weight": weight * columns[0], "bias": bias + weight @ columns[1]}
    return replace(node, inputs=first.inputs, constants=single(constants))


def is_plain(node: Node) -> bool:
    """Whether a layer has no activation function and no clamp."""
    return node.attributes["activation"] == "none" and not {"low", "high"} & set(node.attributes)


def line_of(node: Node, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Scale and offset of each value of an affine node, in float64."""
    inner = int(node.attributes["inner"])  # type: ignore[arg-type]
    entries = np.arange(size) // inner % node.constants["scale"].size
    scale, offset = (node.constants[name].astype(np.float64)[entries] for name in ("scale", "offset"))
    return scale, offset


def _affine(node: Node, scale: np.ndarray, offset: np.ndarray) -> Node:
    """An affine node with that scale and offset of each value."""
    columns, codes = np.unique(np.stack([scale, offset]).astype(np.float32), axis=1, return_inverse=True)
    inner, entries = repetition(codes.reshape(-1))
    constants = {"scale": columns[0, entries], "offset": columns[1, entries]}
    return replace(node, constants=constants, attributes={"inner": inner})


def one_row(scale: np.ndarray, offset: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray] | None:
    """The scales and offsets of ``size`` channels, where they are the same at all positions."""
    if scale.size % size:
        return None
    rows = [values.reshape(-1, size) for values in (scale, offset)]
    same = all((values == values[0]).all() for values in rows)
    return (rows[0][0], rows[1][0]) if same else None


def single(constants: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Constants in float32."""
    return {name: values.astype(np.float32) for name, values in constants.items()}
