"""Convolution of each channel of a feature map on its own, otherwise like :mod:`ossicle.ops.conv2d`.

At each output position, the values of a channel under its filter are multiplied by the channel's row of the
weight ``(channels, taps)``.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ossicle.graph.operator import Matrix, Op, register, require
from ossicle.graph.types import Node, Tensor
from ossicle.ops.dense import check_dense, dense, dense_outputs, dense_scale
from ossicle.ops.depthwise_conv2d.lower import depthwise_calls
from ossicle.ops.geometry import Window, check_map, flat_map


def _check(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    check_dense(node, inputs, outputs)
    window = Window.of(node)
    require(window.groups == 1, node, "each of its channels is a group already")
    shape = node.constants["weight"].shape
    require(
        shape == (window.channels, window.points),
        node,
        f"weight of {shape} does not fit {window.channels} channels of windows of {window.points} points",
    )
    check_map(node, window, inputs[0], outputs[0], window.channels)


def simulate(
    node: Node, inputs: Sequence[np.ndarray], sources: Sequence[Tensor], outputs: Sequence[Tensor]
) -> list[np.ndarray]:
    """Run one step."""
    windows = Window.of(node).gather(inputs[0], sources[0].zero_point)
    return [flat_map(dense(node, windows, outputs[0], by_channel))]


def by_channel(weight: np.ndarray, windows: np.ndarray) -> np.ndarray:
    """Product of each channel of windows ``(..., points * channels)`` with its row ``(channels, points)``."""
    points = windows.reshape(*windows.shape[:-1], -1, len(weight))
    sums: np.ndarray = np.einsum("...pc,cp->...c", points, weight)
    return sums


def _operand_rows(node: Node, values: np.ndarray) -> np.ndarray:
    window = Window.of(node)
    return window.gather(values).reshape(-1, window.points, window.channels).transpose(2, 0, 1)


DEPTHWISE_CONV2D = register(
    Op(
        "depthwise_conv2d",
        ("x",),
        ("y",),
        _check,
        simulate,
        Path(__file__).parent,
        depthwise_calls,
        (Matrix("", "x"),),
        products=lambda node: ("depthwise",),
        integer_outputs=dense_outputs,
        product_scale=dense_scale,
        uses=lambda node: Window.of(node).positions,
        operand_rows=_operand_rows,
    )
)
