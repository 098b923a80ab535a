"""The plan of a model on a web page."""

from ossicle.graph import Graph
from ossicle.platforms.web.target import WebTarget
from ossicle.schedule import Plan, plan


def plan_web(graph: Graph, target: WebTarget) -> Plan:
    """The memory plan of one core that calls the target's kernels."""
    return plan(graph, kernels=target.kernels)
