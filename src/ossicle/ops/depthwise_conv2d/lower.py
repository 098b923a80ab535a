"""The kernel calls of a depthwise convolution."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ossicle.graph.types import Node, Tensor
from ossicle.kernels import Calls, Input, Kernels, Product
from ossicle.kernels.calls import Value
from ossicle.ops.geometry import ConvolutionGeometry
from ossicle.ops.lower_dense import at_positions, dense_calls

AT_ONCE = 16
"""Positions whose sums are kept until results are made of them."""


def depthwise_calls(
    node: Node, tensors: Mapping[str, Tensor], kernels: Kernels, products: Sequence[Product]
) -> Calls:
    """Those of a dense layer at each output position; the product reads the map itself.

    Where a kernel makes results of the sums at several positions, some products come before it.
    """
    calls, positions = dense_calls(node, tensors, kernels, products), ConvolutionGeometry.of(node).positions
    channels, (first, *others) = len(node.constants["weight"]), calls.calls
    requantized: dict[str, Value] = {"sums_step": channels, "count": "count", "y_step": channels}
    after = tuple(at_positions(call, kernels, requantized) for call in others)
    several = positions > 1 and [call.several for call in after] == [True]
    values: dict[str, Value] = {
        "geometry": f"&{node.name}_geometry",
        "input": Input(),
        "position": "i + j" if several else "i",
        "zero_point": tensors[node.inputs["x"]].zero_point,
    }
    product = replace(first, values={**first.values, **values})
    if several:
        return replace(calls, calls=(product, *after), at_once=min(AT_ONCE, positions))
    return replace(calls, calls=(product, *others))
