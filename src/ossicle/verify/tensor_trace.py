"""Tensor traces: every tensor of a frame as the C left it, from the states that a program wrote out."""

import numpy as np

from ossicle.graph import Graph
from ossicle.schedule import Plan


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
