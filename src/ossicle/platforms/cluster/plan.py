"""The plan of a model on a cluster: the candidate that the cycle model finds fastest."""

from dataclasses import dataclass, field

from ossicle.cost.cluster_cycle_model import phase_cycles
from ossicle.cost.discrete_event_model import PhaseCycles, SimulatedTimeline, simulated_timeline
from ossicle.graph import Graph
from ossicle.schedule.cluster import ClusterPlan
from ossicle.schedule.plan_search import plan_cluster
from ossicle.targets import Cluster, ClusterTarget, OperatingPoint


@dataclass(frozen=True)
class SimulatedPlan:
    """A cluster plan with the simulated timeline of a frame."""

    plan: ClusterPlan
    point: OperatingPoint | None
    """At which it was simulated; None where there are no operating points."""
    phase_cycles: PhaseCycles = field(repr=False)
    """What each worker takes for its worker range of a phase, by which the timeline was simulated."""
    timeline: SimulatedTimeline = field(repr=False)

    @property
    def cycles(self) -> int:
        """Of a frame."""
        return self.timeline.cycles


def plan_by_cycles(graph: Graph, target: ClusterTarget) -> ClusterPlan:
    """The plan that :func:`best_plan` finds."""
    return best_plan(graph, target).plan


def best_plan(graph: Graph, target: ClusterTarget) -> SimulatedPlan:
    """The plan on a target's cluster whose frame takes the fewest cycles by the model, at the lowest clock.

    Raises :class:`OssicleError` where a model does not fit.
    """
    cluster = target.cluster
    point = slowest_point(cluster)

    def simulate(candidate: ClusterPlan) -> SimulatedPlan:
        cycles = phase_cycles(graph, target, candidate)
        timeline = simulated_timeline(candidate, cluster, cycles, point)
        return SimulatedPlan(candidate, point, cycles, timeline)

    return plan_cluster(graph, target, simulate)


def slowest_point(cluster: Cluster) -> OperatingPoint | None:
    """The operating point of the lowest clock, at which plans are compared; None for an RTL testbench."""
    return min(cluster.points, key=lambda point: point.hertz, default=None)
