"""The kernel call of a softmax."""

from collections.abc import Mapping, Sequence

from ossicle.graph.types import Node, Tensor
from ossicle.kernels import Call, Calls, Constant, Input, Kernels, Output, Product
from ossicle.kernels.calls import Value, rounded
from ossicle.numerics.fixed_point import Rounding
from ossicle.numerics.formats import DType
from ossicle.ops.attributes import rows_of
from ossicle.ops.softmax.codes import difference_factor
from ossicle.ops.softmax.simulate import exponent_factor
from ossicle.ops.softmax.wide import place_factor


def softmax_calls(
    node: Node, tensors: Mapping[str, Tensor], kernels: Kernels, products: Sequence[Product]
) -> Calls:
    """One call for each row."""
    x = tensors[node.inputs["x"]]
    values: dict[str, Value] = {"input": Input(), "y": Output()}
    operation = "softmax"
    if x.dtype == DType.S16:
        multiplier, shift = (place_factor if node.constants else exponent_factor)(x.scale)
        values |= {"multiplier": int(multiplier), "shift": int(shift)}
        values |= {name: Constant(name) for name in node.constants}
        operation = "softmax_by_tables" if node.constants else operation
    if x.dtype == DType.S8:
        values |= _of_codes(node, x, tensors[node.outputs["y"]])
        operation = rounded(operation, node.rounding)
    rows = rows_of(node)
    return Calls((Call(kernels.need(operation, x.dtype), values),), x.size // rows, rows)


def _of_codes(node: Node, x: Tensor, y: Tensor) -> dict[str, Value]:
    if node.rounding == Rounding.FLOAT32:
        return {"powers": Constant("powers"), "scale": y.scale, "zero_point": y.zero_point}
    multiplier, shift, largest = difference_factor(x.scale)
    return {"multiplier": multiplier, "shift": shift, "largest": largest, "zero_point": y.zero_point}
