"""What dense layers and those that slide over a map share.

``activation(weight @ x + bias)``, the activation ``none`` or ``sigmoid``; without one, the result is clamped
where the attributes ``low`` and ``high`` say so. In integer precisions a sigmoid yields an int16 in Q15, and
any other result an int8 or an int16.
"""

import math
from collections.abc import Sequence

import numpy as np

from ossicle.errors import OssicleError
from ossicle.graph.operator import Bounds, require, require_types
from ossicle.graph.types import Node, Tensor
from ossicle.numerics.encoding import to_half
from ossicle.numerics.fixed_point import Rounding
from ossicle.numerics.formats import Q15, DType
from ossicle.numerics.functions import GATE_SCALE, PREACTIVATION_LIMIT, sigmoid, sigmoid_q15
from ossicle.ops.products import Product, integer_product


def check_dense(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    """Raise where the activation or the types are not those of a dense layer."""
    activation = node.attributes.get("activation")
    require(activation in ("none", "sigmoid"), node, f"unknown activation {activation!r}")
    clamped = "low" in node.attributes or "high" in node.attributes
    require(not clamped or activation == "none", node, f"it has both {activation} and a clamp")
    low, high = clamp(node)
    require(low < high, node, f"it cannot clamp to {low} to {high}")
    operand, integers = node.product(0).operand, (DType.S8, DType.S16)
    free = node.integer and len(outputs) == 1 and outputs[0].dtype in integers and activation != "sigmoid"
    result = outputs[0].dtype if free else DType.S16 if node.integer else operand
    require_types(node, inputs, outputs, [operand], [result])
    if node.integer and activation == "sigmoid":
        require(outputs[0].is_q15, node, "its output must be Q15")
        require(node.rounding == Rounding.ONCE, node, "its sigmoid is of sums that are rounded once")


def clamp(node: Node) -> tuple[float, float]:
    """Lowest and highest result that a node lets through; infinite where its attributes name none."""
    return _limit(node, "low", -math.inf), _limit(node, "high", math.inf)


def _limit(node: Node, name: str, open_end: float) -> float:
    value = node.attributes.get(name, open_end)
    if not isinstance(value, int | float):
        raise OssicleError(f"graph: node {node.name!r} ({node.op}): its {name} is no number")
    return float(value)


def clamp_codes(node: Node, output: Tensor) -> tuple[int, int]:
    """The same as codes of an integer output, within those of its type."""
    limits = np.iinfo(output.dtype.numpy)

    def code(end: float, open_end: int) -> int:
        if math.isinf(end):
            return open_end
        return min(max(round(end / output.scale) + output.zero_point, limits.min), limits.max)

    low, high = clamp(node)
    return code(low, limits.min), code(high, limits.max)


def dense_outputs(
    node: Node, outputs: Sequence[Tensor], wanted: Sequence[DType], bounds: Bounds
) -> tuple[Tensor, ...]:
    """Integer output of a dense layer, or of one that slides over a map."""
    shape = outputs[0].shape
    if node.attributes["activation"] == "sigmoid":
        return (Tensor(shape, DType.S16, Q15),)
    of = {DType.S8: Tensor.affine_s8, DType.S16: Tensor.symmetric_s16}[wanted[0]]
    return (of(shape, *bounds(node.outputs["y"], wanted[0])),)


def dense_scale(node: Node, outputs: Sequence[Tensor]) -> float:
    """What one LSB of a dense layer's product stands for."""
    return GATE_SCALE if node.attributes["activation"] == "sigmoid" else outputs[0].scale


def dense(node: Node, x: np.ndarray, output: Tensor, product: Product) -> np.ndarray:
    """Run a dense layer on operands ``(..., columns)``."""
    if node.integer:
        return _integer(node, x, output, product)
    weight, bias = (node.constants[name].astype(np.float32) for name in ("weight", "bias"))
    y = product(weight, x.astype(np.float32)) + bias
    if node.attributes["activation"] == "sigmoid":
        y = sigmoid(y)
    else:
        low, high = clamp(node)
        y = np.clip(y, np.float32(low), np.float32(high))
    return to_half(y) if node.precision == "fp16" else y


def _integer(node: Node, x: np.ndarray, output: Tensor, product: Product) -> np.ndarray:
    y = integer_product(node.constants, "", x, product, node.rounding)
    if node.attributes["activation"] == "sigmoid":
        mask = sigmoid_q15(np.clip(y, -PREACTIVATION_LIMIT, PREACTIVATION_LIMIT), 12)
        saturated: np.ndarray = np.minimum(mask, 32767)
        return saturated.astype(np.int16)
    low, high = clamp_codes(node, output)
    codes: np.ndarray = np.clip(y + output.zero_point, low, high)
    return codes.astype(output.dtype.numpy)
