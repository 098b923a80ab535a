"""Step-by-step execution with the state carried along."""

import numpy as np

from ossicle.graph import Graph, Node
from ossicle.graph.operator import OPS


class Simulator:
    """Runs a graph frame by frame, of one stream or of ``streams`` side by side.

    Integer nodes give the bits of the C. Float nodes accumulate in float32 in an order of their own, so that
    they agree with the C up to rounding only.
    """

    def __init__(self, graph: Graph, streams: int | None = None) -> None:
        self.graph = graph
        self.leading = () if streams is None else (streams,)
        self.reset()

    def reset(self) -> None:
        """Set all states to zero."""
        tensors = self.graph.tensors
        self.state = {
            state.input: np.zeros(
                (*self.leading, tensors[state.input].size), tensors[state.input].dtype.numpy
            )
            for state in self.graph.states
        }

    def step(self, frame: np.ndarray) -> np.ndarray:
        """Run one frame, float32 of shape ``(inputs,)`` or ``(streams, inputs)``; returns the output so."""
        return self.trace(frame)[self.graph.output]

    def trace(self, frame: np.ndarray) -> dict[str, np.ndarray]:
        """Run one frame; returns every tensor of the step by name."""
        values = {self.graph.input: frame.astype(np.float32), **self.state}
        for node in self.graph.nodes:
            results = self.run(node, [values[name] for name in node.inputs])
            values.update(zip(node.outputs, results, strict=True))
        self.state = {state.input: values[state.output] for state in self.graph.states}
        return values

    def run(self, node: Node, inputs: list[np.ndarray]) -> list[np.ndarray]:
        """Run one node of the graph on given inputs."""
        tensors = self.graph.tensors
        outputs = [tensors[name] for name in node.outputs]
        sources = [tensors[name] for name in node.inputs]
        return OPS[node.op].simulate(node, inputs, sources, outputs)
