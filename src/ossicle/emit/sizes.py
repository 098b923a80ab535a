"""Bytes of a model's constants, and how the C holds them."""

import numpy as np

from ossicle.emit.tables import tables
from ossicle.graph import Graph, Node
from ossicle.graph.ops import OPS

TANH_TABLE_BYTES = 2 * 513


def weight_bytes(graph: Graph) -> int:
    """Bytes of all the constants of the nodes, biases and fixed-point factors included."""
    return sum(node_bytes(node) for node in graph.nodes)


def node_bytes(node: Node) -> int:
    """Bytes of the constants of one node."""
    return sum(array.nbytes for array in stored_constants(node).values())


def table_bytes(graph: Graph) -> int:
    """Bytes of the task's tables and of the table of tanh."""
    return sum(array.nbytes for array in tables(graph.task).values()) + TANH_TABLE_BYTES


def stored_constants(node: Node) -> dict[str, np.ndarray]:
    """The constants of a node as the C holds them: weights of four bits in pairs, the first one lower.

    A row of odd length ends with a zero.
    """
    stored = dict(node.constants)
    for index, matrix in enumerate(OPS[node.op].matrices):
        if node.product(index).weight_bits == 4:
            weight = stored[matrix.weight]
            even = np.pad(weight, ((0, 0), (0, weight.shape[1] % 2))).view(np.uint8) & 15
            stored[matrix.weight] = even[:, ::2] | (even[:, 1::2] << 4)
    return stored
