"""A graph, and its calibration, without some channels: an ordinary smaller graph."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ossicle.graph import Graph, Node, Tensor
from ossicle.graph.calibration import Calibration, Moments, product_name
from ossicle.graph.operator import OPS
from ossicle.pruning.couplings import Couplings


def shrink(graph: Graph, couplings: Couplings, leaving: np.ndarray) -> Graph:
    """The graph without the channels of these numbers."""
    kept = {name: ~np.isin(of, leaving) for name, of in couplings.elements.items()}
    tensors = {name: _narrow_tensor(tensor, kept[name]) for name, tensor in graph.tensors.items()}
    nodes = tuple(_narrow_node(node, couplings, leaving, kept) for node in graph.nodes)
    return replace(graph, tensors=tensors, nodes=nodes)


def _narrow_node(
    node: Node, couplings: Couplings, leaving: np.ndarray, kept: Mapping[str, np.ndarray]
) -> Node:
    ports = {port: kept[name] for port, name in {**node.inputs, **node.outputs}.items()}
    if all(of.all() for of in ports.values()):
        return node
    constants = dict(node.constants)
    for name, axes in couplings.constants[node.name].items():
        constants[name] = constants[name][np.ix_(*(~np.isin(of, leaving) for of in axes))]
    return OPS[node.op].narrowed(replace(node, constants=constants), ports)


def _narrow_tensor(tensor: Tensor, kept: np.ndarray) -> Tensor:
    """Of the same shape but for one axis, where whole places along it go, or else flat."""
    if kept.all():
        return tensor
    of = kept.reshape(tensor.shape)
    for axis, size in enumerate(tensor.shape):
        others = tuple(other for other in range(of.ndim) if other != axis)
        along = of.any(axis=others)
        if (of == along.reshape([size if other == axis else 1 for other in range(of.ndim)])).all():
            shape = (*tensor.shape[:axis], int(along.sum()), *tensor.shape[axis + 1 :])
            return replace(tensor, shape=shape)
    return replace(tensor, shape=(int(kept.sum()),))


def shrink_calibration(
    graph: Graph, calibration: Calibration, couplings: Couplings, leaving: np.ndarray
) -> Calibration:
    """What calibration saw of what is left, before the rest went; ``graph`` is the whole one."""
    moments = dict(calibration.moments)
    for of in couplings.matrices(graph):
        name = product_name(of.node.name, of.matrix.weight)
        if name in moments:
            moments[name] = _narrow_moments(
                moments[name], ~np.isin(of.rows, leaving), ~np.isin(of.columns, leaving)
            )
    return replace(calibration, moments=moments)


def _narrow_moments(moments: Moments, rows: np.ndarray, columns: np.ndarray) -> Moments:
    """A product whose rows each have an operand of their own loses those of its rows."""
    groups = rows if len(moments.power) == len(rows) else np.ones(len(moments.power), bool)
    return moments.narrowed(groups, columns)
