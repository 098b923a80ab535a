"""The kernel call of a softmax."""

from collections.abc import Mapping, Sequence

from ossicle.graph.types import Node, Tensor
from ossicle.kernels import Call, Calls, Input, Kernels, Output, Product
from ossicle.kernels.calls import Value
from ossicle.numerics.formats import DType
from ossicle.ops.attributes import rows_of
from ossicle.ops.softmax.simulate import exponent_factor


def softmax_calls(
    node: Node, tensors: Mapping[str, Tensor], kernels: Kernels, products: Sequence[Product]
) -> Calls:
    """One call for each row."""
    x = tensors[node.inputs["x"]]
    values: dict[str, Value] = {"input": Input(), "y": Output()}
    if x.dtype == DType.S16:
        multiplier, shift = exponent_factor(x.scale)
        values |= {"multiplier": int(multiplier), "shift": int(shift)}
    rows = rows_of(node)
    return Calls((Call(kernels.need("softmax", x.dtype), values),), x.size // rows, rows)
