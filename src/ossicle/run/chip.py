"""A model's program for a Cortex-M chip: its C folder, and its ELF file on the emulator."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ossicle.audio.pcm import as_float, to_pcm16
from ossicle.run.cortexm import build_elf
from ossicle.run.machine import Machine
from ossicle.targets import Target


@dataclass(frozen=True)
class ChipProgram:
    """An emitted C folder for a chip; ``run`` needs the packages of ``ossicle[emulator]``."""

    folder: Path
    target: Target = field(repr=False)
    summary: Mapping[str, Any] = field(repr=False)
    """What ``model.json`` says of it: sizes, front end, memories, plan."""

    @cached_property
    def elf(self) -> Path:
        """The ELF file that goes to the board, built when it is first asked for."""
        return build_elf(self.folder)

    @property
    def sample_rate(self) -> int:
        """Samples a second that the model hears."""
        rate: int = self.summary["sample_rate"]
        return rate

    @property
    def hop(self) -> int:
        """Samples that one run of the network takes."""
        hop: int = self.summary["hop"]
        return hop

    def run(self, signal: np.ndarray) -> np.ndarray:
        """What the emulated chip puts out, from reset, for float samples of -1..1 or int16 ones, ``(n,)``.

        Of a suppressor int16 samples, as many as went in, ``summary["latency_samples"]`` later; of a spotter
        a record for each hop: ``word``, the class that was reported or -1, and ``posteriors``.
        """
        samples = to_pcm16(as_float(signal)).astype("<i2")
        output = Machine(self.elf, self.target).run(samples.tobytes())
        return np.frombuffer(output, result_type(len(self.summary.get("labels", ()))))


def result_type(classes: int) -> np.dtype:
    """What a chip puts out: samples; of a spotter, for each hop the class of a word or -1, and posteriors."""
    if not classes:
        return np.dtype("<i2")
    return np.dtype([("word", "<i4"), ("posteriors", "<f4", (classes,))])
