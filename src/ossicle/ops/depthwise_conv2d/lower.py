"""The kernel calls of a depthwise convolution."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ossicle.graph.types import Node, Tensor
from ossicle.kernels import Calls, Input, Kernels, Product
from ossicle.kernels.calls import Value
from ossicle.ops.lower_dense import dense_calls


def depthwise_calls(
    node: Node, tensors: Mapping[str, Tensor], kernels: Kernels, products: Sequence[Product]
) -> Calls:
    """Those of a dense layer at each output position; the product reads the map itself."""
    calls = dense_calls(node, tensors, kernels, products)
    values: dict[str, Value] = {
        "geometry": f"&{node.name}_geometry",
        "input": Input(),
        "position": "i",
        "zero_point": tensors[node.inputs["x"]].zero_point,
    }
    first, *others = calls.calls
    product = replace(first, values={**first.values, **values})
    return replace(calls, calls=(product, *others))
