"""Long short-term memory for one frame, in PyTorch's form (gates i, f, g, o; no peepholes).

Inputs ``x``, ``h``, ``c`` and ``h_operand``, which is ``h`` as its product reads it; outputs ``h_next`` and
``c_next``::

    i, f, o = sigmoid(W_i* x + b_i* + W_h* h + b_h*)
    g = tanh(W_ig x + b_ig + W_hg h + b_hg)
    c_next = f * c + i * g
    h_next = o * tanh(c_next)

In float precisions the product reads ``h`` itself. With the attribute ``rows``, so many inputs pass through
the layer side by side (:mod:`ossicle.ops.recurrent`).
"""

from collections.abc import Sequence
from pathlib import Path

from ossicle.graph.operator import Bounds, Matrix, Op, register, require
from ossicle.graph.types import Node, Tensor
from ossicle.numerics.formats import CELL_SCALE, Q15, DType
from ossicle.numerics.functions import GATE_SCALE
from ossicle.ops.attributes import rows_of
from ossicle.ops.lower_recurrent import recurrent_calls, recurrent_products, recurrent_products_of_streams
from ossicle.ops.lstm.simulate import simulate
from ossicle.ops.recurrent import check_recurrent, operands_in_rows, recurrent_axes


def _check(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    check_recurrent(node, 4, inputs, outputs)
    cell = inputs[-1]
    fits = cell == Tensor(cell.shape, DType.S32, CELL_SCALE)
    require(not node.integer or fits, node, "its cell must be int32 of 20 fraction bits")


def _integer_outputs(
    node: Node, outputs: Sequence[Tensor], required: Sequence[DType], bounds: Bounds
) -> tuple[Tensor, ...]:
    hidden, cell = outputs
    return Tensor(hidden.shape, DType.S16, Q15), Tensor(cell.shape, DType.S32, CELL_SCALE)


LSTM = register(
    Op(
        "lstm",
        ("x", "h_operand", "h", "c"),
        ("h_next", "c_next"),
        _check,
        simulate,
        Path(__file__).parent,
        recurrent_calls,
        (Matrix("_ih", "x"), Matrix("_hh", "h_operand")),
        products=recurrent_products,
        products_of_streams=recurrent_products_of_streams,
        in_place={"h_next": "h", "c_next": "c"},
        recurrent=True,
        weight_reuse=rows_of,
        im2col=operands_in_rows,
        axes=recurrent_axes,
        integer_outputs=_integer_outputs,
        product_scale=lambda node, outputs: GATE_SCALE,
    )
)
