"""Whether zeros pay: the convolution of the keyword study with weights left out, by granularity and kernel.

The smallest weights go, by their magnitude or by the norm of their group. Groups are single weights, vectors
(the 30 weights of a filter at one mel band) and filters; with one input channel, a filter is a kernel.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from kws_kernels import VECTOR, Loop, checked_cost, convolution, operands

from ossicle import api
from ossicle.graph import Graph, Node
from ossicle.graph.model import Model
from ossicle.lowering import weight_bytes
from ossicle.targets import Target

SHARES = (0.0, 0.25, 0.5, 0.75, 0.9)
GROUPS = {"weight": 1, "vector": VECTOR, "filter": 8 * VECTOR}
"""Weights that are left out together."""
OUTPUT_MAJOR, WEIGHT_PRIORITIZED = "kws_output_major", "kws_weight_prioritized"


@dataclass(frozen=True)
class Skipping:
    """A kernel that makes use of zeros of a granularity; one for filters has fewer rows."""

    granularity: str
    loop: Loop


TESTS = {
    "tests, by result": Skipping("weight", Loop(OUTPUT_MAJOR, skip=True)),
    "tests, by weight": Skipping("weight", Loop(WEIGHT_PRIORITIZED, skip=True)),
    "nonzeros, by weight": Skipping("weight", Loop("kws_nonzeros")),
}
KERNELS = {
    "fp32": TESTS
    | {
        "vectors, by weight": Skipping("vector", Loop("kws_vectors")),
        "filters, by weight": Skipping("filter", Loop(WEIGHT_PRIORITIZED)),
    },
    "w8a16": TESTS
    | {
        "vectors, SMLAD": Skipping("vector", Loop("kws_vectors", lanes=2)),
        "filters, SMLAD": Skipping("filter", Loop("kws_row_blocks")),
    },
}
DENSE = {"fp32": Loop(WEIGHT_PRIORITIZED), "w8a16": Loop("kws_row_blocks")}
"""The fastest dense convolution, which skipping has to beat."""


def prune(graph: Graph, granularity: str, share: float) -> Graph:
    """Set the groups of the convolution's weights of the smallest norms to zero, of filters biases too."""
    node = convolution(graph)
    groups = node.constants["weight"].reshape(-1, GROUPS[granularity])
    gone = np.argsort(np.linalg.norm(groups, axis=1), kind="stable")[: round(share * len(groups))]
    kept = np.ones((len(groups), 1), np.float32)
    kept[gone] = 0
    constants = dict(node.constants) | {"weight": (groups * kept).reshape(node.constants["weight"].shape)}
    if granularity == "filter":
        constants["bias"] = node.constants["bias"] * kept[:, 0]
    pruned = replace(node, constants=constants)
    return replace(graph, nodes=tuple(pruned if other is node else other for other in graph.nodes))


def pruning_study(
    model: Model, target: Target, patches: np.ndarray, recognized: Callable[[Graph], np.ndarray]
) -> dict:
    """Cost of the convolution by kernel and share of zeros, and accuracy of the float network so pruned."""
    costs: dict[str, dict] = {}
    for scheme, kernels in KERNELS.items():
        dense = _cost(model, scheme, "weight", 0.0, DENSE[scheme], target, patches)
        costs[scheme] = {"dense": dense}
        for name, of in kernels.items():
            at = [_cost(model, scheme, of.granularity, share, of.loop, target, patches) for share in SHARES]
            costs[scheme][name] = {
                "at": at,
                "pays_from": {
                    unit: breaks_even([cost[unit] for cost in at], dense[unit])
                    for unit in ("instructions", "cycles")
                },
            }
    accuracy = {
        granularity: [float(recognized(prune(model.graph, granularity, share)).mean()) for share in SHARES]
        for granularity in GROUPS
    }
    return {"shares": SHARES, "costs": costs, "accuracy": accuracy}


def breaks_even(costs: list[float], dense: float, shares: Sequence[float] = SHARES) -> float | None:
    """Share of zeros from which on costs are under that of the dense kernel, linear between measured ones."""
    if costs[-1] > dense:
        return None
    last = max((i for i, cost in enumerate(costs) if cost > dense), default=-1)
    if last < 0:
        return shares[0]
    return float(np.interp(-dense, [-costs[last], -costs[last + 1]], shares[last : last + 2]))


def _cost(
    model: Model, scheme: str, granularity: str, share: float, loop: Loop, target: Target, patches: np.ndarray
) -> dict[str, float]:
    graph = api.quantize(replace(model, graph=prune(model.graph, granularity, share)), scheme).graph
    x, expected = operands(graph, patches)
    node = convolution(graph)
    if granularity == "filter":
        kept = node.constants["weight"].any(axis=1)
        expected = expected.reshape(len(x), -1, len(kept))[:, :, kept].reshape(len(x), -1)
        node = _of_rows(node, kept)
    cost = checked_cost(loop, node, x, expected, target, weight_bytes(graph))
    return {"instructions": cost.instructions, "cycles": cost.cycles, "ms": cost.ms}


def _of_rows(node: Node, kept: np.ndarray) -> Node:
    return replace(node, constants={name: array[kept] for name, array in node.constants.items()})
