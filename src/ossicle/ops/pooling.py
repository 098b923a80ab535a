"""The mean or the largest value of each channel in each window (:class:`Window`), without padding.

It works in the type of its input, f32, int8 or int16, and its output has the same scale.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ossicle.graph.operator import Bounds, require
from ossicle.graph.types import Node, Tensor
from ossicle.kernels import Call, Calls, Input, Kernels, Output, Product
from ossicle.kernels.calls import Value
from ossicle.numerics.fixed_point import Rounding
from ossicle.numerics.formats import DType
from ossicle.ops.geometry import Window, check_map

TYPES = (DType.F32, DType.S8, DType.S16)
LARGEST_WINDOW = 2**15
"""Points of a window whose sum of int16 an int32 holds."""


def check_pool(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    """Raise where a node is no pooling of a map."""
    window, source = Window.of(node), inputs[0]
    require(not window.padded, node, "its windows reach over the edge of the map")
    plain = window.dilation_height == window.dilation_width == window.groups == 1
    require(plain, node, "a pooling has no dilation and no groups")
    require(window.points <= LARGEST_WINDOW, node, f"its windows have more than {LARGEST_WINDOW} points")
    require(source.dtype in TYPES, node, f"it cannot pool {source.dtype}")
    check_map(node, window, source, outputs[0], window.channels)
    same = outputs[0] == replace(source, shape=outputs[0].shape)
    require(same, node, "its output has another type than its input")


def pooled_tensor(
    node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor], bounds: Bounds
) -> tuple[Tensor, ...]:
    """The output of a pooling: of the type of its input."""
    return (replace(inputs[0], shape=outputs[0].shape),)


def pool_calls(
    node: Node, tensors: Mapping[str, Tensor], kernels: Kernels, products: Sequence[Product]
) -> Calls:
    """One call for the whole map."""
    values: dict[str, Value] = {"geometry": f"&{node.name}_window", "input": Input(), "y": Output()}
    # Both of the other runtimes' ways to round are one for a mean, and none for a maximum.
    away = node.op == "average_pool" and node.rounding != Rounding.ONCE
    operation = f"{node.op}_away" if away else node.op
    call = Call(kernels.need(operation, tensors[node.inputs["x"]].dtype), values)
    return Calls((call,), tensors[node.outputs["y"]].size)


def windows_of(node: Node, x: np.ndarray) -> np.ndarray:
    """Values in each window, ``(..., positions, points, channels)``."""
    window = Window.of(node)
    windows = window.gather(x)
    return windows.reshape(*windows.shape[:-1], window.points, window.channels)
