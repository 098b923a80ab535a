"""Gated recurrent unit, one step, in PyTorch's form (gates r, z, n; the reset gate after the product).

Inputs ``x, h``; output the new ``h``::

    r = sigmoid(W_ir x + b_ir + W_hr h + b_hr)
    z = sigmoid(W_iz x + b_iz + W_hz h + b_hz)
    n = tanh(W_in x + b_in + r * (W_hn h + b_hn))
    h = (1 - z) * n + z * h
"""

from collections.abc import Sequence

from ossicle.graph.ops.op import GATE_SCALE, Bounds, Matrix, Op, Signature, check_recurrent, require
from ossicle.graph.types import Q15, DType, Node, Tensor


def _signature(node: Node) -> Signature:
    if node.precision == "w8a8":
        return Signature((DType.S8, DType.S16), (DType.S16,))
    kind = {"fp32": DType.F32, "fp16": DType.F16}[node.precision]
    return Signature((kind, kind), (kind,))


def _check_sizes(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    x, hidden = inputs
    check_recurrent(node, 3, x, hidden, outputs)
    if hidden.dtype == DType.S16:
        require(hidden.scale == Q15 and hidden.zero_point == 0, node, "its state must be Q15")


def _integer_outputs(node: Node, outputs: Sequence[Tensor], bounds: Bounds) -> tuple[Tensor, ...]:
    return (Tensor(outputs[0].size, DType.S16, Q15),)


def _scratch(node: Node) -> int:
    gates, columns = node.constants["weight_ih"].shape
    hidden = gates // 3
    both_products = 2 * gates * 4
    return both_products + {"fp32": 0, "fp16": 4 * max(columns, hidden), "w8a8": hidden}[node.precision]


GRU = Op(
    "gru",
    (Matrix("_ih", 0), Matrix("_hh", 1)),
    _signature,
    _check_sizes,
    _integer_outputs,
    lambda node, outputs: GATE_SCALE,
    _scratch,
)
