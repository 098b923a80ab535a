"""What a cluster program without an operating system needs besides the model: start-up code, linker script,
console."""

from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType

from ossicle.emit.c_text import template_environment

TEMPLATES = Path(__file__).parent / "templates"
SHARED = ("main.c", "audio.h", "Makefile")
"""Files that are the same for both machines."""
OWN = ("audio.c", "startup.c", "link.ld")
LINKED = MappingProxyType(
    {
        "rtl": ("rtl.c", "osc_rtl.h", "osc_bare.h", "osc_bare_fork.h", "osc_cluster.h"),
        "harts": ("harts.c", "osc_bare.h", "osc_bare_fork.h", "osc_cluster.h"),
    }
)
"""Files of ``kernels/cluster/`` that implement ``osc_cluster.h``: on RTL, and on QEMU's "virt"."""
PROCESSOR = MappingProxyType(
    {
        "rtl": (
            "-mcpu=generic_rv32+m+c+f+xcvalu+xcvmac+xcvmem+xcvsimd+xcvbitmanip",
            "-DOSC_COREV",
        ),
        "harts": ("-mcpu=generic_rv32+m+a+c+f+zfh",),
    }
)
TARGET = ("-target", "riscv32-freestanding-none", "-ffreestanding")
CFLAGS = ("-O2", "-fomit-frame-pointer", "-ffp-contract=off", "-fno-math-errno", "-fno-strict-aliasing")
LINK_FLAGS = ("-Wl,-T,link.ld", "-Wl,--gc-sections", "-Wl,-e,start")


TABLE_BYTES = 6 * 1024
"""At least what the tables in L1 take, and the variables besides the state."""


@dataclass(frozen=True)
class BareMachine:
    """What start-up code and linker script depend on.

    The RTL testbench has these memories; on QEMU all lies in one. Each core has ``stack_bytes``, 16 times a
    whole number.
    """

    workers: int = 8
    stack_bytes: int = 2048
    l1_bytes: int = 128 * 1024
    l2_bytes: int = 8 * 1024 * 1024

    @classmethod
    def for_state(cls, workers: int, stack_bytes: int, state_bytes: int) -> "BareMachine":
        """With an L1 of 128 kB, or of more where a state that is to be looked into does not fit."""
        needed = state_bytes + (workers + 1) * stack_bytes + TABLE_BYTES
        return cls(workers, stack_bytes, max(cls.l1_bytes, 1 << (needed - 1).bit_length()))


def zig_flags(backend: str, workers: int) -> tuple[str, ...]:
    """Flags of ``zig cc`` for compiling; those for linking are ``LINK_FLAGS`` besides."""
    return (*TARGET, *CFLAGS, *PROCESSOR[backend], f"-DOSC_WORKERS={workers}")


def bare_file(backend: str, name: str, machine: BareMachine) -> str:
    """The text of one of the files that do not depend on a model: ``OWN`` and ``audio.h``."""
    folder = "cluster" if name in SHARED else f"cluster/{backend}"
    environment = template_environment("cluster", TEMPLATES)
    return environment.get_template(f"{folder}/{name}.j2").render(asdict(machine))
