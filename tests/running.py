"""The running C, looked at from inside and compared with the simulation."""

import numpy as np

from ossicle.graph import Graph
from ossicle.metrics.signal import snr
from ossicle.platforms.host.build import build
from ossicle.platforms.platform import emit
from ossicle.schedule import plan
from ossicle.simulate import Simulator
from ossicle.targets import Target, load_target
from ossicle.verify.node_check import SQNR_BOUNDS_DB, exact, whole_frames


class TracedProgram:
    """A stream of a graph's C whose buffers all keep their values after a frame."""

    def __init__(self, graph: Graph, folder, host: Target | None = None) -> None:
        host = host or load_target("host")
        self.graph, self.layout = graph, plan(graph, reuse=False, kernels=host.kernels)
        emit(graph, self.layout, host, folder)
        self.stream = build(folder).open()
        self.step = self.stream.feed

    def value(self, name: str) -> np.ndarray:
        """A tensor as the last frame left it."""
        buffer = self.layout.buffer(self.layout.fields_of.get(name, name))
        data = self.stream.state.view(np.uint8)[buffer.offset :][: buffer.bytes]
        return data.view(self.graph.tensors[name].dtype.numpy).copy()


def compare_nodes(graph: Graph, folder, signal: np.ndarray, host: Target | None = None) -> int:
    """Simulate each node on the very inputs that the C gave it; returns how many results were exact.

    Results have to agree bit for bit, but for those of products in floats, which are within their bounds.
    """
    traced, simulator, equal = TracedProgram(graph, folder, host), Simulator(graph), 0
    for number, frame in enumerate(whole_frames(signal, graph.task.frame_items)):
        before = {state.input: traced.value(state.input) for state in graph.states}
        traced.step(frame)
        if number < graph.task.lead:
            continue
        for node in graph.nodes:
            inputs = [before[name] if name in before else traced.value(name) for name in node.inputs.values()]
            for name, expected in zip(node.outputs.values(), simulator.run(node, inputs), strict=True):
                found = traced.value(name)
                dtype = graph.tensors[name].dtype
                if exact(node, dtype):
                    np.testing.assert_array_equal(found, expected, err_msg=f"{node.name} {name}")
                    equal += 1
                elif np.abs(expected).max() > 1e-3:
                    assert snr(found, expected) > SQNR_BOUNDS_DB[dtype], node.name
    return equal


def compare_masks(graph: Graph, folder, signal: np.ndarray, host: Target | None = None) -> None:
    """Run a signal through the C and its magnitudes through the simulation: the masks have to be the same.

    Only graphs all of whose nodes are integer can do that: in others floats drift apart.
    """
    traced, simulator = TracedProgram(graph, folder, host), Simulator(graph)
    for frame in whole_frames(signal, graph.task.frame_items):
        traced.step(frame)
        masks = simulator.step(*(traced.value(name) for name in graph.inputs))
        for name, mask in zip(graph.outputs, masks, strict=True):
            np.testing.assert_array_equal(traced.value(name), mask)
