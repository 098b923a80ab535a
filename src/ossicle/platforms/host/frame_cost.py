"""What a frame takes on this computer, where it is measured."""

import tempfile
from pathlib import Path

from ossicle.graph import Graph
from ossicle.measure.speed import time_programs
from ossicle.platforms.host.build import build
from ossicle.platforms.host.plan import plan_host
from ossicle.platforms.platform import emit
from ossicle.report.frame_cost import FrameCost
from ossicle.targets import Target

ROUNDS = 5


def host_cost(graph: Graph, target: Target) -> FrameCost:
    """Build the model and time it on one core."""
    with tempfile.TemporaryDirectory() as scratch:
        summary = emit(graph, plan_host(graph, target), target, Path(scratch) / graph.name)
        speed = time_programs({"": build(Path(scratch) / graph.name)}, ROUNDS)[""]
    return FrameCost(
        bytes=summary["weight_bytes"] + summary["state_bytes"],
        ms=speed.median_us / 1e3,
        basis=f"time is measured on one core of this computer, the median of {ROUNDS} rounds; nobody has "
        "measured energy",
    )
