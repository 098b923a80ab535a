"""The cost table of a model on a chip: cycles of each node in each precision, for a search in a budget."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ossicle.cost.chip_cycles import count_layers
from ossicle.cost.in_order_pipeline import core_named
from ossicle.graph import Graph
from ossicle.graph.calibration import Calibration
from ossicle.graph.operator import OPS
from ossicle.quantize import quantize
from ossicle.quantize.search import INTEGERS
from ossicle.run.interface import INTERFACES
from ossicle.targets import Target
from ossicle.targets.variants import with_ample_memory

PRECISIONS = ("fp16", *INTEGERS)
FRAMES = 4


@dataclass(frozen=True)
class CostTable:
    """Estimated cycles of a frame, by the model of docs/cortexm.md."""

    nodes: Mapping[tuple[str, str], float]
    """By node and by the precision of all of its products."""
    fixed: float
    """Of what has no choice: transforms or features, and conversions where all is in w8a16."""


def cost_table(
    graph: Graph,
    calibration: Calibration,
    target: Target,
    advance: Callable[[], None] = lambda: None,
) -> CostTable:
    """Run a float graph on an emulated chip, once in each precision; ``advance`` is called after each run.

    The chip is given memory for networks that it could not hold.
    """
    core_named(target.need_chip().core)
    items = INTERFACES[graph.task.name].stimulus(graph, FRAMES)
    chosen = [node.name for node in graph.nodes if OPS[node.op].matrices]
    cycles: dict[tuple[str, str], float] = {}
    fixed = 0.0
    for precision in PRECISIONS:
        quantized = quantize(graph, dict.fromkeys(chosen, precision), calibration)
        counted = count_layers(quantized, with_ample_memory(target), items)
        layers = {cost.layer: cost.cycles for cost in counted if cost.cycles is not None}
        cycles |= {(name, precision): layers.pop(name) for name in chosen}
        if precision == "w8a16":
            fixed = float(np.sum(list(layers.values())))
        advance()
    return CostTable(cycles, fixed)
