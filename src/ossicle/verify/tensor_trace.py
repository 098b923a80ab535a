"""Tensor traces: every tensor of a frame as the C left it, on an emulated chip or in a cluster's states."""

from pathlib import Path

import numpy as np

from ossicle.emit import emit
from ossicle.graph import Graph
from ossicle.run.cortexm import build_elf
from ossicle.run.interface import INTERFACES
from ossicle.run.machine import Machine
from ossicle.schedule import Plan, plan
from ossicle.targets import Target
from ossicle.targets.variants import with_ample_memory


class TracedMachine:
    """A graph's C on an emulated chip, called frame by frame."""

    def __init__(self, graph: Graph, target: Target, folder: Path) -> None:
        self.graph, self._layout = graph, plan(graph, reuse=False, kernels=target.kernels)
        roomy = with_ample_memory(target)
        emit(graph, self._layout, roomy, folder)
        self._machine = Machine(build_elf(folder), roomy)
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


class TracedStates:
    """The states that a run left, looked at frame by frame as if it were still running."""

    def __init__(self, graph: Graph, layout: Plan, states: tuple[bytes, ...]) -> None:
        self.graph, self._layout, self._states = graph, layout, states
        self._frame = -1

    def process(self, frame: np.ndarray) -> None:
        """Go on to the state after the next frame."""
        self._frame += 1

    def value(self, name: str) -> np.ndarray:
        """A tensor as that frame left it; zeros before the first one."""
        buffer, tensor = self._layout.buffer(self._layout.fields_of.get(name, name)), self.graph.tensors[name]
        if self._frame < 0:
            return tensor.zeros()
        data = self._states[self._frame][buffer.offset : buffer.offset + buffer.bytes]
        return np.frombuffer(data, tensor.dtype.numpy).copy()


def _aligned(size: int) -> int:
    return -(-size // 8) * 8
