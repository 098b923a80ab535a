"""The plan of a model in a plug-in."""

from ossicle.graph import Graph
from ossicle.platforms.plugin.target import PluginTarget
from ossicle.schedule import Plan, plan


def plan_plugin(graph: Graph, target: PluginTarget) -> Plan:
    """The memory plan of one core that calls the target's kernels."""
    return plan(graph, kernels=target.kernels)
