"""The kernel call of a conversion."""

from collections.abc import Mapping, Sequence

import numpy as np

from ossicle.graph.types import Node, Tensor
from ossicle.kernels import Call, Calls, Input, Kernels, Output, Product
from ossicle.kernels.calls import Value
from ossicle.numerics.fixed_point import fixed_point
from ossicle.numerics.formats import DType


def convert_calls(
    node: Node, tensors: Mapping[str, Tensor], kernels: Kernels, products: Sequence[Product]
) -> Calls:
    """One call; each kernel takes what it needs of the scales."""
    x, y = tensors[node.inputs["x"]], tensors[node.outputs["y"]]
    values: dict[str, Value] = {
        "from": Input(),
        "to": Output(),
        "steps_per_unit": 1 / y.scale,
        "scale": x.scale,
        "zero_point": y.zero_point if y.dtype == DType.S8 else x.zero_point,
        "from_zero_point": x.zero_point,
    }
    if x.dtype.numpy.kind == y.dtype.numpy.kind == "i":
        multiplier, shift = fixed_point(np.array(x.scale / y.scale))
        values |= {"multiplier": int(multiplier), "shift": int(shift)}
    return Calls((Call(kernels.need("convert", f"{x.dtype}_{y.dtype}"), values),), y.size)
