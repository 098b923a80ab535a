"""A computer with Linux as a target."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ossicle.targets.target import Target, common_fields


@dataclass(frozen=True)
class LinuxTarget(Target):
    """A computer with Linux, whose processor need not be this computer's."""

    zig: tuple[str, ...]
    """Flags of ``zig cc`` that choose system and processor."""
    gcc: tuple[str, ...]
    """Flags of GCC that choose the processor."""
    qemu: str
    """Program of QEMU's user mode."""
    qemu_cpu: str
    """Its name for the processor."""


def parse_linux(name: str, data: Mapping[str, Any]) -> LinuxTarget:
    """Read the file of a target, whose own figures are in its section ``[linux]``."""
    own = data["linux"]
    return LinuxTarget(
        **common_fields(name, data),
        zig=tuple(own["zig"]),
        gcc=tuple(own["gcc"]),
        qemu=own["qemu"],
        qemu_cpu=own["qemu_cpu"],
    )
