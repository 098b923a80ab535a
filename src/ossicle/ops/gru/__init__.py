"""Gated recurrent unit for one frame, in PyTorch's form (gates r, z, n; the reset gate after the product).

Inputs ``x, h``; output the new ``h``::

    r = sigmoid(W_ir x + b_ir + W_hr h + b_hr)
    z = sigmoid(W_iz x + b_iz + W_hz h + b_hz)
    n = tanh(W_in x + b_in + r * (W_hn h + b_hn))
    h = (1 - z) * n + z * h

In integer precisions the inputs are ``x``, ``h`` in the type of the product's operand, and ``h`` as
it is stored.
"""

from collections.abc import Sequence
from pathlib import Path

from ossicle.graph.operator import Bounds, Matrix, Op, register
from ossicle.graph.types import Node, Tensor
from ossicle.numerics.formats import Q15, DType
from ossicle.numerics.functions import GATE_SCALE
from ossicle.ops.gru.simulate import simulate
from ossicle.ops.recurrent import check_recurrent, recurrent_scratch


def _check(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    check_recurrent(node, 3, inputs, outputs)


def _integer_outputs(
    node: Node, outputs: Sequence[Tensor], wanted: Sequence[DType], bounds: Bounds
) -> tuple[Tensor, ...]:
    return (Tensor(outputs[0].size, DType.S16, Q15),)


GRU = register(
    Op(
        "gru",
        (Matrix("_ih", 0), Matrix("_hh", 1)),
        _check,
        simulate,
        Path(__file__).parent,
        _integer_outputs,
        lambda node, outputs: GATE_SCALE,
        scratch=lambda node: recurrent_scratch(node, 3),
    )
)
