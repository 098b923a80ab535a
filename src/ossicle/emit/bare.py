"""What a cluster program without an operating system needs besides the model: start-up code, linker script,
console."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ossicle.emit.c_text import template_environment

TEMPLATES = "cluster/"
SHARED = ("main.c", "audio.h")
"""Files that are the same for both machines."""
OWN = ("audio.c", "startup.c", "link.ld")
BACKENDS = ("rtl", "harts")
"""The RTL bench, and the harts of QEMU's machine "virt"."""
LINKED = MappingProxyType(
    {
        "rtl": ("rtl.c", "osc_rtl.h", "osc_bare.h", "osc_fork.h", "osc_cluster.h"),
        "harts": ("harts.c", "osc_bare.h", "osc_fork.h", "osc_cluster.h"),
    }
)
"""Files of ``kernels/cluster/`` that implement ``osc_cluster.h``."""
ZIG_FLAGS = MappingProxyType(
    {
        "rtl": (
            "-target",
            "riscv32-freestanding-none",
            "-mcpu=generic_rv32+m+c+f+xcvalu+xcvmac+xcvmem+xcvsimd+xcvbitmanip",
            "-DOSC_COREV",
        ),
        "harts": ("-target", "riscv32-freestanding-none", "-mcpu=generic_rv32+m+a+c+f+zfh"),
    }
)
CFLAGS = ("-O2", "-ffreestanding", "-fno-math-errno", "-ffp-contract=off")
ZIG_LINK_FLAGS = ("-Wl,-T,link.ld", "-Wl,--gc-sections", "-Wl,-e,start")
L1_BYTES, L2_BYTES, STACK_BYTES = 128 * 1024, 8 * 1024 * 1024, 2048


def zig_flags(backend: str, workers: int) -> tuple[str, ...]:
    """Flags of ``zig cc`` for compiling and linking in one go."""
    return (*ZIG_FLAGS[backend], *CFLAGS, f"-DOSC_WORKERS={workers}", *ZIG_LINK_FLAGS)


def bare_file(backend: str, name: str, context: Mapping[str, Any]) -> str:
    """The text of one of the files ``SHARED`` and ``OWN``.

    ``context`` has ``workers``, ``stack_bytes``, ``l1_bytes`` and ``l2_bytes``; main.c and the audio files need
    ``role``, ``name`` and ``NAME`` of the model besides.
    """
    folder = TEMPLATES if name in SHARED else f"{TEMPLATES}{backend}/"
    return template_environment().get_template(f"{folder}{name}.j2").render(context)
