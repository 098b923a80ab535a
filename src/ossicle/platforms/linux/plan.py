"""The plan of a model on a computer with Linux."""

from ossicle.graph import Graph
from ossicle.lowering import weight_bytes
from ossicle.platforms.linux.target import LinuxTarget
from ossicle.report.frame_cost import FrameCost
from ossicle.schedule import Plan, plan


def plan_linux(graph: Graph, target: LinuxTarget) -> Plan:
    """The memory plan of one core that calls the target's kernels."""
    return plan(graph, kernels=target.kernels)


def linux_cost(graph: Graph, target: LinuxTarget) -> FrameCost:
    """Bytes alone: QEMU says nothing of a processor's time."""
    return FrameCost(
        bytes=weight_bytes(graph, target.kernels) + plan_linux(graph, target).state_bytes,
        basis="bytes are known; time and energy are not, without the computer",
    )
