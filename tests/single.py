"""Graphs of a few nodes under test, whose C is run and compared with the simulation node by node."""

from collections.abc import Mapping, Sequence

import numpy as np
from running import TracedProgram

from ossicle.graph import Graph, Node, State, Tensor, check
from ossicle.numerics.formats import DType
from ossicle.simulate import Simulator
from ossicle.tasks.frames.record import Frames


def graph_of(
    nodes: Sequence[Node],
    tensors: Mapping[str, Tensor],
    inputs: Sequence[str],
    states: Sequence[State] = (),
) -> Graph:
    """Nodes with inputs and outputs of any types, and conversions from and to floats around them.

    The outputs are all that no node reads.
    """
    read = {name for node in nodes for name in node.inputs.values()}
    ends = [name for node in nodes for name in node.outputs.values() if name not in read]
    known = dict(tensors)

    def convert(source: str, target: str, tensor: Tensor) -> Node:
        known[target] = tensor
        return Node("convert", f"to_{target}", {"x": source}, {"y": target})

    before, after, first, last = [], [], [], []
    for name in inputs:
        tensor = tensors[name]
        first.append(name if tensor.dtype == DType.F32 else f"{name}_in")
        if tensor.dtype != DType.F32:
            known[first[-1]] = Tensor(tensor.shape)
            before.append(convert(first[-1], name, tensor))
    for name in ends:
        tensor = tensors[name]
        last.append(name if tensor.dtype == DType.F32 else f"{name}_out")
        if tensor.dtype != DType.F32:
            after.append(convert(name, last[-1], Tensor(tensor.shape)))
    graph = Graph("few", Frames(), tuple(first), tuple(last), tuple(states), known, (*before, *nodes, *after))
    check(graph)
    return graph


def run_both(graph: Graph, folder, frames: Sequence[Sequence[np.ndarray]]):
    """Tensors of each frame as the C has them, and each node simulated on the inputs that it had in the C."""
    traced, simulator = TracedProgram(graph, folder), Simulator(graph)
    for arrays in frames:
        traced.stream.step(*(np.asarray(array, np.float32) for array in arrays))
        found = {name: traced.value(name) for name in graph.tensors}
        expected = {}
        for node in graph.nodes:
            results = simulator.run(node, [found[name] for name in node.inputs.values()])
            expected |= zip(node.outputs.values(), results, strict=True)
        yield found, expected
