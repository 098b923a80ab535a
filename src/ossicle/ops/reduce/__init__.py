"""A sum, mean, maximum or minimum along one axis, or the sum or mean of squares.

The attribute ``function`` is sum, mean, max, min, sum_square or mean_square, and ``shape`` is (outer, n,
inner): the input has that shape, and the output is (outer, inner). It works in f32, int8 and int16
(docs/numerics.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ossicle.graph.operator import Axes, Bounds, Kept, Op, register, require
from ossicle.graph.types import Node, Tensor
from ossicle.kernels import Call, Calls, Input, Kernels, Output, Product
from ossicle.kernels.calls import Value, rounded
from ossicle.numerics import single
from ossicle.numerics.fixed_point import Rounding, fixed_point, rescale, short_fixed_point
from ossicle.numerics.formats import DType
from ossicle.ops.elementwise import INTEGERS, calibrated, saturated, sizes_of

EXTREMES = ("max", "min")
SUMS = ("sum", "mean")
SQUARES = ("sum_square", "mean_square")
FUNCTIONS = (*SUMS, *EXTREMES, *SQUARES)
MEANS = ("mean", "mean_square")
LONGEST = 2**16 - 1
"""Values of int16 whose sum an int32 holds."""
LONGEST_OF_SQUARES = 2**15
"""Squares of int8 whose sum an int32 holds, and of int16 whose sum times 16 bits an int64 holds."""


def _check(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    (x,), (y,), function = inputs, outputs, node.attributes.get("function")
    require(function in FUNCTIONS, node, f"its function must be one of {', '.join(FUNCTIONS)}")
    outer, count, inner = sizes_of(node, 3)
    fits = x.size == outer * count * inner and y.size == outer * inner
    require(fits, node, f"its shape {(outer, count, inner)} does not fit {x.size} -> {y.size} values")
    possible = x.dtype == y.dtype and y.dtype in (DType.F32, *INTEGERS)
    require(possible, node, f"it cannot compute {function} of {x.dtype} in {y.dtype}")
    if y.dtype in INTEGERS:
        longest = LONGEST_OF_SQUARES if function in SQUARES else LONGEST
        require(count <= longest, node, f"it sums more than {longest} integers")
        known = function not in SQUARES or node.rounding == Rounding.ONCE
        require(known, node, "squares are rounded once")
        _factor(node, x, y)


def _factor(node: Node, x: Tensor, y: Tensor) -> tuple[int, int]:
    """Multiplier and shift from a sum or an extreme of an input's codes to those of the output."""
    function = node.attributes["function"]
    count = sizes_of(node, 3)[1] if function in MEANS else 1
    if _rounding(node, y) != node.rounding:
        return _truncated_factor(x.scale / y.scale, count)
    unit = x.scale**2 if function in SQUARES else x.scale
    factor = unit / (count * y.scale)
    if node.rounding == Rounding.FLOAT32:
        factor = float(np.float32(factor))
    wide = function in SQUARES and x.dtype == DType.S16
    multiplier, shift = (short_fixed_point if wide else fixed_point)(np.array(factor))
    return int(multiplier), int(shift)


def _rounding(node: Node, y: Tensor) -> Rounding:
    """How a result is rounded: LiteRT rounds sums of int16 twice."""
    wide = node.rounding == Rounding.FLOAT32 and y.dtype == DType.S16
    return Rounding.TWICE if wide else node.rounding


def _truncated_factor(factor: float, count: int) -> tuple[int, int]:
    """Multiplier and shift of a factor, divided by a count as an integer is."""
    multiplier, shift = (int(part) for part in fixed_point(np.array(factor)))
    raised = max(0, min(count.bit_length() - 1, 32, 62 - shift))
    return (multiplier << raised) // count, shift + raised


def _preserved_outputs(
    node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor], bounds: Bounds
) -> tuple[Tensor, ...]:
    return (calibrated(node, inputs[0].dtype, outputs[0], bounds),)


def simulate(
    node: Node, inputs: Sequence[np.ndarray], sources: Sequence[Tensor], outputs: Sequence[Tensor]
) -> list[np.ndarray]:
    """Run one step; a mean is a sum times a factor."""
    (x,), (source,), (y,), function = inputs, sources, outputs, str(node.attributes["function"])
    integer = y.dtype != DType.F32
    values = x.astype(np.int64) - source.zero_point if integer else x
    values = values.reshape(*x.shape[:-1], *sizes_of(node, 3))
    if function in SQUARES:
        values = np.square(values)
    if function in EXTREMES:
        reduced = getattr(values, function)(axis=-2)
    else:
        reduced = values.sum(axis=-2) if integer else _float_sums(values, function) * _share(node)
    reduced = reduced.reshape(*x.shape[:-1], -1)
    if not integer:
        return [reduced]
    multiplier, shift = _factor(node, source, y)
    return [saturated(rescale(reduced, np.array(multiplier), np.array(shift), _rounding(node, y)), y)]


def _float_sums(values: np.ndarray, function: str) -> np.ndarray:
    """In the order of the kernels, which sum rows that lie in one piece in lanes, unless of squares."""
    if values.shape[-1] == 1 and function in SUMS:
        return single.row_sums(values[..., 0])[..., None]
    return single.added(values)


def _share(node: Node) -> np.float32:
    """What sums of floats are multiplied by."""
    count = sizes_of(node, 3)[1] if node.attributes["function"] in MEANS else 1
    return np.float32(1 / count)


def _calls(node: Node, tensors: Mapping[str, Tensor], kernels: Kernels, products: Sequence[Product]) -> Calls:
    x, y, function = tensors[node.inputs["x"]], tensors[node.outputs["y"]], str(node.attributes["function"])
    outer, count, inner = sizes_of(node, 3)
    values: dict[str, Value] = {"input": Input(), "y": Output()}
    values |= {"outer": outer, "count": count, "inner": inner}
    if y.dtype == DType.F32:
        if function not in EXTREMES:
            values["factor"] = float(_share(node))
    else:
        multiplier, shift = _factor(node, x, y)
        values |= {"multiplier": multiplier, "shift": shift}
        values |= {"x_zero_point": x.zero_point, "zero_point": y.zero_point}
    kind = "sum" if function in SUMS else "squares" if function in SQUARES else function
    return Calls(
        (Call(kernels.need(rounded(f"reduce_{kind}", _rounding(node, y)), y.dtype), values),), y.size
    )


def _axes(node: Node, tensors: Mapping[str, Tensor]) -> Axes:
    """Of sums over all but the last axis, places along that go; of those over it, places along the first."""
    outer, count, inner = sizes_of(node, 3)
    if inner > 1:
        return Axes({port: np.arange(tensor.size) % inner for port, tensor in tensors.items()})
    return Axes({"x": np.arange(outer * count) // count, "y": np.arange(outer)})


def _narrowed(node: Node, kept: Kept) -> Node:
    outer, count, inner = sizes_of(node, 3)
    left = int(kept["y"].sum())
    shape = (outer, count, left // outer) if inner > 1 else (left, count, 1)
    return replace(node, attributes={**node.attributes, "shape": shape})


REDUCE = register(
    Op(
        "reduce",
        ("x",),
        ("y",),
        _check,
        simulate,
        Path(__file__).parent,
        _calls,
        preserved_types=lambda node: (DType.F32, *INTEGERS),
        preserved_outputs=_preserved_outputs,
        axes=_axes,
        narrowed=_narrowed,
    )
)
