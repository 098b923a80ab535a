"""What the models say of a graph on a cluster: cycles and their lower bound, power at each voltage, bytes."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ossicle.cost import discrete_event_model, energy
from ossicle.cost.discrete_event_model import SimulatedTimeline, simulated_timeline
from ossicle.cost.energy import FrameEnergy, frame_energy, range_text
from ossicle.graph import Graph
from ossicle.platforms.cluster.plan import best_plan
from ossicle.platforms.result import Estimate, Shown, Table
from ossicle.report.frame_cost import FrameCost
from ossicle.report.gantt import draw_gantt, lanes, text_gantt
from ossicle.schedule.cluster import ClusterPlan
from ossicle.schedule.roofline import LowerBound, lower_bound
from ossicle.targets import Cluster, ClusterTarget, Target


@dataclass(frozen=True)
class ClusterEstimate(Estimate):
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

    def plan_as_dict(self) -> dict[str, Any]:
        """Tiles, transfers, phases and commands."""
        return self.plan.as_dict()

    def draw(self, path: Path, title: str) -> None:
        """Draw a Gantt chart of a frame."""
        draw_gantt(path, self.timeline, self.plan, title)

    def shown(self, name: str, target: Target) -> Iterator[Shown]:
        """Layers, cycles against the bound, memories, power at each voltage, and a frame as a chart."""
        yield f"{name} on {target.description}, a frame every {self.frame_ms:g} ms:"
        rows = [
            [layer, str(phases), f"{size:,}", f"{cycles:,}"]
            for layer, (phases, size, cycles) in self.layers().items()
        ]
        yield Table(["layer", "phases", "bytes copied", "cycles"], rows)
        yield (
            f"{self.timeline.cycles:,} cycles by the model, {self.macs_per_cycle:.2f} MAC per cycle; "
            f"lower bound of any plan: {self.lower_bound.cycles:,} "
            f"(bottleneck: {self.lower_bound.bottleneck})"
        )
        yield self._memories()
        yield from self.assumptions
        if self.energies:
            yield from self._powers()
        yield text_gantt(self.timeline, self.plan)

    def _memories(self) -> Table:
        stores = {store.name: store.bytes for store in (self.cluster.l1, self.cluster.l2, *self.cluster.l3)}
        traffic = self.timeline.bytes
        rows = [
            [name, f"{used:,}", f"{stores[name]:,}", f"{traffic.get(name, 0):,}"]
            for name, used in self.plan.memory.items()
        ]
        return Table(["memory", "bytes used", "of", "bytes copied per frame"], rows)

    def _powers(self) -> Iterator[Shown]:
        rows = [
            [
                f"{energy.point.volts:g}",
                f"{energy.point.hertz / 1e6:g}",
                f"{energy.needed_ms:.2f}",
                range_text(energy.milliwatts, ".1f") if energy.in_time else "too slow",
                range_text(energy.microjoules, ".0f"),
                f"{sum(energy.copying.values()):.1f}",
            ]
            for energy in self.energies
        ]
        yield Table(["V", "MHz", "ms per frame", "mW", "uJ per frame", "of it copying"], rows)
        in_time = self.energy and self.energy.in_time
        volts = f"from {self.energy.point.volts:g} V on" if self.energy and in_time else "at no voltage"
        yield f"real time: {volts}"


def estimate(graph: Graph, target: ClusterTarget) -> ClusterEstimate:
    """Plan a graph onto a target's cluster and run the model at each operating point."""
    cluster, best = target.cluster, best_plan(graph, target)
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
    return ClusterEstimate(cluster, best.plan, timelines[at], least, frame_ms, graph.macs, energies, rests_on)


def cluster_cost(graph: Graph, target: ClusterTarget) -> FrameCost:
    """What a frame takes by the models, at the operating point that is chosen."""
    found = estimate(graph, target)
    weights = sum(tile.bytes for tile in found.plan.tiles)
    at = found.energy
    return FrameCost(
        bytes=weights + found.plan.layout.state_bytes,
        ms=at.needed_ms if at else None,
        microjoules=at.microjoules if at else None,
        basis="; ".join(found.assumptions),
        lanes=tuple(lanes(found.timeline, found.plan)),
        hertz=at.point.hertz if at else 0.0,
    )
