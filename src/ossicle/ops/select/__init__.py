"""The value of one of two tensors where a third one is not zero, and that of the other elsewhere.

``y[i] = a[i] if c[i] != 0 else b[i]``, in f32, int8 or int16 (docs/numerics.md).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ossicle.graph.operator import Bounds, Op, register
from ossicle.graph.types import Node, Tensor
from ossicle.kernels import Call, Calls, Input, Kernels, Output, Product
from ossicle.kernels.calls import Value
from ossicle.numerics.fixed_point import one_shift
from ossicle.numerics.formats import DType
from ossicle.ops.elementwise import INTEGERS, MULTIPLIER_BITS, calibrated, check_same, saturated


def _check(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    check_same(node, inputs, outputs[0], (DType.F32, *INTEGERS))
    if outputs[0].dtype in INTEGERS:
        _factors(inputs, outputs[0])


def _factors(inputs: Sequence[Tensor], y: Tensor) -> tuple[int, int, int]:
    """Multipliers of both values, and their right shift."""
    _, a, b = inputs
    (of_a, of_b), shift = one_shift(np.array([a.scale, b.scale]) / y.scale, MULTIPLIER_BITS[y.dtype])
    return int(of_a), int(of_b), shift


def _carried(
    node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor], bounds: Bounds
) -> tuple[Tensor, ...]:
    return (calibrated(node, inputs[0].dtype, outputs[0], bounds),)


def simulate(
    node: Node, inputs: Sequence[np.ndarray], sources: Sequence[Tensor], outputs: Sequence[Tensor]
) -> list[np.ndarray]:
    """Run one step."""
    (c, a, b), (of_c, of_a, of_b), (y,) = inputs, sources, outputs
    if y.dtype == DType.F32:
        return [np.where(c != 0, a, b)]
    multiplier_a, multiplier_b, shift = _factors(sources, y)
    first = (a.astype(np.int64) - of_a.zero_point) * multiplier_a
    second = (b.astype(np.int64) - of_b.zero_point) * multiplier_b
    chosen = np.where(c != of_c.zero_point, first, second)
    return [saturated((chosen + (1 << (shift - 1))) >> shift, y)]


def _calls(node: Node, tensors: Mapping[str, Tensor], kernels: Kernels, products: Sequence[Product]) -> Calls:
    inputs, y = [tensors[name] for name in node.inputs.values()], tensors[node.outputs["y"]]
    values: dict[str, Value] = {"c": Input("c"), "a": Input("a"), "b": Input("b"), "y": Output()}
    if y.dtype != DType.F32:
        c, a, b = inputs
        of_a, of_b, shift = _factors(inputs, y)
        half = 1 << (shift - 1)
        values |= {"a_multiplier": of_a, "b_multiplier": of_b, "shift": shift}
        values |= {"a_offset": half - of_a * a.zero_point, "b_offset": half - of_b * b.zero_point}
        values |= {"c_zero_point": c.zero_point, "zero_point": y.zero_point}
    return Calls((Call(kernels.need("select", y.dtype), values),), y.size)


SELECT = register(
    Op(
        "select",
        ("c", "a", "b"),
        ("y",),
        _check,
        simulate,
        Path(__file__).parent,
        _calls,
        carries=lambda node: (DType.F32, *INTEGERS),
        carried=_carried,
    )
)
