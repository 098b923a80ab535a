"""What a target says of a chip or board without an operating system."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ossicle.targets.target import Target, common_fields


@dataclass(frozen=True)
class Memory:
    """A range of addresses, and what the emitted program keeps there.

    ``holds`` is ``"code"`` for vectors, code, weights and tables, ``"state"`` for the state and the stack,
    ``"weights"`` where start-up code copies weights and tables to, or empty where the program uses none of
    it.
    """

    name: str
    origin: int
    bytes: int
    holds: str


@dataclass(frozen=True)
class WeightPath:
    """How weights reach the core: the cycle model charges for each line that comes from slow memory."""

    cache_bytes: int
    line_bytes: int
    line_cycles: int


@dataclass(frozen=True)
class CycleEnergy:
    """What a cycle of the core takes, the least and the most that were measured of a chip with this core."""

    nanojoules: tuple[float, float]
    measured_on: str
    """The chip, which may be another one; its clock and voltage."""

    def microjoules(self, cycles: float) -> tuple[float, float]:
        """Of so many cycles."""
        least, most = self.nanojoules
        return 1e-3 * least * cycles, 1e-3 * most * cycles


@dataclass(frozen=True)
class ClockStep:
    """A step to full speed: bits of a register that are written, or, if it ``waits``, waited for."""

    register: str
    address: int
    mask: int
    bits: int
    why: str
    waits: bool


@dataclass(frozen=True)
class Clock:
    """How a chip comes from its clock after a reset, in Hz, to its full one; 0 where nobody has said it.

    Where no steps are known, the clock stays as it is after a reset.
    """

    reset_hz: int = 0
    steps: tuple[ClockStep, ...] = ()


@dataclass(frozen=True)
class Chip:
    """A chip or board: its core, its memories, and the compiler flags for both toolchains."""

    core: str
    clock_hz: int
    """Full speed, for which all times are stated."""
    clock: Clock
    memories: tuple[Memory, ...]
    zig: tuple[str, ...]
    gcc: tuple[str, ...]
    gcc_link: tuple[str, ...]
    """Further flags of GCC where it links."""
    stack_bytes: int
    weights: WeightPath
    caches: bool
    """Whether start-up code has to turn the core's own caches on."""
    boot_words: tuple[int, ...]
    """What the boot ROM looks for right behind the vectors."""
    qemu_machine: str
    """Name of the board in QEMU, or empty."""
    qemu_cpu: str
    """What QEMU calls the core, where its board may have several; else empty."""
    openocd: tuple[str, ...]
    """OpenOCD's configuration files for the usual debugger and the chip; none where there are none."""
    probe_rs: str
    """What probe-rs calls the chip, or empty."""
    watts: float
    """While the core computes, typically, without peripherals; 0 where there is no figure."""
    energy: CycleEnergy | None
    """None where nobody has measured it of such a core."""

    def memory(self, holds: str) -> Memory:
        """The memory for ``"code"``, ``"state"`` or, where weights lie elsewhere, ``"weights"``."""
        return next(memory for memory in self.memories if memory.holds == holds)

    @property
    def copies_weights(self) -> bool:
        """Whether start-up code copies weights and tables from the memory for code to another one."""
        return any(memory.holds == "weights" for memory in self.memories)


@dataclass(frozen=True)
class ChipTarget(Target):
    """A target that is a bare-metal Cortex-M or RISC-V chip."""

    chip: Chip

    @property
    def weight_cache_bytes(self) -> int:
        """Of the chip's cache between slow memory and the core."""
        return self.chip.weights.cache_bytes


def parse_chip_target(name: str, data: Mapping[str, Any]) -> ChipTarget:
    """Read the file of a chip, whose own figures are in its section ``[chip]``."""
    return ChipTarget(**common_fields(name, data), chip=_chip(data["chip"]))


def _chip(data: Mapping[str, Any]) -> Chip:
    return Chip(
        core=data["core"],
        clock_hz=data["clock_hz"],
        clock=_clock(data.get("clock", {})),
        memories=tuple(Memory(**memory) for memory in data["memories"]),
        zig=tuple(data["zig"]),
        gcc=tuple(data["gcc"]),
        gcc_link=tuple(data.get("gcc_link", ())),
        stack_bytes=data["stack_bytes"],
        weights=WeightPath(**data["weights"]),
        caches=data.get("caches", False),
        boot_words=tuple(data.get("boot_words", ())),
        qemu_machine=data.get("qemu_machine", ""),
        qemu_cpu=data.get("qemu_cpu", ""),
        openocd=tuple(data.get("openocd", ())),
        probe_rs=data.get("probe_rs", ""),
        watts=data.get("watts", 0.0),
        energy=_energy(**data["energy"]) if "energy" in data else None,
    )


def _energy(nanojoules: list[float], measured_on: str) -> CycleEnergy:
    least, most = nanojoules
    return CycleEnergy((least, most), measured_on)


def _clock(data: Mapping[str, Any]) -> Clock:
    return Clock(data.get("reset_hz", 0), tuple(_clock_step(**step) for step in data.get("steps", ())))


def _clock_step(address: int, mask: int, bits: int, why: str, set: str = "", wait: str = "") -> ClockStep:
    """Of what a file says of a step, which names its register as what it does with it."""
    if bool(set) == bool(wait):
        raise KeyError(f"set or wait in the step of the clock at 0x{address:08x}")
    return ClockStep(set or wait, address, mask, bits, why, bool(wait))
