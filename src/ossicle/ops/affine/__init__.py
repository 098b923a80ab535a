"""A scale and an offset for each value: ``y[i] = x[i] * scale[(i // inner) % p] + offset[(i // inner) % p]``.

The constants ``scale`` and ``offset`` have the shape ``(p,)``; the attribute ``inner`` is 1 unless it is
there. It works in f32, int8 and int16 (docs/numerics.md).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ossicle.graph.operator import Bounds, Op, Role, Stored, register, require
from ossicle.graph.types import Node, Tensor
from ossicle.kernels import Call, Calls, Constant, Input, Kernels, Output, Product
from ossicle.kernels.calls import Value
from ossicle.numerics.fixed_point import one_shift
from ossicle.numerics.formats import DType
from ossicle.ops.elementwise import (
    INTEGERS,
    calibrated,
    check_same,
    inner_of,
    narrowed_repeats,
    repeated,
    repeated_axes,
)

MULTIPLIER_BITS = 13
"""Such that multipliers are int16."""
LONGEST_SHIFT = {DType.S8: 20, DType.S16: 14}
"""Such that offsets of all that a result can hold are int32, and so are their sums with a product."""


def _check(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    check_same(node, inputs, outputs[0], (DType.F32, *INTEGERS))
    size, inner = np.size(node.constants.get("scale", ())), inner_of(node)
    require(inputs[0].size % (inner * size) == 0, node, f"{size} scales, {inner} times each, do not fill it")
    integer = node.constants["scale"].dtype == np.int16
    require(
        integer == (outputs[0].dtype in INTEGERS), node, "its constants are not of the type it computes in"
    )
    if integer:
        _check_reach(node, inputs[0])


def _check_reach(node: Node, x: Tensor) -> None:
    """No result before the shift may be more than an int32 holds, whatever the constants of a file are."""
    shift = int(node.constants["shift"][0])
    scale, offset = (np.abs(node.constants[name], dtype=np.int64) for name in ("scale", "offset"))
    reach = int((-np.iinfo(x.dtype.numpy).min * scale + offset).max())
    require(1 <= shift <= 31 and reach < 2**31, node, f"its results reach {reach}, to be shifted by {shift}")


def _parameters(node: Node) -> Mapping[str, Stored]:
    scale = np.asarray(node.constants.get("scale", np.zeros(1, np.float32)))
    if scale.dtype != np.int16:
        return {name: Stored(Role.PARAMETER, "float32", (scale.size,)) for name in ("scale", "offset")}
    return {
        "scale": Stored(Role.PARAMETER, "int16", (scale.size,)),
        "offset": Stored(Role.PARAMETER, "int32", (scale.size,)),
        "shift": Stored(Role.PARAMETER, "uint8", (1,)),
    }


def _preserved_outputs(
    node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor], bounds: Bounds
) -> tuple[Tensor, ...]:
    return (calibrated(node, inputs[0].dtype, outputs[0], bounds),)


def _encoded(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Mapping[str, np.ndarray]:
    """Multipliers with one shift; offsets hold the zero points and the half that rounds."""
    (x,), (y,) = inputs, outputs
    if y.dtype == DType.F32:
        return node.constants
    factors = node.constants["scale"].astype(np.float64) * x.scale / y.scale
    multipliers, shift = one_shift(factors, MULTIPLIER_BITS, LONGEST_SHIFT[y.dtype])
    added = (node.constants["offset"].astype(np.float64) / y.scale + y.zero_point) * 2.0**shift
    offsets = np.rint(added) + 2 ** (shift - 1) - x.zero_point * multipliers
    return {
        "scale": multipliers.astype(np.int16),
        "offset": np.clip(offsets, -(2**30), 2**30).astype(np.int32),
        "shift": np.array([shift], np.uint8),
    }


def simulate(
    node: Node, inputs: Sequence[np.ndarray], sources: Sequence[Tensor], outputs: Sequence[Tensor]
) -> list[np.ndarray]:
    """Run one frame."""
    (x,), (y,) = inputs, outputs
    scale, offset = (repeated(node, node.constants[name], x.shape[-1]) for name in ("scale", "offset"))
    if y.dtype == DType.F32:
        return [x * scale + offset]
    limits = np.iinfo(y.dtype.numpy)
    codes = (x.astype(np.int64) * scale + offset) >> int(node.constants["shift"][0])
    return [np.clip(codes, limits.min, limits.max).astype(limits.dtype)]


def _calls(node: Node, tensors: Mapping[str, Tensor], kernels: Kernels, products: Sequence[Product]) -> Calls:
    y = tensors[node.outputs["y"]]
    values: dict[str, Value] = {"input": Input(), "y": Output()}
    values |= {"scale": Constant("scale"), "offset": Constant("offset")}
    values |= {"size": node.constants["scale"].size, "inner": inner_of(node)}
    if y.dtype != DType.F32:
        values["shift"] = int(node.constants["shift"][0])
    return Calls((Call(kernels.need("affine", y.dtype), values),), y.size)


AFFINE = register(
    Op(
        "affine",
        ("x",),
        ("y",),
        _check,
        simulate,
        Path(__file__).parent,
        _calls,
        parameters=_parameters,
        preserved_types=lambda node: (DType.F32, *INTEGERS),
        preserved_outputs=_preserved_outputs,
        encoded=_encoded,
        tables=lambda node: {name: node.constants[name] for name in ("scale", "offset")},
        axes=repeated_axes,
        narrowed=narrowed_repeats,
    )
)
