"""Tensor traces: every tensor of a frame as the C left it, on an emulated chip or in a cluster's states."""

from pathlib import Path

import numpy as np

from ossicle.emit import emit
from ossicle.graph import Graph, Suppression
from ossicle.run.cortexm import build_elf
from ossicle.run.machine import Machine
from ossicle.schedule import Plan, plan
from ossicle.targets import Target
from ossicle.targets.variants import with_ample_memory


class TracedMachine:
    """A graph's C on an emulated chip, called hop by hop."""

    def __init__(self, graph: Graph, target: Target, folder: Path) -> None:
        self.graph, self._layout = graph, plan(graph, reuse=False, kernels=target.kernels)
        roomy = with_ample_memory(target)
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


class TracedStates:
    """The states that a run left, looked at hop by hop as if it were still running."""

    def __init__(self, graph: Graph, layout: Plan, states: tuple[bytes, ...]) -> None:
        self.graph, self._layout, self._states = graph, layout, states
        self._hop = -1

    def process(self, hop: np.ndarray) -> None:
        """Go on to the state after the next hop."""
        self._hop += 1

    def value(self, name: str) -> np.ndarray:
        """A tensor as that hop left it; zeros before the first one."""
        buffer, dtype = (
            self._layout.buffer(self._layout.fields_of.get(name, name)),
            self.graph.tensors[name].dtype.numpy,
        )
        if self._hop < 0:
            return np.zeros(buffer.count, dtype)
        data = self._states[self._hop][buffer.offset : buffer.offset + buffer.bytes]
        return np.frombuffer(data, dtype).copy()
