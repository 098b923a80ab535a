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
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ossicle.cost.contention import copying_rate
from ossicle.errors import OssicleError
from ossicle.schedule.cluster import ClusterPlan, Command, Kind, Phase
from ossicle.targets import Cluster, OperatingPoint, Store

MOST_FRAMES = 1000

PhaseCycles = Callable[[Phase], Sequence[float]]
"""Cycles that each worker takes for its worker range of a phase."""


@dataclass(frozen=True)
class Span:
    """From ``begin`` to ``end``, in cycles from the frame's begin; ``index`` numbers a transfer."""

    index: int
    begin: int
    end: int


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
    model = _Model(plan, cluster, phase_cycles, _L3(plan, l3, point))
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


class _L3:
    """The way from L3: one copy after another, in the order in which they were issued."""

    def __init__(self, plan: ClusterPlan, store: Store | None, point: OperatingPoint | None) -> None:
        self.cycles = []
        if store and point:
            latency, rate = math.ceil(store.latency_s * point.hertz), store.bytes_per_second / point.hertz
            self.cycles = [latency + math.ceil(transfer.bytes / rate) for transfer in plan.l3_transfers]
        self.free = 0
        self.ended: dict[int, int] = {}
        self.spans: list[Span] = []

    def issue(self, index: int, now: int) -> None:
        begin = max(now, self.free)
        self.free = self.ended[index] = begin + self.cycles[index]
        self.spans.append(Span(index, begin, self.free))

    def end(self, index: int, now: int) -> int:
        """When the latest copy of that number has ended."""
        return self.ended.get(index, now)

    def backlog(self, now: int) -> dict[int, int]:
        """How long each copy that is under way still takes: all that a later frame depends on."""
        return {index: end - now for index, end in self.ended.items() if end > now}

    def between(self, begin: int, end: int) -> tuple[Span, ...]:
        """What it does in that time, the begin subtracted; older copies are forgotten."""
        self.spans = [span for span in self.spans if span.end > begin]
        return _between(self.spans, begin, end)


def _between(spans: Sequence[Span], begin: int, end: int) -> tuple[Span, ...]:
    return tuple(
        Span(span.index, max(span.begin, begin) - begin, min(span.end, end) - begin)
        for span in spans
        if span.begin < end
    )


@dataclass
class _Copy:
    """One that was issued, and has not ended."""

    index: int
    ready: int
    """When it can have its first bytes."""
    left: float
    """Bytes that are to come."""
    begin: int = 0


class _Dma:
    """The engine into L1, simulated as far as the controller has come, or waits for."""

    def __init__(self, cluster: Cluster, sizes: Sequence[int]) -> None:
        self.cluster, self.sizes = cluster, sizes
        self.queue: deque[_Copy] = deque()
        self.clock = 0.0
        self.rates: deque[tuple[int, int, float]] = deque()
        """From when to when the workers work, and bytes a cycle meanwhile."""
        self.ended: dict[int, int] = {}
        self.spans: list[Span] = []

    def issue(self, index: int, now: int) -> None:
        self.queue.append(_Copy(index, now + self.cluster.dma.latency_cycles, self.sizes[index]))

    def work(self, begin: int, end: int, working: float) -> None:
        """Tell it that so many workers work in that time."""
        self.rates.append((begin, end, copying_rate(self.cluster, working)))

    def end(self, index: int, now: int) -> int:
        """When a core that waits for the latest copy of that number is answered."""
        self.run(now)
        while any(copy.index == index for copy in self.queue):
            self._copy(math.inf, math.inf)
        told = self.cluster.dma.end_cycles
        return max(self.ended.get(index, now - told) + told, self.taken(now))

    def taken(self, now: int) -> int:
        """When it has taken the last copy that was issued."""
        self.run(now)
        most = self.cluster.dma.bursts * self.cluster.dma.burst_bytes
        while (more := sum(copy.left for copy in list(self.queue)[:-1]) - most) >= 1:
            self._copy(math.inf, more)
        return max(now, math.ceil(self.clock)) if self.queue else now

    def run(self, until: int) -> None:
        """Copy up to that time."""
        while self.queue and self.clock < until:
            self._copy(until, math.inf)
        self.clock = max(self.clock, until)

    def backlog(self, now: int) -> tuple[tuple[int, int, int], ...]:
        """What is to come of each copy, and when: all that a later frame depends on."""
        self.run(now)
        return tuple((copy.index, round(copy.left), max(copy.ready - now, 0)) for copy in self.queue)

    def between(self, begin: int, end: int) -> tuple[Span, ...]:
        """What it does in that time, the begin subtracted; older copies are forgotten."""
        self.run(end)
        self.spans = [span for span in self.spans if span.end > begin]
        started = [copy for copy in self.queue if copy.left < self.sizes[copy.index]]
        return _between([*self.spans, *(Span(copy.index, copy.begin, end) for copy in started)], begin, end)

    def _copy(self, until: float, most: float) -> None:
        """Copy at most so many bytes of the first one, until a time, its end, or a change of the rate."""
        copy = self.queue[0]
        if copy.ready > self.clock:
            self.clock = min(copy.ready, until)
            return
        if copy.left == self.sizes[copy.index]:
            copy.begin = math.floor(self.clock)
        rate, change = self._rate()
        needed = self.clock + min(copy.left, most) / rate
        clock = min(needed, change, until)
        if clock == needed and copy.left <= most:
            self.queue.popleft()
            self.clock = self.ended[copy.index] = math.ceil(needed)
            self.spans.append(Span(copy.index, copy.begin, math.ceil(needed)))
        else:
            copy.left -= (clock - self.clock) * rate
            self.clock = clock

    def _rate(self) -> tuple[float, float]:
        """Bytes a cycle, and until when."""
        while self.rates and self.rates[0][1] <= self.clock:
            self.rates.popleft()
        if not self.rates:
            return copying_rate(self.cluster, 0), math.inf
        begin, end, rate = self.rates[0]
        return (copying_rate(self.cluster, 0), begin) if self.clock < begin else (rate, end)


class _Model:
    """The cluster controller with its clock, and both ways of the weights."""

    def __init__(self, plan: ClusterPlan, cluster: Cluster, phase_cycles: PhaseCycles, l3: _L3) -> None:
        self.schedule, self.overhead = plan.schedule, cluster.overhead
        self.work = [[math.ceil(cycles) for cycles in phase_cycles(phase)] for phase in plan.phases]
        self.dma = _Dma(cluster, [transfer.bytes for transfer in plan.dma_transfers])
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
