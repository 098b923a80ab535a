"""What the models say of a graph on a cluster: cycles against the bound, power at each voltage, bytes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ossicle.cost import discrete_event_model, energy
from ossicle.cost.discrete_event_model import Timeline, simulated_timeline
from ossicle.cost.energy import HopEnergy, hop_energy
from ossicle.cost.planning import best_plan
from ossicle.graph import Graph
from ossicle.schedule.bound import Bound, bound
from ossicle.schedule.cluster import ClusterPlan
from ossicle.targets import Cluster, Target


@dataclass(frozen=True)
class Estimate:
    """A plan, and a hop of it at the operating point that is chosen, or in cycles alone for a bench."""

    cluster: Cluster = field(repr=False)
    plan: ClusterPlan = field(repr=False)
    hop: Timeline = field(repr=False)
    bound: Bound
    hop_ms: float
    macs: int
    energies: tuple[HopEnergy, ...]
    """At each operating point, the lowest voltage first."""
    assumptions: tuple[str, ...]
    """What cycles and energies rest on, in sentences."""

    @property
    def energy(self) -> HopEnergy | None:
        """At the lowest voltage that keeps up, or else at the highest; None for a bench."""
        in_time = (energy for energy in self.energies if energy.in_time)
        return next(in_time, self.energies[-1] if self.energies else None)

    @property
    def macs_per_cycle(self) -> float:
        """Products of the network a cycle of the hop, all around the network included."""
        return self.macs / self.hop.cycles

    def layers(self) -> Mapping[str, tuple[int, int, int]]:
        """Steps, bytes of weights that are copied, and cycles of each function, in the order of the plan."""
        found: dict[str, tuple[int, int, int]] = {}
        for step, times in zip(self.plan.steps, self.hop.steps, strict=True):
            copied = 0 if step.transfer is None else self.plan.transfers[step.transfer].bytes
            steps, size, cycles = found.get(step.layer, (0, 0, 0))
            found[step.layer] = steps + 1, size + copied, cycles + times.end - times.begin
        return found

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        energies = [
            asdict(energy)
            | {"microjoules": energy.microjoules, "milliwatts": energy.milliwatts, "in_time": energy.in_time}
            for energy in self.energies
        ]
        return {
            "cycles": self.hop.cycles,
            "bound_cycles": self.bound.cycles,
            "bound_by": self.bound.limit,
            "macs_per_cycle": self.macs_per_cycle,
            "waiting_cycles": self.hop.waiting,
            "hop_ms": self.hop_ms,
            "memory": dict(self.plan.memory),
            "traffic": dict(self.hop.bytes),
            "layers": {
                name: {"steps": steps, "copied_bytes": size, "cycles": cycles}
                for name, (steps, size, cycles) in self.layers().items()
            },
            "energies": energies,
            "assumptions": list(self.assumptions),
            "volts": self.energy.point.volts if self.energy else None,
        }


def estimate(graph: Graph, target: Target) -> Estimate:
    """Plan a graph onto a target's cluster and run the model at each operating point."""
    cluster, best = target.need_cluster(), best_plan(graph, target)
    hop_ms = graph.task.frame_ms
    assert hop_ms is not None, "a cluster runs hops of samples"
    points = sorted(cluster.points, key=lambda point: point.volts)
    hops = {best.point: best.timeline} | {
        point: simulated_timeline(best.plan, cluster, best.step_cycles, point)
        for point in points
        if point != best.point
    }
    energies = tuple(hop_energy(hops[point], cluster, point, hop_ms) for point in points)
    at = next((found.point for found in energies if found.in_time), points[-1] if points else None)
    store = next((far for far in cluster.far if far.name == best.plan.far_store), None)
    least = bound(graph, cluster, at or best.point, store)
    rests_on = (discrete_event_model.assumptions(cluster), *([energy.assumptions(cluster, at)] if at else []))
    return Estimate(cluster, best.plan, hops[at], least, hop_ms, graph.macs, energies, rests_on)
