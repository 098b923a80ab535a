"""A function of each value: ``y[i] = function(x[i])``.

The attribute ``function`` names it (:data:`FUNCTIONS`); some functions take the attributes ``alpha``,
``low``, ``high`` or ``exponent`` besides. ``prelu`` has a constant instead: it is ``x`` where that is
positive, and elsewhere ``slope[(i // inner) % p] * x``, with ``slope`` of shape ``(p,)`` and the attribute
``inner``.

In int8 every function is a table of 256 codes. In int16 it is arithmetic, the table that the gates of
recurrent layers have, or a table of its own (docs/numerics.md). The other functions would lose too much in
integers: ``quantize`` leaves them in float.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np

from ossicle.graph.operator import Bounds, Op, Role, Stored, register, require
from ossicle.graph.types import Node, Tensor
from ossicle.numerics.formats import Q15, DType
from ossicle.ops.elementwise import INTEGERS, calibrated, inner_of, narrowed_repeats, repeated_axes
from ossicle.ops.unary.functions import FUNCTIONS, numbers_of
from ossicle.ops.unary.integer import (
    GATES,
    LONGEST_STEP,
    SLOPES,
    SMOOTH,
    codes_table,
    interpolation_table,
    prelu_constants,
    prelu_positive,
    slopes_of,
)
from ossicle.ops.unary.lower import unary_calls, unary_tables
from ossicle.ops.unary.simulate import simulate

IN_16_BITS = ("prelu", *SLOPES, *GATES, *SMOOTH)


def _check(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    (x,), (y,), function = inputs, outputs, node.attributes.get("function")
    known = ("prelu", *FUNCTIONS)
    require(function in known, node, f"its function must be one of {', '.join(known)}")
    require(x.size == y.size, node, f"its input has {x.size} values and its output {y.size}")
    possible = y.dtype in (DType.F32, DType.S8) or (y.dtype == DType.S16 and function in IN_16_BITS)
    require(x.dtype == y.dtype and possible, node, f"it cannot compute {function} of {x.dtype} in {y.dtype}")
    found = {name: (array.dtype.name, array.shape) for name, array in node.constants.items()}
    needed = _needed_constants(node, y.dtype)
    require(found == needed, node, f"it has the constants {found} where {y.dtype} needs {needed}")
    if function == "prelu":
        size, inner = node.constants["slope"].size, inner_of(node)
        require(
            x.size % (inner * size) == 0, node, f"{size} slopes, {inner} times each, do not fill {x.size}"
        )
        if y.dtype in INTEGERS:
            _check_slopes(node, x, y)
    else:
        numbers = numbers_of(node)
        whole = len(numbers) == len(FUNCTIONS[str(function)].numbers)
        require(whole and numbers.get("low", 0) <= numbers.get("high", 0), node, "its numbers make no sense")
    if y.dtype == DType.S16 and function in ("sigmoid", "tanh"):
        require(y.is_q15, node, "its output must be Q15")
    if y.dtype == DType.S16 and function in SLOPES:
        slopes_of(node, x, y)
    if "step" in needed:
        step = int(node.constants["step"][0])
        require(step <= LONGEST_STEP, node, f"the entries of its table lie 2**{step} codes apart")


def _check_slopes(node: Node, x: Tensor, y: Tensor) -> None:
    """No product may be more than an int32 holds, whatever the constants of a file are."""
    shift, codes = int(node.constants["shift"][0]), np.iinfo(x.dtype.numpy)
    require(1 <= shift <= 30, node, f"its shift is {shift}")
    factor = max(prelu_positive(node, x, y)[0], int(np.abs(node.constants["slope"], dtype=np.int64).max()))
    reach = max(x.zero_point - codes.min, codes.max - x.zero_point) * factor + (1 << (shift - 1))
    require(reach < 2**31, node, f"its products reach {reach}, more than an int32 holds")


def _needed_constants(node: Node, dtype: DType) -> dict[str, tuple[str, tuple[int, ...]]]:
    function = node.attributes["function"]
    if function == "prelu":
        kind, shape = "float32" if dtype == DType.F32 else "int16", np.shape(node.constants.get("slope", ()))
        shift = {"shift": ("uint8", (1,))} if dtype in INTEGERS else {}
        return {"slope": (kind, (int(np.prod(shape)),)), **shift}
    if dtype == DType.S8:
        return {"table": ("int8", (256,))}
    if dtype == DType.S16 and function in SMOOTH:
        return {"table": ("int16", (513,)), "step": ("uint8", (1,))}
    return {}


def _parameters(node: Node) -> Mapping[str, Stored]:
    return {
        name: Stored(Role.PARAMETER, array.dtype.name, array.shape) for name, array in node.constants.items()
    }


def _preserved_types(node: Node) -> Collection[DType]:
    return (DType.F32, *INTEGERS) if node.attributes["function"] in IN_16_BITS else (DType.F32,)


def _preserved_outputs(
    node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor], bounds: Bounds
) -> tuple[Tensor, ...]:
    dtype = inputs[0].dtype
    if dtype == DType.S16 and node.attributes["function"] in ("sigmoid", "tanh"):
        return (Tensor(outputs[0].shape, dtype, Q15),)
    return (calibrated(node, dtype, outputs[0], bounds),)


def _encoded(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Mapping[str, np.ndarray]:
    (x,), (y,), function = inputs, outputs, node.attributes["function"]
    if y.dtype == DType.F32:
        return node.constants
    if function == "prelu":
        return prelu_constants(node, x, y)
    if y.dtype == DType.S8:
        return codes_table(node, x, y)
    return interpolation_table(node, x, y) if function in SMOOTH else {}


UNARY = register(
    Op(
        "unary",
        ("x",),
        ("y",),
        _check,
        simulate,
        Path(__file__).parent,
        unary_calls,
        parameters=_parameters,
        preserved_types=_preserved_types,
        preserved_outputs=_preserved_outputs,
        encoded=_encoded,
        tables=unary_tables,
        axes=repeated_axes,
        narrowed=narrowed_repeats,
    )
)
