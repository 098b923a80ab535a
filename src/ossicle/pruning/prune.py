"""The pass that prunes a float graph."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from ossicle.errors import OssicleError
from ossicle.graph import Graph, Node, check
from ossicle.graph.calibration import Calibration, product_name
from ossicle.graph.operator import OPS, Matrix
from ossicle.pruning.channels import leaving_channels
from ossicle.pruning.couplings import Couplings, find_couplings, reads_whole_operand
from ossicle.pruning.masks import largest_kept, least_loss
from ossicle.pruning.operand import operands_of
from ossicle.pruning.settings import Pruning
from ossicle.pruning.shrink import shrink, shrink_calibration

Losses = Mapping[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Pruned:
    """A pruned graph, and what its calibration still says of it."""

    graph: Graph
    calibration: Calibration


def prune(
    graph: Graph, pruning: Pruning, calibration: Calibration, losses: Losses = MappingProxyType({})
) -> Pruned:
    """Prune a float graph.

    Only the criterion ``obs`` reads the calibration: by it, weights that stay make up for those that go. Only
    ``taylor`` reads ``losses``: what each weight would cost the loss of a training, by the names of products.
    Raises :class:`OssicleError` where that is missing, where a layer is unknown, or where nothing can go.
    """
    if graph.quantized:
        raise OssicleError(f"model {graph.name!r} is quantized already; prune the float model")
    products = [
        product_name(node.name, matrix.weight) for node in graph.nodes for matrix in OPS[node.op].matrices
    ]
    if pruning.criterion == "obs" and not set(products) <= set(calibration.moments):
        raise OssicleError(
            f"model {graph.name!r} has no calibration, which the criterion obs needs; "
            "give recordings: ossicle prune --calibration"
        )
    if pruning.criterion == "taylor" and not losses:
        raise OssicleError(
            "the criterion taylor needs the gradients of a training; give its corpus with --finetune"
        )
    known = [node.name for node in graph.nodes if OPS[node.op].matrices]
    for layer in pruning.layers:
        if layer not in known:
            raise OssicleError(f"{graph.name} has no layer {layer!r}; it has {', '.join(known)}")
    found = (_shrunk if pruning.shrinks else _masked)(graph, pruning, calibration, losses)
    check(found.graph)
    return found


def _masked(graph: Graph, pruning: Pruning, calibration: Calibration, losses: Losses) -> Pruned:
    rng = np.random.default_rng(pruning.seed)
    nodes = tuple(_masked_node(node, pruning, calibration, losses, rng) for node in graph.nodes)
    return Pruned(replace(graph, nodes=nodes), calibration)


def prunes(node: Node, pruning: Pruning) -> bool:
    """Whether weights of a node become zero; depthwise filters, which have few, stay as they are."""
    asked = not pruning.layers or node.name in pruning.layers
    return asked and bool(OPS[node.op].matrices) and reads_whole_operand(node)


def _masked_node(
    node: Node, pruning: Pruning, calibration: Calibration, losses: Losses, rng: np.random.Generator
) -> Node:
    """A node some of whose weights are zero."""
    op, constants = OPS[node.op], dict(node.constants)
    if not prunes(node, pruning):
        return node
    for matrix in op.matrices:
        constants |= _masked_matrix(node, matrix, pruning, calibration, losses, rng)
    return replace(node, constants=constants)


def _masked_matrix(
    node: Node,
    matrix: Matrix,
    pruning: Pruning,
    calibration: Calibration,
    losses: Losses,
    rng: np.random.Generator,
) -> Mapping[str, np.ndarray]:
    weight = node.constants[matrix.weight].astype(np.float64)
    if pruning.criterion == "obs":
        operands = operands_of(calibration.moments[product_name(node.name, matrix.weight)])
        pruned = least_loss(weight, operands, pruning.group, pruning.sparsity)
        mean = np.repeat([operand.mean for operand in operands], len(weight) // len(operands), axis=0)
        return _with(node, matrix, pruned, ((weight - pruned) * mean).sum(axis=1))
    rating = rng.random(weight.shape) if pruning.criterion == "random" else weight**2
    if pruning.criterion == "taylor":
        rating = losses[product_name(node.name, matrix.weight)]
    return _with(node, matrix, weight * largest_kept(rating, pruning.group, pruning.sparsity), 0.0)


def _with(node: Node, matrix: Matrix, weight: np.ndarray, added: np.ndarray | float) -> dict[str, np.ndarray]:
    """A matrix's constants with other weights, and with something added to the bias."""
    bias = node.constants[matrix.bias] + added
    return {matrix.weight: weight.astype(np.float32), matrix.bias: np.asarray(bias, np.float32)}


def _shrunk(graph: Graph, pruning: Pruning, calibration: Calibration, losses: Losses) -> Pruned:
    couplings = find_couplings(graph)
    leaving = leaving_channels(graph, couplings, pruning, calibration, losses)
    if not leaving.size:
        raise OssicleError(
            f"{graph.name} has no {pruning.granularity}s that can go: those of a network's outputs, and what "
            "operators take as a whole, always stay; choose another granularity or other layers"
        )
    whole = _fitted(graph, couplings, leaving, calibration) if pruning.criterion == "obs" else graph
    return Pruned(
        shrink(whole, couplings, leaving), shrink_calibration(graph, calibration, couplings, leaving)
    )


def _fitted(graph: Graph, couplings: Couplings, leaving: np.ndarray, calibration: Calibration) -> Graph:
    """The graph whose matrices make up for the columns that are going to leave."""
    changed: dict[str, dict[str, np.ndarray]] = {}
    for of in couplings.matrices(graph):
        kept = ~np.isin(of.columns, leaving)
        if not kept.all():
            moments = calibration.moments[product_name(of.node.name, of.matrix.weight)]
            weight, operand = of.node.constants[of.matrix.weight].astype(np.float64), operands_of(moments)[0]
            fitted = operand.fitted(weight, kept, operand.inverse(kept))
            changed.setdefault(of.node.name, {}).update(
                _with(of.node, of.matrix, fitted, (weight - fitted) @ operand.mean)
            )
    nodes = tuple(
        replace(node, constants={**node.constants, **changed.get(node.name, {})}) for node in graph.nodes
    )
    return replace(graph, nodes=nodes)
