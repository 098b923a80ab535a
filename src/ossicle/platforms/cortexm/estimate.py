"""Cycles of a graph's layers on an emulated chip, whose instructions are counted while it runs."""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from ossicle.cost.cost_table import CostTable, cost_table
from ossicle.cost.in_order_pipeline import core_named
from ossicle.graph import Graph, Node
from ossicle.graph.calibration import Calibration
from ossicle.graph.operator import OPS
from ossicle.lowering import weight_bytes
from ossicle.platforms.chip_emulation import LayerCost
from ossicle.platforms.cortexm.build import build_elf
from ossicle.platforms.cortexm.layer_cycles import assumptions, layer_costs
from ossicle.platforms.cortexm.machine import Machine
from ossicle.platforms.cortexm.plan import plan_chip
from ossicle.platforms.cortexm.profile import Profile
from ossicle.platforms.platform import emit
from ossicle.programs.interface import INTERFACES, OUTSIDE, layer_functions
from ossicle.report.frame_cost import FrameCost
from ossicle.schedule.blocks import filters_at_a_time
from ossicle.targets import ChipTarget
from ossicle.targets.variants import with_ample_memory

FRAMES = 4
"""That are run for a cost table."""


def count_layers(graph: Graph, target: ChipTarget, items: np.ndarray) -> tuple[LayerCost, ...]:
    """Cost of each layer over ``items``, ``(n,)``, which the program reads, on unicorn."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / target.name
        summary = emit(graph, plan_chip(graph, target), target, folder)
        machine = Machine(build_elf(folder), target)
    profile = machine.profile(layer_functions(graph))
    machine.run(items.tobytes())
    return costs_of_run(profile, machine, graph, len(items), summary["node_weight_bytes"])


def costs_of_run(
    profile: Profile, machine: Machine, graph: Graph, items: int, weight_bytes: Mapping[str, int]
) -> tuple[LayerCost, ...]:
    """Cost of each layer of a profiled run over so many items.

    ``weight_bytes`` is what the constants of each node take.
    """
    frames = -(-items // graph.task.frame_items)
    read = weight_traffic(graph, weight_bytes, machine.chip.weights.cache_bytes)
    costs = layer_costs(profile, machine.elf, machine.chip, frames, read)
    return tuple(cost for cost in costs if cost.layer != OUTSIDE)


def weight_traffic(graph: Graph, weight_bytes: Mapping[str, int], cache_bytes: int) -> dict[str, int]:
    """Bytes of constants that each node reads in a frame from beyond a data cache.

    A convolution goes through all of its own at each output position, and finds them in the cache only if
    they fit, or where it goes through blocks of them (:mod:`ossicle.schedule.blocks`).
    """

    def reads(node: Node) -> int:
        size = weight_bytes[node.name]
        cached = size <= cache_bytes or filters_at_a_time(node, size, cache_bytes)
        return 1 if cached else OPS[node.op].weight_reuse(node)

    return {
        node.name: weight_bytes[node.name] * reads(node) for node in graph.nodes if node.name in weight_bytes
    }


def chip_cost_table(
    graph: Graph, calibration: Calibration, target: ChipTarget, advance: Callable[[], None] = lambda: None
) -> CostTable:
    """Run a float graph on an emulated chip, once in each precision; ``advance`` is called after each run.

    The chip is given room for forms of the network that it could not hold. Raises :class:`OssicleError` where
    nobody has modelled its core.
    """
    core_named(target.chip.core)
    items = INTERFACES[graph.task.name].stimulus(graph, FRAMES)

    def cycles(form: Graph) -> dict[str, float]:
        counted = count_layers(form, with_ample_memory(target), items)
        return {cost.layer: cost.cycles for cost in counted if cost.cycles is not None}

    return cost_table(graph, calibration, cycles, target.chip.clock_hz, advance)


def chip_cost(graph: Graph, target: ChipTarget) -> FrameCost:
    """Run a graph on the emulated chip for some frames, and take the cycles of its layers."""
    counted = count_layers(graph, target, INTERFACES[graph.task.name].stimulus(graph, FRAMES))
    known = [cost.cycles for cost in counted if cost.cycles is not None]
    cycles, chip, weights = sum(known), target.chip, weight_bytes(graph, target.kernels)
    energy = f"; energy a cycle as on {chip.energy.measured_on}" if chip.energy else ""
    return FrameCost(
        bytes=weights + plan_chip(graph, target).state_bytes,
        ms=1e3 * cycles / chip.clock_hz if known else None,
        microjoules=chip.energy.microjoules(cycles) if known and chip.energy else None,
        basis=assumptions(chip, weights) + energy,
    )
