"""Dense layer (:mod:`ossicle.graph.ops.linear`)."""

import numpy as np

from ossicle.graph import Node, Tensor
from ossicle.simulate.numbers import (
    integer_gates,
    integer_matvec,
    matvec,
    sigmoid,
    sigmoid_q15,
    to_half,
)


def linear(
    node: Node, inputs: list[np.ndarray], sources: list[Tensor], outputs: list[Tensor]
) -> list[np.ndarray]:
    """Run one step."""
    if node.integer:
        return [_integer(node, inputs[0], outputs[0])]
    y = matvec(node.constants["weight"], node.constants["bias"], inputs[0])
    activation = node.attributes["activation"]
    if activation == "relu":
        y = np.maximum(y, 0)
    elif activation == "sigmoid":
        y = sigmoid(y)
    return [to_half(y) if node.precision == "fp16" else y]


def _integer(node: Node, x: np.ndarray, output: Tensor) -> np.ndarray:
    if node.attributes["activation"] == "sigmoid":
        mask = sigmoid_q15(integer_gates(node.constants, "", x), 12)
        return np.minimum(mask, 32767).astype(np.int16)
    limits = np.iinfo(output.dtype.numpy)
    low = output.zero_point if node.attributes["activation"] == "relu" else limits.min
    y = integer_matvec(node.constants, "", x) + output.zero_point
    return np.clip(y, low, limits.max).astype(output.dtype.numpy)
