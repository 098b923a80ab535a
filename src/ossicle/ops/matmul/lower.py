"""The kernel call of a product of two tensors of activations."""

from collections.abc import Mapping, Sequence

from ossicle.graph.types import Node, Tensor
from ossicle.kernels import Call, Calls, Input, Kernels, Output, Product
from ossicle.kernels.calls import Value
from ossicle.numerics.formats import DType
from ossicle.ops.matmul.simulate import factor


def matmul_calls(
    node: Node, tensors: Mapping[str, Tensor], kernels: Kernels, products: Sequence[Product]
) -> Calls:
    """One call for all of the batch."""
    a, b, y = (tensors[node.at(port)] for port in ("a", "b", "y"))
    values: dict[str, Value] = {
        "shape": f"&{node.name}_shape",
        "a": Input("a"),
        "b": Input("b"),
        "y": Output(),
    }
    if y.dtype != DType.F32:
        multiplier, shift = factor(a, b, y)
        values |= {"multiplier": multiplier, "shift": shift}
        values |= {"a_zero_point": a.zero_point, "b_zero_point": b.zero_point, "y_zero_point": y.zero_point}
    return Calls((Call(kernels.need("matmul", y.dtype), values),), y.size)
