"""Product of two tensors of activations, as attention has it: ``y = a @ b`` for each of a batch.

a is ``(batch, m, k)``, b is ``(batch, k, n)``, or ``(batch, n, k)`` where ``transposed`` is 1, and y is
``(batch, m, n)``. The attribute ``shape`` is (batch, m, k, n). It computes in f32, int8 or int16.
"""

from collections.abc import Sequence
from pathlib import Path

from ossicle.graph.operator import Bounds, Op, register, require
from ossicle.graph.types import Node, Tensor
from ossicle.numerics.formats import DType
from ossicle.ops.matmul.lower import matmul_calls
from ossicle.ops.matmul.simulate import LARGEST_K, TYPES, shape_of, simulate


def _check(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    batch, m, k, n = shape_of(node)
    require(min(batch, m, k, n) > 0, node, "its shape must be four whole numbers from 1 upwards")
    require(node.attributes.get("transposed", 0) in (0, 1), node, "its transposed must be 0 or 1")
    sizes = [tensor.size for tensor in (*inputs, *outputs)]
    needed = [batch * m * k, batch * k * n, batch * m * n]
    require(sizes == needed, node, f"its tensors have {sizes} values, and its shape needs {needed}")
    require(k <= LARGEST_K, node, f"its sums are of more than {LARGEST_K} products")
    types = {tensor.dtype for tensor in (*inputs, *outputs)}
    require(len(types) == 1 and types <= set(TYPES), node, "its tensors are not all f32, int8 or int16")
    a, b, y = *inputs, *outputs
    ratio = a.scale * b.scale / y.scale
    require(y.dtype == DType.F32 or 2.0**-40 <= ratio <= 2.0**10, node, "its scales lie too far apart")


def _carried(
    node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor], bounds: Bounds
) -> tuple[Tensor, ...]:
    of = {DType.S8: Tensor.affine_s8, DType.S16: Tensor.symmetric_s16}.get(inputs[0].dtype)
    name, dtype = node.outputs["y"], inputs[0].dtype
    return (of(outputs[0].shape, *bounds(name, dtype)) if of else outputs[0],)


MATMUL = register(
    Op(
        "matmul",
        ("a", "b"),
        ("y",),
        _check,
        simulate,
        Path(__file__).parent,
        matmul_calls,
        carries=lambda node: TYPES,
        carried=_carried,
    )
)
