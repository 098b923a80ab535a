"""The C folder for a RISC-V chip."""

from dataclasses import replace
from pathlib import Path

from ossicle.emit.chip import LINK_FLAGS, Compiler, Compilers, chip_project, chip_text
from ossicle.emit.project import Project
from ossicle.graph import Graph
from ossicle.schedule import Plan
from ossicle.targets import Chip, ChipTarget
from ossicle.targets.chip import Clock

TEMPLATES = Path(__file__).parent / "templates"
ZIG_FLAGS = ("-target", "riscv32-freestanding-none", "-ffreestanding")
GCC = "riscv64-unknown-elf-gcc"
GCC_FLAGS = ("-mabi=ilp32", "-ffunction-sections", "-fdata-sections", "--specs=picolibc.specs")
GCC_LINK_FLAGS = ("-nostartfiles", "-Tlink.ld", *LINK_FLAGS[1:])
"""The specs of picolibc look for a script that GCC itself is given."""
QEMU_RAM = 0x80000000
"""Where the memory of QEMU's board "virt" begins; it has 128 MB of it."""
QEMU_FILES = ("link.ld", "clock.c")
"""Those that QEMU's board has of its own."""


def project(graph: Graph, plan: Plan, target: ChipTarget, backend: str = "") -> Project:
    """What the C folder is to hold; there is no choice of backends.

    Raises :class:`OssicleError` where the model does not fit the chip.
    """
    return chip_project(graph, plan, target, TEMPLATES, compilers_for(target.chip))


def compilers_for(chip: Chip) -> Compilers:
    """The compilers for a chip."""
    return {
        "zig": Compiler("python -m ziglang cc", (*ZIG_FLAGS, *chip.zig), LINK_FLAGS),
        "gcc": Compiler(GCC, (*chip.gcc, *GCC_FLAGS), (*chip.gcc_link, *GCC_LINK_FLAGS)),
    }


def qemu_files(target: ChipTarget) -> dict[str, str]:
    """Texts of the files that take the place of a chip's on QEMU's board, which has no registers of clocks.

    Its memories for code and state have the chip's sizes.
    """
    code, state = target.chip.memory("code"), target.chip.memory("state")
    memories = (replace(code, origin=QEMU_RAM), replace(state, origin=QEMU_RAM + code.bytes))
    board = replace(target, chip=replace(target.chip, memories=memories, clock=Clock(), boot_words=()))
    return {name: chip_text(name, board, TEMPLATES) for name in QEMU_FILES}
