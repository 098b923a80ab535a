"""Functions of one int8 as tables of their results, for each of the ways in which runtimes round."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ossicle.graph.operator import OPS
from ossicle.graph.types import Attribute, Node, Tensor
from ossicle.numerics.fixed_point import Rounding, fixed_point, rescale, shift_away
from ossicle.numerics.fractions import Q31
from ossicle.ops.lookup import CODES

Fractions = Callable[[np.ndarray, int], np.ndarray]
Function = Callable[[np.ndarray, Mapping[str, Any]], np.ndarray]
"""Results of float64 values, from the attributes of the operation."""

FUNCTIONS: Mapping[str, Function] = {
    "Sigmoid": lambda x, of: 1 / (1 + np.exp(-x)),
    "Tanh": lambda x, of: np.tanh(x),
    "Elu": lambda x, of: np.where(x > 0, x, of.get("alpha", 1.0) * np.expm1(np.minimum(x, 0))),
    "LeakyRelu": lambda x, of: np.where(x > 0, x, of.get("alpha", 0.01) * x),
    "HardSwish": lambda x, of: x * np.clip(x + 3, 0, 6) / 6,
    "Exp": lambda x, of: np.exp(x),
    "Log": lambda x, of: np.log(np.maximum(x, 1e-30)),
    "Sqrt": lambda x, of: np.sqrt(np.maximum(x, 0)),
    "Abs": lambda x, of: np.abs(x),
    "Neg": lambda x, of: -x,
    "Relu": lambda x, of: np.maximum(x, 0),
    "Clip": lambda x, of: np.clip(x, of.get("min"), of.get("max")),
}


_FRACTIONS = {FUNCTIONS["Sigmoid"]: Q31.sigmoid, FUNCTIONS["Tanh"]: Q31.tanh}
"""Functions that TFLM computes in fixed point, of numbers with :data:`INTEGER_BITS`."""
INTEGER_BITS = 4


def function_table(
    function: Function, attributes: Mapping[str, Any], source: Tensor, target: Tensor, rounding: Rounding
) -> np.ndarray:
    """The code of the function's result for each code of the source, int8 ``(256,)``."""
    if rounding == Rounding.TWICE and function in _FRACTIONS:
        steps = _in_fractions(_FRACTIONS[function], source, target)
    else:
        values = (CODES - source.zero_point) * source.scale
        steps = np.rint(function(values, attributes) / target.scale)
    codes: np.ndarray = np.clip(steps + target.zero_point, -128, 127)
    return codes.astype(np.int8)


def constant_table(
    attributes: Mapping[str, Attribute], source: Tensor, constant: Tensor, code: int, at: int, target: Tensor
) -> np.ndarray:
    """The results of a ``binary`` node for each code beside one of a constant, which is operand ``at``."""
    operands = [(CODES.astype(np.int8), source)]
    operands.insert(at, (np.full(len(CODES), code, np.int8), constant))
    values, types = zip(*((codes, replace(kind, shape=(len(CODES),))) for codes, kind in operands), strict=True)
    node = Node("binary", "table", {}, {}, {}, attributes)
    (result,) = OPS["binary"].simulate(node, values, types, (replace(target, shape=(len(CODES),)),))
    return result


def _in_fractions(function: Fractions, source: Tensor, target: Tensor) -> np.ndarray:
    """Steps of the results, whose scale is a power of two."""
    multiplier, shift = fixed_point(np.array(source.scale * 2.0 ** (31 - INTEGER_BITS)))
    x = (CODES - source.zero_point).astype(np.int64)
    largest = math.floor((2**INTEGER_BITS - 1) * 2.0 ** (int(shift) - INTEGER_BITS))
    inside = rescale(np.clip(x, -largest, largest), multiplier, shift, Rounding.TWICE)
    steps = shift_away(function(inside, INTEGER_BITS), 31 + round(math.log2(target.scale)))
    ends = np.where(x > 0, 255, -255 if function == Q31.tanh else 0)
    return np.where(np.abs(x) >= largest, ends, steps)
