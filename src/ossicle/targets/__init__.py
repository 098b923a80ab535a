"""Chips as data: one TOML file each."""

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

from ossicle.errors import OssicleError


@dataclass(frozen=True)
class Memory:
    """A range of addresses, and what the emitted program keeps there.

    ``holds`` is ``"code"`` for vectors, code, weights and tables, ``"state"`` for the state and the stack, or
    empty where the program uses none of it.
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
class Chip:
    """A Cortex-M chip or board: its core, its memories, and the compiler flags for both toolchains."""

    core: str
    clock_hz: int
    memories: tuple[Memory, ...]
    zig: tuple[str, ...]
    gcc: tuple[str, ...]
    stack_bytes: int
    weights: WeightPath
    caches: bool
    """Whether start-up code has to turn the core's own caches on."""
    boot_words: tuple[int, ...]
    """What the boot ROM looks for right behind the vectors."""
    qemu_machine: str
    """Name of the board in QEMU, or empty."""

    def memory(self, holds: str) -> Memory:
        """The memory for ``"code"`` or for ``"state"``."""
        return next(memory for memory in self.memories if memory.holds == holds)


@dataclass(frozen=True)
class Target:
    """What the emitter needs to know of a platform; ``chip`` is what a bare-metal program needs besides."""

    name: str
    description: str
    kernels: tuple[str, ...]
    cflags: tuple[str, ...]
    packing: str = "rows"
    """Order of integer weights that the kernels read (:mod:`ossicle.emit.packing`)."""
    chip: Chip | None = None


def target_names() -> list[str]:
    """Names of the targets that ship."""
    return sorted(f.name[:-5] for f in resources.files(__name__).iterdir() if f.name.endswith(".toml"))


def load_target(name: str) -> Target:
    """Read a target by its name."""
    if name not in target_names():
        raise OssicleError(f"there is no target {name!r}; choose one of {', '.join(target_names())}")
    data = tomllib.loads((resources.files(__name__) / f"{name}.toml").read_text("utf-8"))
    chip = _chip(data["chip"]) if "chip" in data else None
    kernels, cflags = tuple(data["kernels"]), tuple(data["cflags"])
    return Target(name, data["description"], kernels, cflags, data.get("packing", "rows"), chip)


def _chip(data: dict[str, Any]) -> Chip:
    return Chip(
        core=data["core"],
        clock_hz=data["clock_hz"],
        memories=tuple(Memory(**memory) for memory in data["memories"]),
        zig=tuple(data["zig"]),
        gcc=tuple(data["gcc"]),
        stack_bytes=data["stack_bytes"],
        weights=WeightPath(**data["weights"]),
        caches=data.get("caches", False),
        boot_words=tuple(data.get("boot_words", ())),
        qemu_machine=data.get("qemu_machine", ""),
    )
