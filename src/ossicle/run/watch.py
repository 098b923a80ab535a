"""The C on an emulated chip looked at from inside: every tensor of a step."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from ossicle.emit import emit
from ossicle.graph import Graph, Suppression
from ossicle.run.cortexm import build_elf
from ossicle.run.machine import Machine
from ossicle.schedule import plan
from ossicle.targets import Target

ROOM_FOR_CODE, ROOM_FOR_STATE = 1 << 24, 1 << 22
"""Bytes; no chip has more."""


class WatchedMachine:
    """A graph's C on an emulated chip, called hop by hop."""

    def __init__(self, graph: Graph, target: Target, folder: Path) -> None:
        self.graph, self._layout = graph, plan(graph, reuse=False, kernels=target.kernels)
        roomy = with_room(target)
        emit(graph, self._layout, roomy, folder)
        self._machine = Machine(build_elf(folder), roomy)
        self._state = self._machine.address(f"{graph.name}_state")
        self._machine.call(f"{graph.name}_reset", self._state)

    def process(self, hop: np.ndarray) -> None:
        """Run one hop of int16 samples."""
        samples = self._machine.free
        self._machine.write(samples, hop.astype("<i2").tobytes())
        if isinstance(self.graph.task, Suppression):
            self._machine.call(f"{self.graph.name}_process", self._state, samples, samples)
        else:
            posteriors = samples + 2 * self.graph.task.hop
            self._machine.call(f"{self.graph.name}_push", self._state, samples, posteriors)

    def value(self, name: str) -> np.ndarray:
        """A tensor as the last step left it."""
        buffer = self._layout.buffer(self._layout.fields_of.get(name, name))
        data = self._machine.read(self._state + buffer.offset, buffer.bytes)
        return np.frombuffer(data, self.graph.tensors[name].dtype.numpy).copy()


def with_room(target: Target) -> Target:
    """The target with more memory than it has, for what is only to be looked at or timed."""
    memories = (
        replace(target.chip.memory("code"), bytes=ROOM_FOR_CODE),
        replace(target.chip.memory("state"), bytes=ROOM_FOR_STATE),
    )
    return replace(target, chip=replace(target.chip, memories=memories))
