"""Dense layer: ``activation(weight @ x + bias)``, the activation ``none``, ``relu`` or ``sigmoid``.

In integer precisions a sigmoid yields an int16 in Q15, and any other result an int8 or an int16.
"""

from collections.abc import Sequence

from ossicle.graph.ops.op import GATE_SCALE, Bounds, Matrix, Op, is_q15, require, require_types
from ossicle.graph.types import Q15, DType, Node, Tensor


def _check(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    activation = node.attributes.get("activation")
    require(activation in ("none", "relu", "sigmoid"), node, f"unknown activation {activation!r}")
    operand, integers = node.product(0).operand, (DType.S8, DType.S16)
    free = node.integer and len(outputs) == 1 and outputs[0].dtype in integers and activation != "sigmoid"
    result = outputs[0].dtype if free else DType.S16 if node.integer else operand
    require_types(node, inputs, outputs, [operand], [result])
    rows, columns = node.constants["weight"].shape
    require(
        (rows, columns) == (outputs[0].size, inputs[0].size),
        node,
        f"weight of {rows} x {columns} does not fit {inputs[0].size} inputs and {outputs[0].size} outputs",
    )
    if node.integer and activation == "sigmoid":
        require(is_q15(outputs[0]), node, "its output must be Q15")


def _integer_outputs(
    node: Node, outputs: Sequence[Tensor], wanted: Sequence[DType], bounds: Bounds
) -> tuple[Tensor, ...]:
    size = outputs[0].size
    if node.attributes["activation"] == "sigmoid":
        return (Tensor(size, DType.S16, Q15),)
    of = {DType.S8: Tensor.affine_s8, DType.S16: Tensor.symmetric_s16}[wanted[0]]
    return (of(size, *bounds(node.outputs[0], wanted[0])),)


def _product_scale(node: Node, outputs: Sequence[Tensor]) -> float:
    return GATE_SCALE if node.attributes["activation"] == "sigmoid" else outputs[0].scale


def _scratch(node: Node) -> int:
    rows, columns = node.constants["weight"].shape
    return 4 * rows if node.integer else {"fp32": 0, "fp16": 4 * (rows + columns)}[node.precision]


LINEAR = Op("linear", (Matrix("", 0),), _check, _integer_outputs, _product_scale, _scratch)
