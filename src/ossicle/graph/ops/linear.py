"""Dense layer: ``activation(weight @ x + bias)``, the activation ``none``, ``relu`` or ``sigmoid``."""

from collections.abc import Sequence

from ossicle.graph.ops.op import GATE_SCALE, Bounds, Matrix, Op, Signature, require
from ossicle.graph.types import Q15, DType, Node, Tensor


def _signature(node: Node) -> Signature:
    if node.precision == "w8a8":
        sigmoid = node.attributes.get("activation") == "sigmoid"
        return Signature((DType.S8,), (DType.S16 if sigmoid else DType.S8,))
    kind = {"fp32": DType.F32, "fp16": DType.F16}[node.precision]
    return Signature((kind,), (kind,))


def _check_sizes(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    rows, columns = node.constants["weight"].shape
    require(
        (rows, columns) == (outputs[0].size, inputs[0].size),
        node,
        f"weight of {rows} x {columns} does not fit {inputs[0].size} inputs and {outputs[0].size} outputs",
    )
    activation = node.attributes.get("activation")
    require(activation in ("none", "relu", "sigmoid"), node, f"unknown activation {activation!r}")
    if outputs[0].dtype == DType.S16:
        require(outputs[0].scale == Q15 and outputs[0].zero_point == 0, node, "its output must be Q15")


def _integer_outputs(node: Node, outputs: Sequence[Tensor], bounds: Bounds) -> tuple[Tensor, ...]:
    size = outputs[0].size
    if node.attributes["activation"] == "sigmoid":
        return (Tensor(size, DType.S16, Q15),)
    return (Tensor.affine_s8(size, *bounds[node.outputs[0]]),)


def _product_scale(node: Node, outputs: Sequence[Tensor]) -> float:
    return GATE_SCALE if node.attributes["activation"] == "sigmoid" else outputs[0].scale


def _scratch(node: Node) -> int:
    rows, columns = node.constants["weight"].shape
    return {"fp32": 0, "fp16": 4 * (rows + columns), "w8a8": 4 * rows}[node.precision]


LINEAR = Op("linear", (Matrix("", 0),), _signature, _check_sizes, _integer_outputs, _product_scale, _scratch)
