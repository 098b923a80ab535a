"""A model's program for a computer with Linux: its C folder, and its ELF file on QEMU."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ossicle.platforms.linux.build import build_elf
from ossicle.platforms.linux.qemu import run_qemu
from ossicle.platforms.linux.target import LinuxTarget
from ossicle.programs.interface import Given, interface_of


@dataclass(frozen=True)
class LinuxProgram:
    """An emitted C folder for a computer with Linux; ``run`` needs QEMU and ``ossicle[compiler]``."""

    folder: Path
    target: LinuxTarget = field(repr=False)
    summary: Mapping[str, Any] = field(repr=False)
    """What ``model.json`` says of it: sizes, front end, plan."""
    needs_folder: ClassVar[bool] = True

    @cached_property
    def elf(self) -> Path:
        """The ELF file that QEMU runs, built when it is first asked for."""
        return build_elf(self.folder)

    def run(self, inputs: Given) -> np.ndarray:
        """What the emulated program puts out from reset, as a program on this computer."""
        return self.run_items(interface_of(self.summary).items(self.summary, inputs))

    def run_items(self, items: np.ndarray, arguments: Sequence[str] = ()) -> np.ndarray:
        """The same for items as they lie in memory, ``(n,)``; zeros fill up the last frame."""
        entry, kind = self.summary["linux"]["entry"], interface_of(self.summary).result_type(self.summary)
        per_frame = sum(entry["reads"]) // items.itemsize
        results = (4 * entry["returns"] + sum(entry["writes"])) // kind.itemsize
        padded = np.concatenate([items, np.zeros(-len(items) % per_frame, items.dtype)])
        output = np.frombuffer(run_qemu(self.elf, self.target, padded.tobytes(), arguments), kind)
        return output[: -(-len(items) * results // per_frame)]
