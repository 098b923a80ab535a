"""Convolutions over a map: a dense layer at each window (:class:`Window`).

``conv2d`` multiplies all values of a window by its weight ``(filters, points * channels)``, and
``depthwise_conv2d`` those of each channel by the channel's row of its weight ``(channels, points)``. The
filters' results at one window lie side by side, so that the output is a map again, and that to flatten it for
a dense layer is to do nothing. Activations and precisions are those of a dense layer.
"""

from collections.abc import Sequence

import numpy as np

from ossicle.graph.ops.linear import check_dense, dense_outputs, dense_scale, dense_scratch
from ossicle.graph.ops.op import Matrix, Op, require
from ossicle.graph.ops.window import Window, check_map
from ossicle.graph.types import Node, Tensor


def _check(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    check_dense(node, inputs, outputs)
    window = Window.of(node)
    rows, columns = node.constants["weight"].shape
    needed = window.points * window.channels
    require(columns == needed, node, f"weight of {rows} x {columns} does not fit {needed} values of a window")
    check_map(node, window, inputs[0], outputs[0], rows)


def _check_depthwise(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    check_dense(node, inputs, outputs)
    window = Window.of(node)
    shape = node.constants["weight"].shape
    require(
        shape == (window.channels, window.points),
        node,
        f"weight of {shape} does not fit {window.channels} channels of windows of {window.points} points",
    )
    check_map(node, window, inputs[0], outputs[0], window.channels)


def window_scratch(node: Node) -> int:
    """Bytes that the values of a window take where they have to be gathered first, in whole words."""
    window = Window.of(node)
    size = window.points * window.channels * node.product(0).operand.numpy.itemsize
    return 0 if window.contiguous else -(-size // 4) * 4


def _scratch(node: Node) -> int:
    return window_scratch(node) + dense_scratch(node)


def _depthwise_scratch(node: Node) -> int:
    return 4 * node.constants["bias"].size if node.integer else 0


def _uses(node: Node) -> int:
    return Window.of(node).positions


def _operand_rows(node: Node, values: np.ndarray) -> np.ndarray:
    window = Window.of(node)
    return window.gather(values).reshape(1, -1, window.points * window.channels)


def _depthwise_operand_rows(node: Node, values: np.ndarray) -> np.ndarray:
    window = Window.of(node)
    return window.gather(values).reshape(-1, window.points, window.channels).transpose(2, 0, 1)


CONV2D = Op(
    "conv2d",
    (Matrix("", 0),),
    _check,
    dense_outputs,
    dense_scale,
    scratch=_scratch,
    uses=_uses,
    operand_rows=_operand_rows,
)
DEPTHWISE_CONV2D = Op(
    "depthwise_conv2d",
    (Matrix("", 0),),
    _check_depthwise,
    dense_outputs,
    dense_scale,
    scratch=_depthwise_scratch,
    uses=_uses,
    operand_rows=_depthwise_operand_rows,
)
