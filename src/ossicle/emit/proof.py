"""Proof that no integer accumulator can overflow."""

import numpy as np

from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.graph.operator import OPS
from ossicle.quantization.integer import LARGEST_OPERAND


def prove_accumulators(graph: Graph) -> int:
    """Return the largest magnitude that any int32 accumulator can reach, over all inputs and partial sums.

    Raises :class:`OssicleError` where it is more than an int32 holds.
    """
    largest = 0
    for node in graph.nodes:
        if not node.integer:
            continue
        for index, matrix in enumerate(OPS[node.op].matrices):
            weight, bias = node.constants[matrix.weight], node.constants[matrix.bias]
            operand = LARGEST_OPERAND[node.product(index).operand]
            reach = np.abs(weight, dtype=np.int64).sum(axis=1) * operand + np.abs(bias, dtype=np.int64)
            largest = max(largest, int(reach.max()))
            if largest >= 2**31:
                raise OssicleError(
                    f"the accumulator of node {node.name!r} can reach {largest}, more than an int32 holds; "
                    "use fp16 for this layer"
                )
    return largest
