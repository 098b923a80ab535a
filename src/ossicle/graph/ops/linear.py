"""Dense layer: ``activation(weight @ x + bias)``, the activation ``none``, ``relu`` or ``sigmoid``.

In integer precisions a sigmoid yields an int16 in Q15, and any other result an int8 or an int16.
"""

from collections.abc import Sequence

from ossicle.graph.ops.op import Bounds, Matrix, Op, is_q15, require, require_types
from ossicle.graph.types import Node, Tensor
from ossicle.numerics.formats import Q15, DType
from ossicle.numerics.functions import GATE_SCALE


def _check(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    check_dense(node, inputs, outputs)
    rows, columns = node.constants["weight"].shape
    require(
        (rows, columns) == (outputs[0].size, inputs[0].size),
        node,
        f"weight of {rows} x {columns} does not fit {inputs[0].size} inputs and {outputs[0].size} outputs",
    )


def check_dense(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    """Raise where the activation or the types are not those of a dense layer."""
    activation = node.attributes.get("activation")
    require(activation in ("none", "relu", "sigmoid"), node, f"unknown activation {activation!r}")
    operand, integers = node.product(0).operand, (DType.S8, DType.S16)
    free = node.integer and len(outputs) == 1 and outputs[0].dtype in integers and activation != "sigmoid"
    result = outputs[0].dtype if free else DType.S16 if node.integer else operand
    require_types(node, inputs, outputs, [operand], [result])
    if node.integer and activation == "sigmoid":
        require(is_q15(outputs[0]), node, "its output must be Q15")


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


def dense_scratch(node: Node) -> int:
    """Bytes that one product needs."""
    rows, columns = node.constants["weight"].shape
    return 4 * rows if node.integer else {"fp32": 0, "fp16": 4 * (rows + columns)}[node.precision]


LINEAR = Op("linear", (Matrix("", 0),), _check, dense_outputs, dense_scale, scratch=dense_scratch)
