"""Gated recurrent unit, one step, in PyTorch's form (gates r, z, n; the reset gate after the product).

Inputs ``x, h``; output the new ``h``::

    r = sigmoid(W_ir x + b_ir + W_hr h + b_hr)
    z = sigmoid(W_iz x + b_iz + W_hz h + b_hz)
    n = tanh(W_in x + b_in + r * (W_hn h + b_hn))
    h = (1 - z) * n + z * h

In integer precisions the inputs are ``x``, ``h`` as the operand of its product, and ``h``.
"""

from collections.abc import Sequence

from ossicle.graph.ops.op import Bounds, Matrix, Op, check_recurrent
from ossicle.graph.types import Node, Tensor
from ossicle.numerics.formats import Q15, DType
from ossicle.numerics.functions import GATE_SCALE


def _check(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    check_recurrent(node, 3, inputs, outputs)


def _integer_outputs(
    node: Node, outputs: Sequence[Tensor], wanted: Sequence[DType], bounds: Bounds
) -> tuple[Tensor, ...]:
    return (Tensor(outputs[0].size, DType.S16, Q15),)


def _scratch(node: Node) -> int:
    gates, columns = node.constants["weight_ih"].shape
    widened = max(columns, gates // 3) if node.precision == "fp16" else 0
    return 4 * (2 * gates + widened)


GRU = Op(
    "gru",
    (Matrix("_ih", 0), Matrix("_hh", 1)),
    _check,
    _integer_outputs,
    lambda node, outputs: GATE_SCALE,
    scratch=_scratch,
)
