"""The C folder for a Cortex-M chip."""

from pathlib import Path

from ossicle.emit.chip import LINK_FLAGS, Compiler, Compilers, chip_project, chip_text
from ossicle.emit.project import Project
from ossicle.graph import Graph
from ossicle.schedule import Plan
from ossicle.targets import Chip, ChipTarget

TEMPLATES = Path(__file__).parent / "templates"
GCC = "arm-none-eabi-gcc"
ZIG_FLAGS = ("-target", "thumb-freestanding-eabihf", "-ffreestanding")
GCC_FLAGS = ("-ffunction-sections", "-fdata-sections")
GCC_LINK_FLAGS = ("-nostartfiles", "--specs=nano.specs", "--specs=nosys.specs")


def project(graph: Graph, plan: Plan, target: ChipTarget, backend: str = "") -> Project:
    """What the C folder is to hold; there is no choice of backends.

    Raises :class:`OssicleError` where the model does not fit the chip.
    """
    return chip_project(graph, plan, target, TEMPLATES, compilers_for(target.chip))


def compilers_for(chip: Chip) -> Compilers:
    """The compilers for a chip."""
    return {
        "zig": Compiler("python -m ziglang cc", (*ZIG_FLAGS, *chip.zig), LINK_FLAGS),
        "gcc": Compiler(GCC, (*chip.gcc, *GCC_FLAGS), (*GCC_LINK_FLAGS, *LINK_FLAGS)),
    }


def link_script(target: ChipTarget) -> str:
    """The linker script alone."""
    return chip_text("link.ld", target, TEMPLATES)
