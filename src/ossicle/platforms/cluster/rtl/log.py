"""What a run on the RTL testbench says: events, counts, cycles of each frame."""

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Event:
    """Something that happened in the cluster.

    ``core`` is the number of a worker, the number of workers for the controller, and -1 for the DMA engine.
    ``kind`` and what ``value`` says of it:

    - ``read``: the program took bytes from its input: how many, 0 at the end;
    - ``write``: it put bytes to its output: how many;
    - ``fork``: all workers begin a task: 0;
    - ``join``: all have ended it: cycles that cores waited for banks of L1 in between, summed over cores;
    - ``dma-begin``, ``dma-end``: first and last cycle in which it is between L2 and L1: its transfer id;
    - ``wait-begin``: the controller begins to wait for a transfer: its transfer id;
    - ``wait-end``: it has ended: how many cycles of the wait no worker had work in;
    - ``mark``: a core stored to the register MARK: what it stored.
    """

    cycle: int
    core: int
    kind: str
    value: int


@dataclass(frozen=True)
class CoreCounts:
    """Cycles of one core from reset to the end: all of them, and those in which it waited."""

    cycles: int
    barrier: int
    """At a barrier, a fork or a join included."""
    transfer: int
    """For a transfer."""
    conflict: int
    """For a bank of L1."""
    l2: int
    """For the answer of L2."""
    fpu: int
    """For a floating-point unit that another core used."""


@dataclass(frozen=True)
class EngineCounts:
    """Requests of the DMA engine's ports for banks of L1, from reset to the end."""

    granted: int
    denied: int
    """Where another had the bank: one for each cycle."""


@dataclass(frozen=True)
class RtlRun:
    """A program's output, and what happened until it ended."""

    stdout: bytes
    events: tuple[Event, ...]
    cores: tuple[CoreCounts, ...]
    """Workers, then the controller."""
    engine: EngineCounts = EngineCounts(0, 0)

    @property
    def cycles(self) -> int:
        """From reset to the end of the program."""
        return self.cores[0].cycles

    @cached_property
    def frames(self) -> tuple[tuple[Event, ...], ...]:
        """The events of each frame: from the reading of its samples to the first writing."""
        frames: list[list[Event]] = []
        inside = False
        for event in self.events:
            if event.kind == "read" and event.value:
                frames.append([])
                inside = True
            if inside:
                frames[-1].append(event)
            inside = inside and event.kind != "write"
        return tuple(tuple(frame) for frame in frames if frame[-1].kind == "write")

    @property
    def frame_cycles(self) -> tuple[int, ...]:
        """Cycles of each frame."""
        return tuple(frame[-1].cycle - frame[0].cycle for frame in self.frames)

    @property
    def exposed_cycles(self) -> tuple[int, ...]:
        """Cycles of each frame in which all workers waited while the controller waited for a transfer."""
        return tuple(sum(event.value for event in frame if event.kind == "wait-end") for frame in self.frames)

    def marks(self, core: int) -> dict[int, int]:
        """Cycle of the last mark of each number that a core has made."""
        return {
            event.value: event.cycle for event in self.events if event.kind == "mark" and event.core == core
        }


def read_log(text: str) -> tuple[tuple[Event, ...], tuple[CoreCounts, ...], EngineCounts]:
    """Events, and counts of the cores and of the engine, in a log that the testbench wrote."""
    events: list[Event] = []
    counts: dict[int, dict[str, int]] = {}
    for line in text.splitlines():
        what, *fields = line.split()
        if what == "event":
            cycle, core, kind, value = fields
            events.append(Event(int(cycle), int(core), kind, int(value)))
        else:
            core, name, value = fields
            counts.setdefault(int(core), {})[name] = int(value)
    engine = EngineCounts(**counts.pop(-1))
    return tuple(events), tuple(CoreCounts(**counts[core]) for core in sorted(counts)), engine
