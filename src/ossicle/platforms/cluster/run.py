"""A cluster program run on threads, QEMU's harts or RTL, against this computer's C and the simulation."""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ossicle.cost.planning import best_plan
from ossicle.emit import emit
from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.run.cluster import BACKENDS, run_cluster
from ossicle.run.rtl import RtlRun
from ossicle.schedule.plan_search import without_reuse
from ossicle.targets import Target
from ossicle.verify.host_output import host_output
from ossicle.verify.node_check import Verification, verify
from ossicle.verify.tensor_trace import TracedStates


@dataclass(frozen=True)
class ClusterEmulation:
    """One run of a model's cluster program."""

    on: str
    """Where it ran: ``"threads"``, ``"qemu"`` or ``"rtl"``."""
    output: np.ndarray = field(repr=False)
    """int16, as many samples as went in."""
    largest_difference: int
    """To the host's output, in LSBs of 16 bits."""
    verification: Verification = field(repr=False)
    """Each node against the simulation, in every frame."""
    rtl: RtlRun | None = field(repr=False)
    repaired: int = 0
    """Samples of the input that were NaN or infinite and were taken for silence."""

    @property
    def differing_nodes(self) -> tuple[str, ...]:
        """Nodes whose results are not what the simulation says they must be."""
        return self.verification.differing_nodes

    @property
    def cycles(self) -> dict[str, int] | None:
        """Of a frame on RTL, median: all, and those in which all workers wait for a transfer; else None."""
        if self.rtl is None:
            return None
        return {
            "cycles": int(np.median(self.rtl.frame_cycles)),
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

    What does not fill a frame is cut off. Every tensor of each is compared in a second run, whose buffers all
    keep their values.
    """
    size = graph.task.frame_items
    whole = samples[: len(samples) // size * size]
    if not len(whole):
        raise OssicleError(f"{len(samples)} samples are less than a frame of {size}; give a longer recording")
    cluster = target.need_cluster()
    chosen = best_plan(graph, target).plan
    without = without_reuse(graph, target, chosen)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "program"
        summary = emit(graph, chosen, target, folder, BACKENDS[on])
        run = run_cluster(folder, summary, cluster, on, whole)
        traced = Path(scratch) / "traced"
        summary = emit(graph, without, target, traced, BACKENDS[on])
        expected = host_output(graph, whole, Path(scratch) / "host", target.kernels).astype(int)
        states = run_cluster(traced, summary, cluster, on, whole, trace=True).states
    return ClusterEmulation(
        on,
        run.samples,
        int(np.abs(run.samples.astype(int) - expected).max()),
        verify(TracedStates(graph, without.layout, states), whole),
        run.rtl,
    )
