"""What a target says of a cluster of cores."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ossicle.errors import OssicleError
from ossicle.targets.target import Target, common_fields


@dataclass(frozen=True)
class Engine:
    """The DMA engine that copies from L2 into L1."""

    bytes_per_cycle: int
    """Within a burst; four for each of its ports into L1."""
    latency_cycles: int
    """From the issue of a transfer to its first bytes in L1, where no other is under way."""
    end_cycles: int
    """From its last bytes in L1 to the answer of a core that waits for it."""
    burst_bytes: int
    """Bursts are cut at multiples of this in L2's address."""
    burst_cycles: int
    """Without a byte, after each burst."""
    bursts: int
    """That may be outstanding. A core's next command waits until its last but one has asked for all."""
    fifo_words: int
    """Of each port, 32 bits each."""

    @property
    def rate(self) -> float:
        """The most bytes a cycle, between other bursts."""
        return self.burst_bytes / (self.burst_bytes / self.bytes_per_cycle + self.burst_cycles)


@dataclass(frozen=True)
class FloatingPoint:
    """The floating-point units that all cores of a cluster share."""

    units: int
    """One operation a cycle each; core i uses unit i modulo ``units``."""
    divide_cycles: int
    """For which a division or a square root in float32 keeps the only unit for them."""
    half_pairs: bool
    """Whether they multiply two halves at once."""
    macs: Mapping[str, float]
    """The most products that a unit adds up in a cycle, by the precision of floats."""


@dataclass(frozen=True)
class Store:
    """A memory of a cluster; energy, speed and latency are those of the way to the next inner memory."""

    name: str
    bytes: int
    """What a model may take of it: in L1 all but stacks, elsewhere its weights alone."""
    picojoules_per_byte: float
    """0 for L1, whose accesses are in the power of the cores, and where there is no figure."""
    bytes_per_second: float = 0.0
    """0 for L1 and L2: what L2 gives is the DMA engine's to say."""
    latency_s: float = 0.0


@dataclass(frozen=True)
class Overhead:
    """Cycles of the cluster controller beside what a program computes."""

    command: int
    """Of each command of the transfer schedule."""
    fork: int
    """Besides, from the barrier of all cores to the first instruction of a phase on the workers."""
    join: int
    """From the last instruction of the last step to the controller's next one."""


Range = tuple[float, float]
"""The least and the most that a figure may be."""


@dataclass(frozen=True)
class OperatingPoint:
    """A supply voltage, the cluster's clock at it, and its power."""

    volts: float
    hertz: float
    watts: Range
    """Of the whole chip, while all workers compute."""
    idle_watts: Range
    """Likewise, while all wait."""

    @property
    def active_watts(self) -> Range:
        """What computing takes besides."""
        return self.watts[0] - self.idle_watts[0], self.watts[1] - self.idle_watts[1]


@dataclass(frozen=True)
class Cluster:
    """Workers that share an L1, a DMA engine between it and L2, and the memories that L3 can be."""

    workers: int
    """Cores that compute; the one that controls them comes on top."""
    l1: Store
    l2: Store
    l3: tuple[Store, ...]
    """What L3 can be, the one on the chip first; empty where L2 holds all weights from the start."""
    dma: Engine
    overhead: Overhead
    banks: int
    """Of L1, interleaved by words."""
    fpu: FloatingPoint
    stack_bytes: int
    """Of each core, in L1."""
    macs: Mapping[str, float]
    """The most products that a worker adds up in a cycle, by precision; floats out of a unit of its own."""
    points: tuple[OperatingPoint, ...]
    """The highest voltage first; empty for a testbench that has no power."""
    backend: str
    """Name of the C file in ``kernels/cluster`` that an emitted folder gets."""


@dataclass(frozen=True)
class ClusterTarget(Target):
    """A target with a cluster, whose kernels are those that its workers can share."""

    cluster: Cluster


def parse_cluster_target(name: str, data: Mapping[str, Any]) -> ClusterTarget:
    """Read the file of a cluster, whose own figures are in its section ``[cluster]``."""
    return ClusterTarget(**common_fields(name, data, parallel=True), cluster=_cluster(name, data["cluster"]))


def _cluster(name: str, data: Mapping[str, Any]) -> Cluster:
    if "far" in data:
        raise OssicleError(f"the target {name} names its L3 cluster.far; call that table cluster.l3")
    return Cluster(
        workers=data["workers"],
        l1=Store(name="l1", **data["l1"]),
        l2=Store(name="l2", **data["l2"]),
        l3=tuple(Store(**store) for store in data.get("l3", ())),
        dma=Engine(**data["dma"]),
        overhead=Overhead(**data["overhead"]),
        banks=data["banks"],
        fpu=FloatingPoint(**data["fpu"]),
        stack_bytes=data["stack_bytes"],
        macs=data["macs"],
        points=tuple(_point(point) for point in data.get("points", ())),
        backend=data["backend"],
    )


def _point(data: Mapping[str, Any]) -> OperatingPoint:
    watts, idle_watts = (tuple(data[name]) for name in ("watts", "idle_watts"))
    return OperatingPoint(data["volts"], data["hertz"], watts, idle_watts)
