"""The cost table of a model on a target: cycles of each node in each precision, for a search in a budget."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ossicle.graph import Graph
from ossicle.graph.calibration import Calibration
from ossicle.graph.operator import OPS
from ossicle.quantization import quantize
from ossicle.quantization.search import INTEGERS

PRECISIONS = ("fp16", *INTEGERS)


@dataclass(frozen=True)
class CostTable:
    """Estimated cycles of a frame."""

    nodes: Mapping[tuple[str, str], float]
    """By node and by the precision of all of its products."""
    fixed: float
    """Of what has no choice: transforms or features, and conversions where all is in w8a16."""
    clock_hz: int
    """Cycles a second."""


def cost_table(
    graph: Graph,
    calibration: Calibration,
    cycles: Callable[[Graph], Mapping[str, float]],
    clock_hz: int,
    advance: Callable[[], None] = lambda: None,
) -> CostTable:
    """Ask for the cycles of a float graph's layers, once in each precision.

    ``cycles`` gives them by layer, those of nodes and of all around them; ``advance`` is called after each.
    """
    chosen = [node.name for node in graph.nodes if OPS[node.op].matrices]
    of_nodes: dict[tuple[str, str], float] = {}
    fixed = 0.0
    for precision in PRECISIONS:
        quantized = quantize(graph, dict.fromkeys(chosen, precision), calibration)
        layers = dict(cycles(quantized))
        of_nodes |= {(name, precision): layers.pop(name) for name in chosen}
        if precision == "w8a16":
            fixed = float(np.sum(list(layers.values())))
        advance()
    return CostTable(of_nodes, fixed, clock_hz)
