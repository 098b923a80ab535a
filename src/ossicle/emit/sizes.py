"""Bytes of a model's constants, and how the C holds them."""

import numpy as np

from ossicle.emit.packing import pack, pack_depthwise
from ossicle.emit.tables import tables
from ossicle.graph import Graph, Node
from ossicle.graph.operator import OPS
from ossicle.schedule.plan import TANH_TABLE_BYTES


def weight_bytes(graph: Graph, packing: str = "rows") -> int:
    """Bytes of all the constants of the nodes, biases and fixed-point factors included."""
    return sum(node_bytes(node, packing) for node in graph.nodes)


def node_bytes(node: Node, packing: str = "rows") -> int:
    """Bytes of the constants of one node."""
    return sum(array.nbytes for array in stored_constants(node, packing).values())


def table_bytes(graph: Graph) -> int:
    """Bytes of the task's tables and of the table of tanh."""
    return sum(array.nbytes for array in tables(graph.task).values()) + TANH_TABLE_BYTES


def stored_constants(node: Node, packing: str = "rows") -> dict[str, np.ndarray]:
    """The constants of a node as the C holds them, integer weights in one of :data:`PACKINGS`."""
    stored = dict(node.constants)
    for index, matrix in enumerate(OPS[node.op].matrices):
        weight, precision = stored[matrix.weight], node.product(index)
        if node.op == "depthwise_conv2d":
            stored[matrix.weight] = pack_depthwise(weight, precision, packing)
        elif node.integer:
            stored[matrix.weight] = pack(weight, precision, packing)
    return stored
