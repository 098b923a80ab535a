"""Every tensor of a frame as a program on an emulated chip left it."""

from pathlib import Path

import numpy as np

from ossicle.graph import Graph
from ossicle.platforms.cortexm.build import build_elf
from ossicle.platforms.cortexm.machine import Machine
from ossicle.platforms.platform import emit
from ossicle.programs.interface import INTERFACES
from ossicle.schedule import plan
from ossicle.targets import ChipTarget
from ossicle.targets.variants import with_ample_memory


class TracedMachine:
    """A graph's C on an emulated chip, called frame by frame."""

    def __init__(self, graph: Graph, target: ChipTarget, folder: Path, compiler: str = "zig") -> None:
        self.graph, self._layout = graph, plan(graph, reuse=False, kernels=target.kernels)
        roomy = with_ample_memory(target)
        emit(graph, self._layout, roomy, folder)
        self._machine = Machine(build_elf(folder, compiler), roomy)
        self._state = self._machine.address(f"{graph.name}_state")
        self._machine.call(f"{graph.name}_reset", self._state)
        self._entry = INTERFACES[graph.task.name].entry(graph)

    def process(self, frame: np.ndarray) -> None:
        """Run a frame on the items that it takes."""
        arrays, read = self._machine.free, frame.tobytes()
        addresses, at = [], 0
        for size in self._entry.reads:
            self._machine.write(arrays, read[at : at + size])
            addresses.append(arrays)
            arrays, at = arrays + _aligned(size), at + size
        for size in self._entry.writes:
            addresses.append(arrays)
            arrays += _aligned(size)
        self._machine.call(f"{self.graph.name}_{self._entry.functions[0]}", self._state, *addresses)

    def value(self, name: str) -> np.ndarray:
        """A tensor as the last step left it."""
        buffer = self._layout.buffer(self._layout.fields_of.get(name, name))
        data = self._machine.read(self._state + buffer.offset, buffer.bytes)
        return np.frombuffer(data, self.graph.tensors[name].dtype.numpy).copy()


def _aligned(size: int) -> int:
    return -(-size // 8) * 8
