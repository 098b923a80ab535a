"""What the models say of a graph on a cluster: cycles and their lower bound, power at each voltage, bytes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ossicle.cost import discrete_event_model, energy
from ossicle.cost.discrete_event_model import SimulatedTimeline, simulated_timeline
from ossicle.cost.energy import FrameEnergy, frame_energy
from ossicle.cost.planning import best_plan
from ossicle.graph import Graph
from ossicle.schedule.cluster import ClusterPlan
from ossicle.schedule.roofline import LowerBound, lower_bound
from ossicle.targets import Cluster, Target


@dataclass(frozen=True)
class Estimate:
    """A plan, and a frame of it at the operating point that is chosen; for an RTL testbench cycles alone."""

    cluster: Cluster = field(repr=False)
    plan: ClusterPlan = field(repr=False)
    timeline: SimulatedTimeline = field(repr=False)
    lower_bound: LowerBound
    frame_ms: float
    macs: int
    energies: tuple[FrameEnergy, ...]
    """At each operating point, the lowest voltage first."""
    assumptions: tuple[str, ...]
    """What cycles and energies rest on, in sentences."""

    @property
    def energy(self) -> FrameEnergy | None:
        """At the lowest voltage that keeps up, or else at the highest; None for an RTL testbench."""
        in_time = (energy for energy in self.energies if energy.in_time)
        return next(in_time, self.energies[-1] if self.energies else None)

    @property
    def macs_per_cycle(self) -> float:
        """Products of the network a cycle of the frame, all around the network included."""
        return self.macs / self.timeline.cycles

    def layers(self) -> Mapping[str, tuple[int, int, int]]:
        """Phases, bytes of weights that are copied, and cycles of each function, in the order of the plan."""
        found: dict[str, tuple[int, int, int]] = {}
        for phase, times in zip(self.plan.phases, self.timeline.phases, strict=True):
            copied = 0 if phase.dma_transfer is None else self.plan.dma_transfers[phase.dma_transfer].bytes
            phases, size, cycles = found.get(phase.layer, (0, 0, 0))
            found[phase.layer] = phases + 1, size + copied, cycles + times.end - times.begin
        return found

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        energies = [
            asdict(energy)
            | {"microjoules": energy.microjoules, "milliwatts": energy.milliwatts, "in_time": energy.in_time}
            for energy in self.energies
        ]
        return {
            "cycles": self.timeline.cycles,
            "lower_bound_cycles": self.lower_bound.cycles,
            "bottleneck": self.lower_bound.bottleneck,
            "macs_per_cycle": self.macs_per_cycle,
            "waiting_cycles": self.timeline.waiting,
            "frame_ms": self.frame_ms,
            "memory": dict(self.plan.memory),
            "traffic": dict(self.timeline.bytes),
            "layers": {
                name: {"phases": phases, "copied_bytes": size, "cycles": cycles}
                for name, (phases, size, cycles) in self.layers().items()
            },
            "energies": energies,
            "assumptions": list(self.assumptions),
            "volts": self.energy.point.volts if self.energy else None,
        }


def estimate(graph: Graph, target: Target) -> Estimate:
    """Plan a graph onto a target's cluster and run the model at each operating point."""
    cluster, best = target.need_cluster(), best_plan(graph, target)
    frame_ms = graph.task.frame_ms
    assert frame_ms is not None, "a cluster runs frames of sound"
    points = sorted(cluster.points, key=lambda point: point.volts)
    timelines = {best.point: best.timeline} | {
        point: simulated_timeline(best.plan, cluster, best.phase_cycles, point)
        for point in points
        if point != best.point
    }
    energies = tuple(frame_energy(timelines[point], cluster, point, frame_ms) for point in points)
    at = next((found.point for found in energies if found.in_time), points[-1] if points else None)
    l3 = next((store for store in cluster.l3 if store.name == best.plan.l3), None)
    least = lower_bound(graph, cluster, at or best.point, l3)
    rests_on = (discrete_event_model.assumptions(cluster), *([energy.assumptions(cluster, at)] if at else []))
    return Estimate(cluster, best.plan, timelines[at], least, frame_ms, graph.macs, energies, rests_on)
