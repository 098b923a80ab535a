"""What each precision of each node takes on a chip, for a search within a time budget."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.graph.calibration import Calibration
from ossicle.graph.operator import OPS
from ossicle.measure.emulated import count_layers, synthetic_voice
from ossicle.measure.pipeline import core_named
from ossicle.quantize import quantize
from ossicle.quantize.search import INTEGERS
from ossicle.run.watch import with_room
from ossicle.targets import Target

PRECISIONS = ("fp16", *INTEGERS)
HOPS = 4


@dataclass(frozen=True)
class Price:
    """Estimated cycles of a hop, by the model of docs/cortexm.md."""

    nodes: Mapping[tuple[str, str], float]
    """By node and by the precision of all of its products."""
    rest: float
    """Of what has no choice: transforms or features, and conversions where all is in w8a16."""


def price(
    graph: Graph,
    calibration: Calibration,
    target: Target,
    advance: Callable[[], None] = lambda: None,
) -> Price:
    """Run a float graph on an emulated chip, once in each precision; ``advance`` is called after each run.

    The chip is given room for forms of the network that it could not hold.
    """
    if not target.chip:
        raise OssicleError(
            f"the target {target.name} is no chip, and has no cycles to count; name a chip, such as stm32f767"
        )
    core_named(target.chip.core)
    sound = synthetic_voice(graph.task.sample_rate, HOPS * graph.task.hop / graph.task.sample_rate)
    chosen = [node.name for node in graph.nodes if OPS[node.op].matrices]
    cycles: dict[tuple[str, str], float] = {}
    rest = 0.0
    for precision in PRECISIONS:
        form = quantize(graph, dict.fromkeys(chosen, precision), calibration)
        layers = {cost.layer: cost.cycles for cost in count_layers(form, with_room(target), sound)}
        cycles |= {(name, precision): layers.pop(name) for name in chosen}
        if precision == "w8a16":
            rest = float(np.sum(list(layers.values())))
        advance()
    return Price(cycles, rest)
