"""A cluster program run on threads, QEMU's harts or RTL, against this computer's C and the simulation."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from ossicle.audio.sound import Sound
from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.platforms.cluster.estimate import estimate
from ossicle.platforms.cluster.execution import BACKENDS, run_cluster
from ossicle.platforms.cluster.plan import plan_by_cycles
from ossicle.platforms.cluster.rtl import RtlRun
from ossicle.platforms.cluster.trace import trace_cluster
from ossicle.platforms.host.run import host_output, largest_difference
from ossicle.platforms.platform import emit
from ossicle.platforms.result import Emulation, Result, Shown
from ossicle.programs.interface import INTERFACES
from ossicle.schedule.plan_search import parallel_ends
from ossicle.targets import ClusterTarget, Target
from ossicle.verify.node_check import verify

MODEL = "model"
PLACES = (*BACKENDS, MODEL)
"""Where a model runs; the last one runs nothing."""


@dataclass(frozen=True, kw_only=True)
class ClusterEmulation(Emulation):
    """One run of a model's cluster program; nodes are checked in every frame."""

    rtl: RtlRun | None = field(repr=False)

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
        return super().as_dict() | {"rtl": self.cycles}

    def shown(self, name: str, target: Target) -> Iterator[Shown]:
        """Cycles of the program, where it ran on RTL, and how equal the output is."""
        yield f"{name} for {target.description}, on {self.on}:"
        if self.cycles and self.rtl:
            yield (
                f"{self.cycles['cycles']:,} cycles per frame, median of {len(self.rtl.frame_cycles)}; in "
                f"{self.cycles['waiting_cycles']:,} of them all workers wait for a transfer"
            )
        yield from self.comparison()


def run_model(graph: Graph, target: ClusterTarget, on: str, read: Callable[[], Sound]) -> Result:
    """Run a model at one of :data:`PLACES`."""
    if on == MODEL:
        return estimate(graph, target)
    parallel_ends(graph)
    sound = read()
    return replace(emulate_cluster(graph, target, on, sound.samples), repaired=sound.repaired)


def emulate_cluster(graph: Graph, target: ClusterTarget, on: str, samples: np.ndarray) -> ClusterEmulation:
    """Run int16 ``samples``, ``(n,)``, on ``"threads"``, ``"qemu"`` or ``"rtl"``.

    What does not fill a frame is cut off. Every tensor of each is compared in a second run, whose buffers all
    keep their values.
    """
    size = graph.task.frame_items
    whole = samples[: len(samples) // size * size]
    if not len(whole):
        raise OssicleError(f"{len(samples)} samples are less than a frame of {size}; give a longer recording")
    plan = plan_by_cycles(graph, target)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "program"
        summary = emit(graph, plan, target, folder, BACKENDS[on])
        run = run_cluster(folder, summary, target.cluster, on, whole)
        traced = trace_cluster(graph, target, plan, on, whole, Path(scratch) / "traced")
        expected = host_output(graph, whole, Path(scratch) / "host", target.kernels)
    return ClusterEmulation(
        on=on,
        output=run.samples,
        largest_difference=largest_difference(graph, run.samples, expected),
        unit=INTERFACES[graph.task.name].unit,
        verification=verify(traced, whole),
        rtl=run.rtl,
    )
