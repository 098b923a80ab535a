"""The two ways of copies in the discrete-event model (:mod:`ossicle.cost.discrete_event_model`)."""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from ossicle.cost.contention import copying_rate
from ossicle.schedule.cluster import ClusterPlan
from ossicle.targets import Cluster, OperatingPoint, Store


@dataclass(frozen=True)
class Span:
    """From ``begin`` to ``end``, in cycles from the frame's begin; ``index`` numbers a transfer."""

    index: int
    begin: int
    end: int


class L3Path:
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
        """Take a copy."""
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


class DmaEngine:
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
        """Take a copy."""
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
