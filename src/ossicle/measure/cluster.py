"""A model on a cluster: its best plan by the cycle model, and runs against the host and the simulation."""

import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from ossicle.emit import emit
from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.measure.emulated import host_output
from ossicle.measure.events import timeline
from ossicle.measure.steps import step_cycles
from ossicle.run.cluster import BACKENDS, TracedStates, run_cluster
from ossicle.run.rtl import RtlRun
from ossicle.run.verification import Verification, verify
from ossicle.schedule import Plan, plan
from ossicle.schedule.arrange import plan_cluster, without_reuse
from ossicle.schedule.cluster import ClusterPlan
from ossicle.targets import Cluster, OperatingPoint, Target

MOST_WORKERS = 8
"""As many as the clusters that ship have."""


def need_cluster(target: Target, workers: int | None = None, l1_bytes: int | None = None) -> Target:
    """The target, its cluster with fewer workers or another L1 where they are given.

    Raises :class:`OssicleError` where it has none, or where there are no 1 to 8 workers.
    """
    if not target.cluster:
        raise OssicleError(f"the target {target.name} has no cluster; name one that has, such as gap9")
    cluster = target.cluster
    if workers is not None:
        if not 1 <= workers <= MOST_WORKERS:
            raise OssicleError(f"a cluster has 1 to {MOST_WORKERS} workers, not {workers}")
        cluster = replace(cluster, workers=workers)
    if l1_bytes is not None:
        cluster = replace(cluster, l1=replace(cluster.l1, bytes=l1_bytes))
    return replace(target, cluster=cluster)


def plan_for(graph: Graph, target: Target) -> Plan | ClusterPlan:
    """The plan of a graph on one core, or on the target's cluster."""
    return best_plan(graph, target) if target.cluster else plan(graph, kernels=target.kernels)


def slowest_point(cluster: Cluster) -> OperatingPoint | None:
    """The operating point of the lowest clock, by which plans are judged; None for a bench."""
    return min(cluster.points, key=lambda point: point.hertz, default=None)


def best_plan(graph: Graph, target: Target) -> ClusterPlan:
    """The plan whose hop takes the fewest cycles by the model, at the lowest clock."""
    point = slowest_point(target.cluster)
    return plan_cluster(
        graph,
        target,
        lambda found: timeline(found, target.cluster, step_cycles(graph, target, found), point).cycles,
    )


@dataclass(frozen=True)
class ClusterEmulation:
    """One run of a model's cluster program."""

    on: str
    """Where it ran: ``"threads"``, ``"qemu"`` or ``"rtl"``."""
    output: np.ndarray = field(repr=False)
    """int16, as many samples as went in."""
    largest_difference: int
    """To the host's output, in steps of 16 bits."""
    verification: Verification = field(repr=False)
    """Each node against the simulation, in every hop."""
    rtl: RtlRun | None = field(repr=False)
    repaired: int = 0
    """Samples of the input that were NaN or infinite and were taken for silence."""

    @property
    def differing_nodes(self) -> tuple[str, ...]:
        """Nodes whose results are not what the simulation says they must be."""
        return self.verification.differing_nodes

    @property
    def cycles(self) -> dict[str, int] | None:
        """Of a hop on RTL, median: all, and those in which all workers wait for a transfer; else None."""
        return self.rtl and {
            "cycles": int(np.median(self.rtl.hop_cycles)),
            "waiting_cycles": int(np.median(self.rtl.exposed_cycles)),
        }

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON; without the output."""
        return {
            "on": self.on,
            "repaired": self.repaired,
            "equal_to_host": self.largest_difference == 0,
            "largest_difference": self.largest_difference,
            "equal_to_simulation": self.verification.equal,
            "verification": self.verification.as_dict(),
            "rtl": self.cycles,
        }


def emulate_cluster(graph: Graph, target: Target, on: str, samples: np.ndarray) -> ClusterEmulation:
    """Run int16 ``samples``, ``(n,)``, on ``"threads"``, ``"qemu"`` or ``"rtl"``.

    What is left of a hop is cut off. Every tensor of every hop is compared in a second run, whose buffers all
    keep their values.
    """
    whole = samples[: len(samples) // graph.task.hop * graph.task.hop]
    if not len(whole):
        raise OssicleError(
            f"{len(samples)} samples are less than a hop of {graph.task.hop}; give a longer recording"
        )
    cluster = target.cluster
    chosen = best_plan(graph, target)
    watched = without_reuse(graph, target, chosen)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "program"
        summary = emit(graph, chosen, target, folder, BACKENDS[on])
        run = run_cluster(folder, summary, cluster, on, whole)
        traced = Path(scratch) / "traced"
        summary = emit(graph, watched, target, traced, BACKENDS[on])
        expected = host_output(graph, whole, Path(scratch) / "host").astype(int)
        states = run_cluster(traced, summary, cluster, on, whole, trace=True).states
    return ClusterEmulation(
        on,
        run.samples,
        int(np.abs(run.samples.astype(int) - expected).max()),
        verify(TracedStates(graph, watched.layout, states), whole),
        run.rtl,
    )
