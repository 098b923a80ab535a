"""Convolution: a dense layer (:mod:`ossicle.ops.dense`) at each output position (``ops/geometry.py``).

The values under the filters are multiplied by the weight ``(filters, taps * channels)``. With ``groups``, a
group of filters reads a group of the channels, and a row of the weight has the columns of these alone. The
results of all filters at one position lie side by side, so that the output is a feature map too, and a dense
layer can read it without a copy.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ossicle.graph.operator import Axes, Matrix, Op, register, require
from ossicle.graph.types import Node, Tensor
from ossicle.ops.conv2d.lower import conv2d_calls, conv2d_products
from ossicle.ops.dense import check_dense, dense, dense_outputs, dense_scale
from ossicle.ops.geometry import ConvolutionGeometry, check_map, flat_map, with_channels
from ossicle.ops.products import by_group


def _check(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    check_dense(node, inputs, outputs)
    geometry = ConvolutionGeometry.of(node)
    rows, columns = node.constants["weight"].shape
    needed = geometry.columns
    require(columns == needed, node, f"weight of {rows} x {columns} does not fit {needed} values of a filter")
    whole = rows % geometry.groups == 0
    require(whole, node, f"its {rows} filters are no {geometry.groups} groups of as many")
    check_map(node, geometry, inputs[0], outputs[0], rows)


def simulate(
    node: Node, inputs: Sequence[np.ndarray], sources: Sequence[Tensor], outputs: Sequence[Tensor]
) -> list[np.ndarray]:
    """Run one frame."""
    operands = ConvolutionGeometry.of(node).im2col_groups(inputs[0], sources[0].zero_point)
    return [flat_map(dense(node, operands, outputs[0], by_group))]


def _im2col(node: Node, values: np.ndarray) -> np.ndarray:
    geometry = ConvolutionGeometry.of(node)
    return geometry.im2col_groups(values).reshape(-1, geometry.groups, geometry.columns).swapaxes(0, 1)


def _axes(node: Node, tensors: Mapping[str, Tensor]) -> Axes | None:
    geometry = ConvolutionGeometry.of(node)
    if geometry.groups > 1:
        return None
    channels, filters = np.arange(geometry.channels), len(node.constants["weight"])
    y = geometry.channels + np.arange(filters)
    return Axes(
        {"x": np.tile(channels, geometry.height * geometry.width), "y": np.tile(y, geometry.positions)},
        {"weight": (y, np.tile(channels, geometry.taps)), "bias": (y,)},
    )


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
        groups=lambda node: ConvolutionGeometry.of(node).groups,
        weight_reuse=lambda node: ConvolutionGeometry.of(node).positions,
        im2col=_im2col,
        axes=_axes,
        narrowed=with_channels,
    )
)
