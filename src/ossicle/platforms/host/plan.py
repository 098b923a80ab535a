"""The plan of a model on this computer."""

from ossicle.graph import Graph
from ossicle.schedule import Plan, plan
from ossicle.targets import Target


def plan_host(graph: Graph, target: Target) -> Plan:
    """The memory plan of one core that calls the target's kernels."""
    return plan(graph, kernels=target.kernels)
