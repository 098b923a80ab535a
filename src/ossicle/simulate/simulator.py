"""Execution frame by frame with the state carried along."""

from collections.abc import Sequence

import numpy as np

from ossicle.graph import Graph, Node
from ossicle.graph.operator import OPS


class Simulator:
    """Runs a graph frame by frame, of one stream or of ``streams`` side by side.

    It gives the bits of the C, but for layers with float weights: these add up in an order of their own, so
    that they agree with the C up to rounding only.
    """

    def __init__(self, graph: Graph, streams: int | None = None) -> None:
        self.graph = graph
        self.leading = () if streams is None else (streams,)
        self.reset()

    def reset(self) -> None:
        """Set all states to the codes of zero."""
        tensors = self.graph.tensors
        self.state = {state.input: tensors[state.input].zeros(*self.leading) for state in self.graph.states}

    def step(self, *inputs: np.ndarray) -> list[np.ndarray]:
        """Run one frame on the graph's inputs; returns its outputs.

        Each is float32 of shape ``(size,)`` or ``(streams, size)``.
        """
        values = self.trace(*inputs)
        return [values[name] for name in self.graph.outputs]

    def trace(self, *inputs: np.ndarray) -> dict[str, np.ndarray]:
        """Run one frame on the graph's inputs; returns every tensor of the frame by name."""
        given = zip(self.graph.inputs, inputs, strict=True)
        values = {name: value.astype(np.float32) for name, value in given} | self.state
        for node in self.graph.nodes:
            results = self.run(node, [values[name] for name in node.inputs.values()])
            values.update(zip(node.outputs.values(), results, strict=True))
        self.state = {state.input: values[state.output] for state in self.graph.states}
        return values

    def run(self, node: Node, inputs: Sequence[np.ndarray]) -> Sequence[np.ndarray]:
        """Run one node of the graph on the values at its input ports; returns those at its output ports."""
        sources, outputs = self.graph.tensors_of(node.inputs), self.graph.tensors_of(node.outputs)
        return OPS[node.op].simulate(node, inputs, sources, outputs)
