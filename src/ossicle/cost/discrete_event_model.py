"""The discrete-event model: what happens when in a frame, as a cluster plan's transfer schedule has it.

The cluster controller works through the list, once per frame:

* Each command costs it ``overhead.command`` cycles.
* DMA issue hands a copy to the DMA engine, which copies one after another, in the order in which the copies
  were issued. The first bytes of a copy are in L1 ``dma.latency_cycles`` after its issue, or when the copy
  before it has ended, if that is later. From then on they come at the rate that
  :mod:`ossicle.cost.contention` gives for the workers that work in that cycle: a phase counts as many as its
  cycles, summed over workers, are those of the slowest.
* DMA issue and DMA wait first wait until the engine has taken the last copy that was issued: until all those
  before it have no more bytes to come than ``dma.bursts`` bursts have.
* DMA wait lasts until ``dma.end_cycles`` after the latest copy of that number has ended.
* L3 issue hands a copy to the way from L3, and L3 wait waits for its end. Each takes the latency, and then
  its bytes over the bandwidth.
* The begin of a phase waits until the last worker has ended the phase before; ``overhead.fork`` cycles later
  the workers begin their next one, and the controller goes on at once.
* The end of the last phase waits until the last worker has ended, and takes ``overhead.join`` cycles.

What workers do to each other in L1, and the engine to them, is for the cycles of a phase to hold. Ends are
whole cycles. Frames follow each other without a pause, until one is as the one before. A chip that pauses for
samples is not slower: copies go on meanwhile.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ossicle.cost.contention import copying_rate
from ossicle.cost.transfers import DmaEngine, L3Path, Span
from ossicle.errors import OssicleError
from ossicle.schedule.cluster import ClusterPlan, Command, Kind, Phase
from ossicle.targets import Cluster, OperatingPoint

MOST_FRAMES = 1000

PhaseCycles = Callable[[Phase], Sequence[float]]
"""Cycles that each worker takes for its worker range of a phase."""


@dataclass(frozen=True)
class PhaseTimes:
    """When the workers begin phase ``index`` of the plan, and when each of them ends."""

    index: int
    begin: int
    ends: tuple[int, ...]

    @property
    def end(self) -> int:
        """When the last worker ends."""
        return max(self.ends)


@dataclass(frozen=True)
class SimulatedTimeline:
    """One frame of many that are all alike; times are cycles of the cluster from its begin."""

    cycles: int
    """From one frame's begin to the next one's."""
    phases: tuple[PhaseTimes, ...]
    dma_waits: tuple[Span, ...]
    """Of the controller, while all workers wait, for copies into L1, or for the engine to take one."""
    l3_waits: tuple[Span, ...]
    """Likewise for copies into L2."""
    dma_copies: tuple[Span, ...]
    """From their first bytes to their last ones; the frame before may have issued the first copies."""
    l3_copies: tuple[Span, ...]
    """Likewise on the way from L3."""
    bytes: Mapping[str, int]
    """Copied in a frame, by the name of the memory that they come from."""

    @property
    def waiting(self) -> int:
        """Cycles in which the workers wait for copies."""
        return sum(wait.end - wait.begin for wait in (*self.dma_waits, *self.l3_waits))

    @property
    def working(self) -> int:
        """Cycles of all workers together in which they compute."""
        return sum(end - phase.begin for phase in self.phases for end in phase.ends)


def simulated_timeline(
    plan: ClusterPlan,
    cluster: Cluster,
    phase_cycles: PhaseCycles,
    point: OperatingPoint | None = None,
) -> SimulatedTimeline:
    """Run the transfer schedule of a plan frame after frame until nothing changes any more.

    A plan with tiles in L3 needs ``point``, whose clock says how many cycles the seconds of that
    memory are.
    """
    l3 = next((store for store in cluster.l3 if store.name == plan.l3), None)
    if plan.l3_transfers and not (point and l3):
        raise OssicleError(
            "the plan reads weights from L3; name an operating point of the cluster, whose clock is needed"
        )
    model = _Model(plan, cluster, phase_cycles, L3Path(plan, l3, point))
    before = None
    for _ in range(MOST_FRAMES):
        backlog = model.backlog()
        frame = model.frame()
        if backlog == before:
            return replace(frame, bytes=plan.traffic)
        before = backlog
    raise OssicleError(
        f"the frames of the plan do not become alike within {MOST_FRAMES} of them; plan with more L1"
    )


def assumptions(cluster: Cluster) -> str:
    """What the cycles of a timeline rest on besides those of the workers, in a sentence."""
    dma, overhead = cluster.dma, cluster.overhead
    rates = [copying_rate(cluster, working) for working in (0, cluster.workers)]
    return (
        f"cycles are modelled, not measured on a chip: a copy into L1 has its first bytes after "
        f"{dma.latency_cycles}, and then {rates[0]:.2f} in each, {rates[1]:.2f} while all workers compute; a "
        f"command takes {overhead.command}, a fork {overhead.fork} more and a join {overhead.join}"
    )


class _Model:
    """The cluster controller with its clock, and both ways of the weights."""

    def __init__(self, plan: ClusterPlan, cluster: Cluster, phase_cycles: PhaseCycles, l3: L3Path) -> None:
        self.schedule, self.overhead = plan.schedule, cluster.overhead
        self.work = [[math.ceil(cycles) for cycles in phase_cycles(phase)] for phase in plan.phases]
        self.dma = DmaEngine(cluster, [transfer.bytes for transfer in plan.dma_transfers])
        self.l3 = l3
        self.now = self.idle_since = 0
        self.run(plan.prologue)

    def backlog(self) -> tuple[tuple[tuple[int, int, int], ...], dict[int, int]]:
        return self.dma.backlog(self.now), self.l3.backlog(self.now)

    def frame(self) -> SimulatedTimeline:
        begin = self.now
        self.run(self.schedule)
        return SimulatedTimeline(
            self.now - begin,
            tuple(self.phases),
            tuple(self.dma_waits),
            tuple(self.l3_waits),
            self.dma.between(begin, self.now),
            self.l3.between(begin, self.now),
            bytes={},
        )

    def run(self, schedule: Sequence[Command]) -> None:
        self.begin = self.now
        self.phases: list[PhaseTimes] = []
        self.dma_waits: list[Span] = []
        self.l3_waits: list[Span] = []
        for command in schedule:
            self.now += self.overhead.command
            match command.kind:
                case Kind.DMA_ISSUE:
                    self.wait(self.dma.taken(self.now), command.index, self.dma_waits)
                    self.dma.issue(command.index, self.now)
                case Kind.L3_ISSUE:
                    self.l3.issue(command.index, self.now)
                case Kind.DMA_WAIT:
                    self.wait(self.dma.end(command.index, self.now), command.index, self.dma_waits)
                case Kind.L3_WAIT:
                    self.wait(self.l3.end(command.index, self.now), command.index, self.l3_waits)
                case Kind.PHASE_BEGIN:
                    self.begin_phase(command.index)
                case Kind.LAST_PHASE_END:
                    self.now = max(self.now, self.idle_since) + self.overhead.join

    def wait(self, until: int, index: int, waits: list[Span]) -> None:
        since = max(self.now, self.idle_since)
        self.now = max(self.now, until)
        if self.now > since:
            waits.append(Span(index, since - self.begin, self.now - self.begin))

    def begin_phase(self, index: int) -> None:
        self.now = max(self.now, self.idle_since)
        start = self.now + self.overhead.fork - self.begin
        self.phases.append(PhaseTimes(index, start, tuple(start + cycles for cycles in self.work[index])))
        self.idle_since = self.begin + self.phases[-1].end
        if slowest := max(self.work[index]):
            self.dma.work(self.begin + start, self.idle_since, sum(self.work[index]) / slowest)
