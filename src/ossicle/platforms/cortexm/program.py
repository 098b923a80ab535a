"""A model's program for a Cortex-M chip: its C folder, and its ELF file on the emulator."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ossicle.platforms.cortexm.build import build_elf
from ossicle.platforms.cortexm.machine import Machine
from ossicle.programs.interface import Given, interface_of
from ossicle.targets import ChipTarget


@dataclass(frozen=True)
class ChipProgram:
    """An emitted C folder for a chip; ``run`` needs the packages of ``ossicle[emulator]``."""

    folder: Path
    target: ChipTarget = field(repr=False)
    summary: Mapping[str, Any] = field(repr=False)
    """What ``model.json`` says of it: sizes, front end, memories, plan."""
    needs_folder: ClassVar[bool] = True

    @cached_property
    def elf(self) -> Path:
        """The ELF file that goes to the board, built when it is first asked for."""
        return build_elf(self.folder)

    def run(self, inputs: Given) -> np.ndarray:
        """What the emulated chip puts out from reset, as a program on this computer.

        Of a suppressor, int16 samples for float or int16 ones, as many as went in, ``latency_samples`` of the
        summary later; of a spotter a record for each frame: ``word``, the class that was reported or -1, and
        ``posteriors``; of a network without a front end a record of its outputs for each frame.
        """
        interface = interface_of(self.summary)
        items = interface.items(self.summary, inputs)
        output = Machine(self.elf, self.target).run(items.tobytes())
        return np.frombuffer(output, interface.result_type(self.summary))
