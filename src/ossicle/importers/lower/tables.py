"""Functions of one int8 as tables of their results, for each of the ways in which runtimes round."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from ossicle.graph.operator import OPS
from ossicle.graph.types import Attribute, Node, Tensor
from ossicle.numerics.fixed_point import Rounding, fixed_point, rescale, shift_away
from ossicle.numerics.fractions import Q31
from ossicle.ops.lookup import CODES
from ossicle.ops.unary.functions import function_of

_FRACTIONS: Mapping[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "sigmoid": Q31.sigmoid,
    "tanh": Q31.tanh,
}
"""Functions that TFLM computes in fixed point, of numbers with :data:`INTEGER_BITS`."""
INTEGER_BITS = 4


def function_table(node: Node, source: Tensor, target: Tensor) -> np.ndarray:
    """The code of the result of a ``unary`` node for each code of its input, int8 ``(256,)``."""
    function = str(node.attributes["function"])
    if node.rounding == Rounding.TWICE and function in _FRACTIONS:
        steps = _in_fractions(function, source, target)
    else:
        values = (CODES - source.zero_point) * source.scale
        steps = np.rint(function_of(node)(values) / target.scale)
    codes: np.ndarray = np.clip(steps + target.zero_point, -128, 127)
    return codes.astype(np.int8)


def constant_table(
    attributes: Mapping[str, Attribute], source: Tensor, constant: Tensor, code: int, at: int, target: Tensor
) -> np.ndarray:
    """The results of a ``binary`` node for each code beside one of a constant, which is operand ``at``."""
    operands = [(CODES.astype(np.int8), source)]
    operands.insert(at, (np.full(len(CODES), code, np.int8), constant))
    values, types = zip(
        *((codes, replace(kind, shape=(len(CODES),))) for codes, kind in operands), strict=True
    )
    node = Node("binary", "table", {}, {}, {}, attributes)
    (result,) = OPS["binary"].simulate(node, values, types, (replace(target, shape=(len(CODES),)),))
    return result


def _in_fractions(function: str, source: Tensor, target: Tensor) -> np.ndarray:
    """Steps of the results, whose scale is a power of two."""
    multiplier, shift = fixed_point(np.array(source.scale * 2.0 ** (31 - INTEGER_BITS)))
    x = (CODES - source.zero_point).astype(np.int64)
    largest = math.floor((2**INTEGER_BITS - 1) * 2.0 ** (int(shift) - INTEGER_BITS))
    inside = rescale(np.clip(x, -largest, largest), multiplier, shift, Rounding.TWICE)
    found = _FRACTIONS[function](inside, INTEGER_BITS)
    steps = shift_away(found, 31 + round(math.log2(target.scale)))
    ends = np.where(x > 0, 255, -255 if function == "tanh" else 0)
    return np.where(np.abs(x) >= largest, ends, steps)
