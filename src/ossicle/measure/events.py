"""When what happens on a cluster within a hop: a discrete-event model that runs the commands of a plan.

The controller works through the list, once a hop:

* Each command costs it ``overhead.command`` cycles.
* START and FETCH hand a copy to an engine. An engine copies one after another, in the order in which the
  copies were started: each takes the latency, and then its bytes over the bandwidth, in whole cycles.
* WAIT and ARRIVE last until the latest copy of that number has ended.
* FORK waits until the last worker has ended the step before; ``overhead.fork`` cycles later the workers begin
  their next one, and the controller goes on at once.
* JOIN waits until the last worker has ended, and takes ``overhead.join`` cycles.

What workers do to each other in L1 is for the cycles of a step to hold. Hops follow each other without a
pause, until one is as the one before. A chip that pauses for samples is not slower: copies go on meanwhile.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ossicle.errors import OssicleError
from ossicle.schedule.cluster import ClusterPlan, Command, Step
from ossicle.targets import Channel, Cluster, OperatingPoint, Store

MOST_HOPS = 1000

StepCycles = Callable[[Step], Sequence[float]]
"""Cycles that each worker takes for its share of a step."""


@dataclass(frozen=True)
class Span:
    """From ``begin`` to ``end``, in cycles from the hop's begin; ``index`` numbers a transfer or a fetch."""

    index: int
    begin: int
    end: int


@dataclass(frozen=True)
class StepTimes:
    """When the workers begin step ``index`` of the plan, and when each of them ends."""

    index: int
    begin: int
    ends: tuple[int, ...]

    @property
    def end(self) -> int:
        """When the last worker ends."""
        return max(self.ends)


@dataclass(frozen=True)
class Timeline:
    """One hop of many that are all alike; times are cycles of the cluster from its begin."""

    cycles: int
    """From one hop's begin to the next one's."""
    steps: tuple[StepTimes, ...]
    waits: tuple[Span, ...]
    """Of the controller, while all workers wait, for copies into L1."""
    far_waits: tuple[Span, ...]
    """Likewise for copies into L2."""
    copies: tuple[Span, ...]
    """When the DMA engine is busy; the first copies may be those that the hop before started."""
    fetches: tuple[Span, ...]
    """Likewise the channel from the memory behind L2."""
    bytes: Mapping[str, int]
    """Copied in a hop, by the name of the memory that they come from."""

    @property
    def waiting(self) -> int:
        """Cycles in which the workers wait for copies."""
        return sum(wait.end - wait.begin for wait in (*self.waits, *self.far_waits))

    @property
    def working(self) -> int:
        """Cycles of all workers together in which they compute."""
        return sum(end - step.begin for step in self.steps for end in step.ends)


def timeline(
    plan: ClusterPlan,
    cluster: Cluster,
    step_cycles: StepCycles,
    point: OperatingPoint | None = None,
) -> Timeline:
    """Run the commands of a plan hop after hop until nothing changes any more.

    A plan that fetches from behind L2 needs ``point``, whose clock says how many cycles the seconds of that
    memory are.
    """
    far = next((store for store in cluster.far if store.name == plan.far_store), None)
    if plan.fetches and not (point and far):
        raise OssicleError("the plan fetches weights from behind L2; name an operating point of the cluster")
    model = _Model(plan, cluster, step_cycles, _channel(far, point) if far and point else cluster.dma)
    before = None
    for _ in range(MOST_HOPS):
        backlog = model.backlog()
        hop = model.hop()
        if backlog == before:
            return replace(hop, bytes=plan.traffic)
        before = backlog
    raise OssicleError(f"the hops of the plan do not become alike within {MOST_HOPS} of them")


def assumptions(cluster: Cluster) -> str:
    """What the cycles of a timeline rest on besides those of the workers, in a sentence."""
    dma, overhead = cluster.dma, cluster.overhead
    return (
        "cycles are modelled, not measured on a chip: a copy into L1 takes "
        f"{dma.latency_cycles} and one for each {dma.bytes_per_cycle:g} bytes, a command {overhead.command}, "
        f"a fork {overhead.fork} more and a join {overhead.join}"
    )


def _channel(far: Store, point: OperatingPoint) -> Channel:
    """The way from a memory behind L2, in cycles of the cluster."""
    return Channel(far.bytes_per_second / point.hertz, math.ceil(far.latency_s * point.hertz))


class _Engine:
    """Copies one after another, in the order in which they were started."""

    def __init__(self, channel: Channel, sizes: Sequence[int]) -> None:
        self.cycles = [channel.latency_cycles + math.ceil(size / channel.bytes_per_cycle) for size in sizes]
        self.free = 0
        self.ended: dict[int, int] = {}
        self.spans: list[Span] = []

    def start(self, index: int, now: int) -> None:
        begin = max(now, self.free)
        self.free = self.ended[index] = begin + self.cycles[index]
        self.spans.append(Span(index, begin, self.free))

    def backlog(self, now: int) -> dict[int, int]:
        """How long each copy that is under way still takes: all that a later hop depends on."""
        return {index: end - now for index, end in self.ended.items() if end > now}

    def between(self, begin: int, end: int) -> tuple[Span, ...]:
        """What it does in that time, the begin subtracted; older copies are forgotten."""
        self.spans = [span for span in self.spans if span.end > begin]
        return tuple(
            Span(span.index, max(span.begin, begin) - begin, min(span.end, end) - begin)
            for span in self.spans
            if span.begin < end
        )


class _Model:
    """The controller with its clock, and the two engines."""

    def __init__(self, plan: ClusterPlan, cluster: Cluster, step_cycles: StepCycles, far: Channel) -> None:
        self.commands, self.overhead = plan.commands, cluster.overhead
        self.work = [[math.ceil(cycles) for cycles in step_cycles(step)] for step in plan.steps]
        self.dma = _Engine(cluster.dma, [transfer.bytes for transfer in plan.transfers])
        self.far = _Engine(far, [fetch.bytes for fetch in plan.fetches])
        self.now = self.idle_since = 0
        self.run(plan.preload)

    def backlog(self) -> tuple[dict[int, int], dict[int, int]]:
        return self.dma.backlog(self.now), self.far.backlog(self.now)

    def hop(self) -> Timeline:
        begin = self.now
        self.run(self.commands)
        parts = (self.steps, self.waits, self.far_waits)
        parts += (self.dma.between(begin, self.now), self.far.between(begin, self.now))
        return Timeline(self.now - begin, *map(tuple, parts), bytes={})

    def run(self, commands: Sequence[Command]) -> None:
        self.begin = self.now
        self.steps: list[StepTimes] = []
        self.waits: list[Span] = []
        self.far_waits: list[Span] = []
        for command in commands:
            self.now += self.overhead.command
            match command.kind:
                case "start":
                    self.dma.start(command.index, self.now)
                case "fetch":
                    self.far.start(command.index, self.now)
                case "wait":
                    self.wait(self.dma, command.index, self.waits)
                case "arrive":
                    self.wait(self.far, command.index, self.far_waits)
                case "fork":
                    self.fork(command.index)
                case "join":
                    self.now = max(self.now, self.idle_since) + self.overhead.join

    def wait(self, engine: _Engine, index: int, waits: list[Span]) -> None:
        since = max(self.now, self.idle_since)
        self.now = max(self.now, engine.ended.get(index, self.now))
        if self.now > since:
            waits.append(Span(index, since - self.begin, self.now - self.begin))

    def fork(self, index: int) -> None:
        self.now = max(self.now, self.idle_since)
        start = self.now + self.overhead.fork - self.begin
        self.steps.append(StepTimes(index, start, tuple(start + cycles for cycles in self.work[index])))
        self.idle_since = self.begin + self.steps[-1].end
