"""What dense layers and those that slide over a map share.

``activation(weight @ x + bias)``, the activation ``none``, ``relu`` or ``sigmoid``. In integer precisions a
sigmoid yields an int16 in Q15, and any other result an int8 or an int16.
"""

from collections.abc import Sequence

import numpy as np

from ossicle.graph.operator import Bounds, require, require_types
from ossicle.graph.types import Node, Tensor
from ossicle.numerics.encoding import to_half
from ossicle.numerics.formats import Q15, DType
from ossicle.numerics.functions import GATE_SCALE, PREACTIVATION_LIMIT, sigmoid, sigmoid_q15
from ossicle.ops.products import Product, integer_product


def check_dense(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    """Raise where the activation or the types are not those of a dense layer."""
    activation = node.attributes.get("activation")
    require(activation in ("none", "relu", "sigmoid"), node, f"unknown activation {activation!r}")
    operand, integers = node.product(0).operand, (DType.S8, DType.S16)
    free = node.integer and len(outputs) == 1 and outputs[0].dtype in integers and activation != "sigmoid"
    result = outputs[0].dtype if free else DType.S16 if node.integer else operand
    require_types(node, inputs, outputs, [operand], [result])
    if node.integer and activation == "sigmoid":
        require(outputs[0].is_q15, node, "its output must be Q15")


def dense_outputs(
    node: Node, outputs: Sequence[Tensor], wanted: Sequence[DType], bounds: Bounds
) -> tuple[Tensor, ...]:
    """Integer output of a dense layer, or of one that slides over a map."""
    size = outputs[0].size
    if node.attributes["activation"] == "sigmoid":
        return (Tensor(size, DType.S16, Q15),)
    of = {DType.S8: Tensor.affine_s8, DType.S16: Tensor.symmetric_s16}[wanted[0]]
    return (of(size, *bounds(node.outputs[0], wanted[0])),)


def dense_scale(node: Node, outputs: Sequence[Tensor]) -> float:
    """What one step of a dense layer's product stands for."""
    return GATE_SCALE if node.attributes["activation"] == "sigmoid" else outputs[0].scale


def dense(node: Node, x: np.ndarray, output: Tensor, product: Product) -> np.ndarray:
    """Run a dense layer on operands ``(..., columns)``."""
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
