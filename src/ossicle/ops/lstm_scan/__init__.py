"""The layer :mod:`ossicle.ops.lstm` over a sequence that lies within one frame (:mod:`ossicle.ops.scan`)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ossicle.graph.operator import Bounds, Matrix, Op, register
from ossicle.graph.types import Node, Tensor
from ossicle.numerics.formats import DType
from ossicle.numerics.functions import GATE_SCALE
from ossicle.ops.attributes import count_of, rows_of
from ossicle.ops.lower_recurrent import recurrent_products, scan_calls
from ossicle.ops.lstm.simulate import step
from ossicle.ops.recurrent import operands_in_rows, recurrent_axes
from ossicle.ops.scan import check_scan, run_scan, scan_outputs


def _check(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    check_scan(node, 4, inputs, outputs)


def simulate(
    node: Node, inputs: Sequence[np.ndarray], sources: Sequence[Tensor], outputs: Sequence[Tensor]
) -> list[np.ndarray]:
    """Run all steps of a frame."""
    return run_scan(node, step, inputs, outputs)


def _integer_outputs(
    node: Node, outputs: Sequence[Tensor], wanted: Sequence[DType], bounds: Bounds
) -> tuple[Tensor, ...]:
    return scan_outputs(outputs)


LSTM_SCAN = register(
    Op(
        "lstm_scan",
        ("x", "h?", "c?"),
        ("y", "h_next", "c_next"),
        _check,
        simulate,
        Path(__file__).parent,
        scan_calls,
        (Matrix("_ih", "x"), Matrix("_hh", "h_next", seen="y")),
        products=recurrent_products,
        in_place={"h_next": "h", "c_next": "c"},
        recurrent=True,
        integer_outputs=_integer_outputs,
        product_scale=lambda node, outputs: GATE_SCALE,
        weight_reuse=lambda node: rows_of(node) * count_of(node, "steps"),
        im2col=operands_in_rows,
        axes=recurrent_axes,
    )
)
