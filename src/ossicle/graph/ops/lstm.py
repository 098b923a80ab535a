"""Long short-term memory, one step, in PyTorch's form (gates i, f, g, o; no peepholes).

Inputs ``x, h, c``; outputs the new ``h`` and ``c``::

    i, f, o = sigmoid(W_i* x + b_i* + W_h* h + b_h*)
    g = tanh(W_ig x + b_ig + W_hg h + b_hg)
    c = f * c + i * g
    h = o * tanh(c)
"""

import math
from collections.abc import Sequence

from ossicle.graph.ops.op import GATE_SCALE, Bounds, Matrix, Op, Signature, check_recurrent, require
from ossicle.graph.types import Q15, DType, Node, Tensor


def _signature(node: Node) -> Signature:
    if node.precision == "w8a8":
        return Signature((DType.S8, DType.S16, DType.S16), (DType.S16, DType.S16))
    kind = {"fp32": DType.F32, "fp16": DType.F16}[node.precision]
    return Signature((kind,) * 3, (kind,) * 2)


def _check_sizes(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    x, hidden, cell = inputs
    check_recurrent(node, 4, x, hidden, [cell, *outputs])
    if hidden.dtype == DType.S16:
        require(hidden.scale == Q15 and hidden.zero_point == 0, node, "its state must be Q15")
        fraction = -math.log2(cell.scale)
        require(
            fraction in range(6, 16) and cell.zero_point == 0,
            node,
            "its cell must have 6 to 15 fraction bits",
        )


def _integer_outputs(node: Node, outputs: Sequence[Tensor], bounds: Bounds) -> tuple[Tensor, ...]:
    size = outputs[0].size
    low, high = bounds[node.outputs[1]]
    return Tensor(size, DType.S16, Q15), Tensor.binary_s16(size, max(-low, high))


def _scratch(node: Node) -> int:
    gates, columns = node.constants["weight_ih"].shape
    hidden = gates // 4
    both_products = 2 * gates * 4
    return both_products + {"fp32": 0, "fp16": 4 * max(columns, hidden), "w8a8": hidden}[node.precision]


LSTM = Op(
    "lstm",
    (Matrix("_ih", 0), Matrix("_hh", 1)),
    _signature,
    _check_sizes,
    _integer_outputs,
    lambda node, outputs: GATE_SCALE,
    _scratch,
)
