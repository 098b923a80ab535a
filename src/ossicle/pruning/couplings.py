"""What goes together in a graph: an output of a layer with everything that is made of it alone.

A *channel* is such a set of elements of tensors and of places along the axes of constants: a filter's map and
the columns that read it; a hidden unit with its rows of all gates, its state and its columns. Layers whose
outputs are added share their channels. Operators say what goes together within a node (``Op.axes``).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ossicle.graph import Graph, Node
from ossicle.graph.operator import OPS, Axes, Matrix
from ossicle.graph.types import Tensor

STAYS = -1
"""In place of a channel: what can never go."""


@dataclass(frozen=True, eq=False)
class CoupledMatrix:
    """A matrix, and the channel of each of its rows and columns."""

    node: Node
    matrix: Matrix
    rows: np.ndarray
    columns: np.ndarray


@dataclass(frozen=True, eq=False)
class Couplings:
    """The channels of a graph, by the number of each."""

    elements: Mapping[str, np.ndarray]
    """Of each tensor's elements."""
    constants: Mapping[str, Mapping[str, tuple[np.ndarray, ...]]]
    """By node and constant, of the places along each axis."""

    def matrices(self, graph: Graph) -> list[CoupledMatrix]:
        """The matrices of all nodes that know their axes."""
        return [
            CoupledMatrix(node, matrix, *self.constants[node.name][matrix.weight])
            for node in graph.nodes
            for matrix in OPS[node.op].matrices
            if matrix.weight in self.constants[node.name]
        ]


def find_couplings(graph: Graph) -> Couplings:
    """The channels of a graph; what its task gives and takes always stays."""
    ids = _Numbers()
    elements = {name: ids.new(tensor.size) for name, tensor in graph.tensors.items()}
    for name in (*graph.inputs, *graph.outputs):
        ids.join(elements[name], ids.fixed)
    for state in graph.states:
        ids.join(elements[state.input], elements[state.output])
    axes = {node.name: _join_node(ids, elements, graph, node) for node in graph.nodes}
    channel = ids.channels()
    return Couplings(
        {name: channel[of] for name, of in elements.items()},
        {
            node: {name: tuple(channel[of] for of in each) for name, each in constants.items()}
            for node, constants in axes.items()
        },
    )


def _join_node(
    ids: "_Numbers", elements: Mapping[str, np.ndarray], graph: Graph, node: Node
) -> dict[str, tuple[np.ndarray, ...]]:
    """Join what goes together in a node; returns the numbers along the axes of its constants."""
    ports = {**node.inputs, **node.outputs}
    tensors: dict[str, Tensor] = {port: graph.tensors[name] for port, name in ports.items()}
    axes: Axes | None = OPS[node.op].axes(node, tensors)
    if axes is None:
        for name in ports.values():
            ids.join(elements[name], ids.fixed)
        return {}
    along = [of for each in axes.constants.values() for of in each]
    own = ids.new(1 + max(int(of.max(initial=0)) for of in (*axes.ports.values(), *along)))

    def number(of: np.ndarray) -> np.ndarray:
        return np.where(of < 0, ids.fixed, own[of])

    for port, of in axes.ports.items():
        ids.join(elements[ports[port]], number(of))
    return {name: tuple(map(number, each)) for name, each in axes.constants.items()}


def reads_whole_operand(node: Node) -> bool:
    """Whether rows of its matrices share an operand; those of depthwise convolutions have one each."""
    return "matvec" in OPS[node.op].products(node)


class _Numbers:
    """Numbers that are joined until those of a channel are one; number 0 stays."""

    def __init__(self) -> None:
        self.count, self.fixed = 1, np.zeros(1, np.int64)
        self.joined: list[np.ndarray] = []

    def new(self, size: int) -> np.ndarray:
        self.count += size
        return np.arange(self.count - size, self.count)

    def join(self, first: np.ndarray, second: np.ndarray) -> None:
        self.joined.append(np.stack(np.broadcast_arrays(first, second)))

    def channels(self) -> np.ndarray:
        """The least number that each is joined with, at last; :data:`STAYS` where that is 0."""
        first, second = np.concatenate(self.joined, axis=1)
        least = np.arange(self.count)
        while (least[first] != least[second]).any():
            below = np.arange(self.count)
            low = np.minimum(least[first], least[second])
            np.minimum.at(below, least[first], low)
            np.minimum.at(below, least[second], low)
            while (below != below[below]).any():
                below = below[below]
            least = below[least]
        return np.where(least == 0, STAYS, least)
