"""Gated recurrent unit for one frame, in PyTorch's form (gates r, z, n; the reset gate after the product).

Inputs ``x``, ``h`` and ``h_operand``, which is ``h`` as its product reads it; output ``h_next``::

    r = sigmoid(W_ir x + b_ir + W_hr h + b_hr)
    z = sigmoid(W_iz x + b_iz + W_hz h + b_hz)
    n = tanh(W_in x + b_in + r * (W_hn h + b_hn))
    h_next = (1 - z) * n + z * h

In float precisions the product reads ``h`` itself. With the attribute ``rows``, so many inputs pass through
the layer side by side (:mod:`ossicle.ops.recurrent`).
"""

from collections.abc import Sequence
from pathlib import Path

from ossicle.graph.operator import Bounds, Matrix, Op, register
from ossicle.graph.types import Node, Tensor
from ossicle.numerics.formats import Q15, DType
from ossicle.numerics.functions import GATE_SCALE
from ossicle.ops.attributes import rows_of
from ossicle.ops.gru.simulate import simulate
from ossicle.ops.lower_recurrent import recurrent_calls, recurrent_products, recurrent_products_of_streams
from ossicle.ops.recurrent import check_recurrent, operands_in_rows, recurrent_axes


def _check(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    check_recurrent(node, 3, inputs, outputs)


def _integer_outputs(
    node: Node, outputs: Sequence[Tensor], required: Sequence[DType], bounds: Bounds
) -> tuple[Tensor, ...]:
    return (Tensor(outputs[0].shape, DType.S16, Q15),)


GRU = register(
    Op(
        "gru",
        ("x", "h_operand", "h"),
        ("h_next",),
        _check,
        simulate,
        Path(__file__).parent,
        recurrent_calls,
        (Matrix("_ih", "x"), Matrix("_hh", "h_operand")),
        products=recurrent_products,
        products_of_streams=recurrent_products_of_streams,
        in_place={"h_next": "h"},
        recurrent=True,
        weight_reuse=rows_of,
        im2col=operands_in_rows,
        axes=recurrent_axes,
        integer_outputs=_integer_outputs,
        product_scale=lambda node, outputs: GATE_SCALE,
    )
)
