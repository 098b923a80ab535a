"""A model's program for a RISC-V chip: its C folder, and its ELF file on QEMU."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ossicle.platforms.riscv.build import build_for_qemu
from ossicle.platforms.riscv.qemu import run_qemu
from ossicle.programs.interface import Given, interface_of
from ossicle.targets import ChipTarget


@dataclass(frozen=True)
class RiscvProgram:
    """An emitted C folder for a chip; ``run`` needs QEMU and the packages of ``ossicle[emulator]``."""

    folder: Path
    target: ChipTarget = field(repr=False)
    summary: Mapping[str, Any] = field(repr=False)
    """What ``model.json`` says of it: sizes, front end, memories, plan."""
    needs_folder: ClassVar[bool] = True

    @cached_property
    def elf(self) -> Path:
        """The ELF file for QEMU's board, built when it is first asked for."""
        return build_for_qemu(self.folder, self.target)

    def run(self, inputs: Given) -> np.ndarray:
        """What the program puts out on QEMU from reset, as that of a Cortex-M chip does."""
        interface = interface_of(self.summary)
        output = run_qemu(self.elf, self.target, interface.items(self.summary, inputs).tobytes())
        return np.frombuffer(output, interface.result_type(self.summary))
