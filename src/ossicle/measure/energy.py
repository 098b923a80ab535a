"""Energy and power of a cluster, from a hop's timeline and the operating points of the target.

With the power P of all workers while they compute out of L1 and the power I while they wait (target file), W
workers, the clock f, and the sum C of all workers' computing cycles, a hop of H seconds takes::

    (P - I) C / (W f)  +  I H  +  sum over memories of (bytes a hop) (energy per byte)

The first two are the usual account of active and idle power, each worker's clock gated by itself, so that one
that waits at the end of a step takes as little as an idle one. The energy per byte is taken to be the same at
every voltage. Not in it: what an external memory takes to keep its contents, and all that is around the chip.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ossicle.measure.events import Timeline
from ossicle.targets import Cluster, OperatingPoint


@dataclass(frozen=True)
class HopEnergy:
    """What a hop takes at an operating point, in microjoules unless a name says otherwise."""

    point: OperatingPoint
    hop_ms: float
    needed_ms: float
    """From the hop's begin to its end; the rest of it is idle."""
    computing: float
    """Of the workers, above what they take when idle."""
    idle: float
    """What they take when idle, over the whole hop."""
    copying: Mapping[str, float]
    """By the name of the memory that bytes come from."""

    @property
    def microjoules(self) -> float:
        """Of the whole hop."""
        return self.computing + self.idle + sum(self.copying.values())

    @property
    def milliwatts(self) -> float:
        """On average, hop after hop."""
        return self.microjoules / max(self.hop_ms, self.needed_ms)

    @property
    def in_time(self) -> bool:
        """Whether a hop ends before the next one begins."""
        return self.needed_ms <= self.hop_ms


def hop_energy(hop: Timeline, cluster: Cluster, point: OperatingPoint, hop_ms: float) -> HopEnergy:
    """What a hop takes that lasts ``hop_ms`` milliseconds, or as long as it needs where that is more."""
    needed_ms = 1e3 * hop.cycles / point.hertz
    computing_ms = 1e3 * hop.working / (cluster.workers * point.hertz)
    stores = {store.name: store for store in (cluster.l2, *cluster.far)}
    return HopEnergy(
        point,
        hop_ms,
        needed_ms,
        1e3 * (point.watts - point.idle_watts) * computing_ms,
        1e3 * point.idle_watts * max(hop_ms, needed_ms),
        {name: 1e-6 * size * stores[name].picojoules_per_byte for name, size in hop.bytes.items()},
    )


def assumptions(cluster: Cluster, point: OperatingPoint) -> str:
    """What the energy at an operating point rests on, in a sentence."""
    copies = ", ".join(f"{s.picojoules_per_byte:g} from {s.name}" for s in (cluster.l2, *cluster.far))
    return (
        f"power is modelled, not measured on a chip: {1e3 * point.watts:.1f} mW while all workers compute, "
        f"{1e3 * point.idle_watts:.1f} mW while they wait, at {point.volts:g} V and {point.hertz / 1e6:g} "
        f"MHz; picojoules a byte: {copies}; the target's file says which of these are assumed"
    )
