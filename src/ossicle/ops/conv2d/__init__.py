"""Convolution: a dense layer (:mod:`ossicle.ops.dense`) at each output position (``ops/geometry.py``).

The values under the filters are multiplied by the weight ``(filters, taps * channels)``. With ``groups``, a
group of filters reads a group of the channels, and a row of the weight has the columns of these alone. The
results of all filters at one position lie side by side, so that the output is a feature map too, and a dense
layer can read it without a copy.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ossicle.graph.operator import Matrix, Op, register, require
from ossicle.graph.types import Node, Tensor
from ossicle.ops.conv2d.lower import conv2d_calls, conv2d_products
from ossicle.ops.dense import check_dense, dense, dense_outputs, dense_scale
from ossicle.ops.geometry import Window, check_map, flat_map
from ossicle.ops.products import by_group


def _check(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    check_dense(node, inputs, outputs)
    window = Window.of(node)
    rows, columns = node.constants["weight"].shape
    needed = window.columns
    require(columns == needed, node, f"weight of {rows} x {columns} does not fit {needed} values of a window")
    whole = rows % window.groups == 0
    require(whole, node, f"its {rows} filters are no {window.groups} groups of as many")
    check_map(node, window, inputs[0], outputs[0], rows)


def simulate(
    node: Node, inputs: Sequence[np.ndarray], sources: Sequence[Tensor], outputs: Sequence[Tensor]
) -> list[np.ndarray]:
    """Run one step."""
    windows = Window.of(node).gather_groups(inputs[0], sources[0].zero_point)
    return [flat_map(dense(node, windows, outputs[0], by_group))]


def _operand_rows(node: Node, values: np.ndarray) -> np.ndarray:
    window = Window.of(node)
    return window.gather_groups(values).reshape(-1, window.groups, window.columns).swapaxes(0, 1)


CONV2D = register(
    Op(
        "conv2d",
        ("x",),
        ("y",),
        _check,
        simulate,
        Path(__file__).parent,
        conv2d_calls,
        (Matrix("", "x"),),
        products=conv2d_products,
        integer_outputs=dense_outputs,
        product_scale=dense_scale,
        groups=lambda node: Window.of(node).groups,
        uses=lambda node: Window.of(node).positions,
        operand_rows=_operand_rows,
    )
)
