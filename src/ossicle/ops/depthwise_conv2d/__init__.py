"""Convolution of each channel of a feature map on its own, otherwise like :mod:`ossicle.ops.conv2d`.

At each output position, the values of a channel under its filter are multiplied by the channel's row of the
weight ``(channels, taps)``.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ossicle.graph.operator import Axes, Matrix, Op, register, require
from ossicle.graph.types import Node, Tensor
from ossicle.ops.dense import check_dense, dense, dense_outputs, dense_scale
from ossicle.ops.depthwise_conv2d.lower import depthwise_calls
from ossicle.ops.geometry import ConvolutionGeometry, check_map, flat_map, map_axes, with_channels


def _check(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    check_dense(node, inputs, outputs)
    geometry = ConvolutionGeometry.of(node)
    require(geometry.groups == 1, node, "each of its channels is a group already")
    shape = node.constants["weight"].shape
    require(
        shape == (geometry.channels, geometry.taps),
        node,
        f"weight of {shape} does not fit {geometry.channels} channels of filters of {geometry.taps} taps",
    )
    check_map(node, geometry, inputs[0], outputs[0], geometry.channels)


def simulate(
    node: Node, inputs: Sequence[np.ndarray], sources: Sequence[Tensor], outputs: Sequence[Tensor]
) -> list[np.ndarray]:
    """Run one frame."""
    operands = ConvolutionGeometry.of(node).im2col(inputs[0], sources[0].zero_point)
    return [flat_map(dense(node, operands, outputs[0], by_channel))]


def by_channel(weight: np.ndarray, operands: np.ndarray) -> np.ndarray:
    """Product of each channel of operands ``(..., taps * channels)`` with its row ``(channels, taps)``."""
    taps = operands.reshape(*operands.shape[:-1], -1, len(weight))
    sums: np.ndarray = np.einsum("...pc,cp->...c", taps, weight)
    return sums


def _im2col(node: Node, values: np.ndarray) -> np.ndarray:
    geometry = ConvolutionGeometry.of(node)
    return geometry.im2col(values).reshape(-1, geometry.taps, geometry.channels).transpose(2, 0, 1)


def _axes(node: Node, tensors: Mapping[str, Tensor]) -> Axes:
    weight, bias = node.constants["weight"], np.arange(len(node.constants["bias"]))
    return Axes(
        map_axes(node, tensors).ports, {"weight": (bias, np.full(weight.shape[1], -1)), "bias": (bias,)}
    )


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
        weight_reuse=lambda node: ConvolutionGeometry.of(node).positions,
        im2col=_im2col,
        axes=_axes,
        narrowed=with_channels,
    )
)
