"""Dense layers, also those that slide over a map (:mod:`ossicle.graph.ops.linear`, ``conv2d``)."""

import numpy as np

from ossicle.graph import Node, Tensor
from ossicle.graph.ops.window import Window
from ossicle.numerics.encoding import to_half
from ossicle.numerics.functions import PREACTIVATION_LIMIT, sigmoid, sigmoid_q15
from ossicle.simulate.products import Product, by_row, integer_product


def linear(
    node: Node, inputs: list[np.ndarray], sources: list[Tensor], outputs: list[Tensor]
) -> list[np.ndarray]:
    """Run one step of a dense layer."""
    return [_dense(node, inputs[0], outputs[0], by_row)]


def conv2d(
    node: Node, inputs: list[np.ndarray], sources: list[Tensor], outputs: list[Tensor]
) -> list[np.ndarray]:
    """Run one step of a convolution."""
    windows = Window.of(node).gather(inputs[0], sources[0].zero_point)
    return [_flat(_dense(node, windows, outputs[0], by_row))]


def depthwise_conv2d(
    node: Node, inputs: list[np.ndarray], sources: list[Tensor], outputs: list[Tensor]
) -> list[np.ndarray]:
    """Run one step of a convolution of each channel alone."""
    windows = Window.of(node).gather(inputs[0], sources[0].zero_point)
    return [_flat(_dense(node, windows, outputs[0], by_channel))]


def by_channel(weight: np.ndarray, windows: np.ndarray) -> np.ndarray:
    """Product of each channel of windows ``(..., points * channels)`` with its row ``(channels, points)``."""
    points = windows.reshape(*windows.shape[:-1], -1, len(weight))
    return np.einsum("...pc,cp->...c", points, weight)


def _flat(maps: np.ndarray) -> np.ndarray:
    return maps.reshape(*maps.shape[:-2], -1)


def _dense(node: Node, x: np.ndarray, output: Tensor, product: Product) -> np.ndarray:
    if node.integer:
        return _integer(node, x, output, product)
    weight, bias = (node.constants[name].astype(np.float32) for name in ("weight", "bias"))
    y = product(weight, x.astype(np.float32)) + bias
    activation = node.attributes["activation"]
    if activation == "relu":
        y = np.maximum(y, 0)
    elif activation == "sigmoid":
        y = sigmoid(y)
    return to_half(y) if node.precision == "fp16" else y


def _integer(node: Node, x: np.ndarray, output: Tensor, product: Product) -> np.ndarray:
    y = integer_product(node.constants, "", x, product)
    if node.attributes["activation"] == "sigmoid":
        mask = sigmoid_q15(np.clip(y, -PREACTIVATION_LIMIT, PREACTIVATION_LIMIT), 12)
        return np.minimum(mask, 32767).astype(np.int16)
    limits = np.iinfo(output.dtype.numpy)
    low = output.zero_point if node.attributes["activation"] == "relu" else limits.min
    return np.clip(y + output.zero_point, low, limits.max).astype(output.dtype.numpy)
