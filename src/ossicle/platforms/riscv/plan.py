"""The plan of a model on a RISC-V chip."""

from ossicle.graph import Graph
from ossicle.schedule import Plan, plan
from ossicle.targets import ChipTarget


def plan_chip(graph: Graph, target: ChipTarget) -> Plan:
    """The memory plan of one core that calls the target's kernels."""
    return plan(graph, kernels=target.kernels)
