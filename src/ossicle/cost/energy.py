"""Energy and power of a cluster, from a frame's simulated timeline and the target's operating points.

With the power P of all workers while they compute out of L1 and the power I while they wait (target file), W
workers, the clock f, and the sum C of all workers' computing cycles, a frame of H seconds takes::

    (P - I) C / (W f)  +  I H  +  sum over memories of (bytes per frame) (energy per byte)

The first two are the usual account of active and idle power, each worker's clock gated by itself, so that one
that waits at the end of a phase takes as little as an idle one. P and I are known as ranges, and so is the
result: its least with the least of both, its most with the most of both. The energy per byte is taken to be
the same at every voltage. Not in it: what an L3 outside of the chip takes to keep its contents, and all
that is around the chip.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ossicle.cost.discrete_event_model import SimulatedTimeline
from ossicle.targets import Cluster, OperatingPoint, Range


@dataclass(frozen=True)
class FrameEnergy:
    """What a frame takes at an operating point, in microjoules unless a name says otherwise; ranges."""

    point: OperatingPoint
    frame_ms: float
    needed_ms: float
    """From the frame's begin to its end; the remainder is idle."""
    computing: Range
    """Of the workers, above what they take when idle."""
    idle: Range
    """What they take when idle, over the whole frame."""
    copying: Mapping[str, float]
    """By the name of the memory that bytes come from."""

    @property
    def microjoules(self) -> Range:
        """Of the whole frame."""
        least, most = zip(self.computing, self.idle, strict=True)
        copying = sum(self.copying.values())
        return sum(least) + copying, sum(most) + copying

    @property
    def milliwatts(self) -> Range:
        """On average, frame after frame."""
        least, most = self.microjoules
        lasts = max(self.frame_ms, self.needed_ms)
        return least / lasts, most / lasts

    @property
    def in_time(self) -> bool:
        """Whether a frame ends before the next one begins."""
        return self.needed_ms <= self.frame_ms


def frame_energy(
    timeline: SimulatedTimeline, cluster: Cluster, point: OperatingPoint, frame_ms: float
) -> FrameEnergy:
    """What a frame takes that lasts ``frame_ms`` milliseconds, or as long as it needs where that is more."""
    needed_ms = 1e3 * timeline.cycles / point.hertz
    computing_ms = 1e3 * timeline.working / (cluster.workers * point.hertz)
    stores = {store.name: store for store in (cluster.l2, *cluster.l3)}
    return FrameEnergy(
        point,
        frame_ms,
        needed_ms,
        _scaled(point.active_watts, 1e3 * computing_ms),
        _scaled(point.idle_watts, 1e3 * max(frame_ms, needed_ms)),
        {name: 1e-6 * size * stores[name].picojoules_per_byte for name, size in timeline.bytes.items()},
    )


def assumptions(cluster: Cluster, point: OperatingPoint) -> str:
    """What the energy at an operating point rests on, in a sentence."""
    copies = ", ".join(f"{s.picojoules_per_byte:g} from {s.name}" for s in (cluster.l2, *cluster.l3))
    busy, idle = (range_text(_scaled(watts, 1e3), ".1f") for watts in (point.watts, point.idle_watts))
    return (
        f"power is modelled, not measured on a chip: {busy} mW while all workers compute, {idle} mW while "
        f"they wait, at {point.volts:g} V and {point.hertz / 1e6:g} MHz; picojoules a byte: {copies}; the "
        "target's file says which of these are assumed"
    )


def range_text(values: Range, form: str) -> str:
    """The least and the most of a range, as text."""
    return f"{format(values[0], form)} to {format(values[1], form)}"


def _scaled(values: Range, by: float) -> Range:
    return values[0] * by, values[1] * by
