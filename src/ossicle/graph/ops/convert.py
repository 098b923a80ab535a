"""The same values in another element type; attributes ``from`` and ``to`` name the types.

Every other pair goes through f32, exactly, so that these few kernels serve all.
"""

from collections.abc import Sequence

from ossicle.graph.ops.op import Bounds, Op, Signature, require
from ossicle.graph.types import HIDDEN_SCALE, Q15, DType, Node, Tensor

CONVERSIONS = {
    (DType.F32, DType.F16),
    (DType.F16, DType.F32),
    (DType.F32, DType.S8),
    (DType.S8, DType.F32),
    (DType.S16, DType.F32),
    (DType.S16, DType.S8),
}


def _signature(node: Node) -> Signature:
    kinds = {kind.value: kind for kind in DType}
    ends = tuple(kinds.get(node.attributes.get(end, "")) for end in ("from", "to"))
    require(ends in CONVERSIONS, node, "it names no conversion that exists")
    return Signature(ends[:1], ends[1:])


def _check_sizes(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    source, target = inputs[0], outputs[0]
    require(source.size == target.size, node, "it changes the size")
    require(
        source.dtype != DType.S16 or (source.scale == Q15 and source.zero_point == 0),
        node,
        "it reads an int16 that is not Q15",
    )
    require(
        (source.dtype, target.dtype) != (DType.S16, DType.S8)
        or (target.scale == HIDDEN_SCALE and target.zero_point == 0),
        node,
        "an int16 in Q15 becomes the int8 of its upper byte",
    )


def _integer_outputs(node: Node, outputs: Sequence[Tensor], bounds: Bounds) -> tuple[Tensor, ...]:
    raise AssertionError("conversions are placed by the quantizer and are never quantized themselves")


CONVERT = Op(
    "convert", (), _signature, _check_sizes, _integer_outputs, lambda node, outputs: 1.0, lambda node: 0
)
