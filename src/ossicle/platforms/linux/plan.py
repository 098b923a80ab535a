"""The plan of a model on a computer with Linux."""

from ossicle.graph import Graph
from ossicle.platforms.linux.target import LinuxTarget
from ossicle.schedule import Plan, plan


def plan_linux(graph: Graph, target: LinuxTarget) -> Plan:
    """The memory plan of one core that calls the target's kernels."""
    return plan(graph, kernels=target.kernels)
