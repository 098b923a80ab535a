"""Long short-term memory for one frame, in PyTorch's form (gates i, f, g, o; no peepholes).

Inputs ``x, h, c``; outputs the new ``h`` and ``c``::

    i, f, o = sigmoid(W_i* x + b_i* + W_h* h + b_h*)
    g = tanh(W_ig x + b_ig + W_hg h + b_hg)
    c = f * c + i * g
    h = o * tanh(c)

In integer precisions the inputs are ``x``, ``h`` in the type of the product's operand, ``h`` as it is
stored, and ``c``.
"""

from collections.abc import Sequence
from pathlib import Path

from ossicle.graph.operator import Bounds, Matrix, Op, register, require
from ossicle.graph.types import Node, Tensor
from ossicle.numerics.formats import CELL_SCALE, Q15, DType
from ossicle.numerics.functions import GATE_SCALE
from ossicle.ops.lstm.simulate import simulate
from ossicle.ops.recurrent import check_recurrent, recurrent_scratch


def _check(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    check_recurrent(node, 4, inputs, outputs)
    cell = Tensor(inputs[1].size, DType.S32, CELL_SCALE)
    require(not node.integer or inputs[-1] == cell, node, "its cell must be int32 of 20 fraction bits")


def _integer_outputs(
    node: Node, outputs: Sequence[Tensor], wanted: Sequence[DType], bounds: Bounds
) -> tuple[Tensor, ...]:
    size = outputs[0].size
    return Tensor(size, DType.S16, Q15), Tensor(size, DType.S32, CELL_SCALE)


LSTM = register(
    Op(
        "lstm",
        (Matrix("_ih", 0), Matrix("_hh", 1)),
        _check,
        simulate,
        Path(__file__).parent,
        _integer_outputs,
        lambda node, outputs: GATE_SCALE,
        scratch=lambda node: recurrent_scratch(node, 4),
    )
)
