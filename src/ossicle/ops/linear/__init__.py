"""Dense layer (:mod:`ossicle.ops.dense`): its weight is ``(outputs, inputs)``."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ossicle.graph.operator import Axes, Matrix, Op, register, require
from ossicle.graph.types import Node, Tensor
from ossicle.ops.dense import check_dense, dense, dense_outputs, dense_scale
from ossicle.ops.lower_dense import linear_calls
from ossicle.ops.products import by_row


def _check(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    check_dense(node, inputs, outputs)
    rows, columns = node.constants["weight"].shape
    require(
        (rows, columns) == (outputs[0].size, inputs[0].size),
        node,
        f"weight of {rows} x {columns} does not fit {inputs[0].size} inputs and {outputs[0].size} outputs",
    )


def simulate(
    node: Node, inputs: Sequence[np.ndarray], sources: Sequence[Tensor], outputs: Sequence[Tensor]
) -> list[np.ndarray]:
    """Run one frame."""
    return [dense(node, inputs[0], outputs[0], by_row)]


def _axes(node: Node, tensors: Mapping[str, Tensor]) -> Axes:
    rows, columns = node.constants["weight"].shape
    x, y = np.arange(columns), columns + np.arange(rows)
    return Axes({"x": x, "y": y}, {"weight": (y, x), "bias": (y,)})


LINEAR = register(
    Op(
        "linear",
        ("x",),
        ("y",),
        _check,
        simulate,
        Path(__file__).parent,
        linear_calls,
        (Matrix("", "x"),),
        products=lambda node: ("linear", "matvec_tall_blocks", "matvec_blocks", "matvec"),
        products_of_streams=lambda node: ("linear_positions", "matmat"),
        integer_outputs=dense_outputs,
        product_scale=dense_scale,
        axes=_axes,
    )
)
