"""Functions of integers: two slopes, the tables of gates, or a table of their own."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ossicle.graph.types import Node, Tensor
from ossicle.numerics.fixed_point import fixed_point, one_shift, rescale
from ossicle.numerics.formats import Q15, DType
from ossicle.numerics.functions import (
    GATE_FRACTION,
    GATE_SCALE,
    INTERVALS,
    PREACTIVATION_LIMIT,
    interpolated,
    sigmoid_q15,
    tanh_q15,
)
from ossicle.ops.elementwise import MULTIPLIER_BITS
from ossicle.ops.unary.functions import Numbers, function_of, numbers_of

SLOPES: Mapping[str, Callable[[Numbers], tuple[float, float]]] = {
    "abs": lambda of: (1.0, -1.0),
    "clip": lambda of: (1.0, 1.0),
    "leaky_relu": lambda of: (1.0, of["alpha"]),
    "neg": lambda of: (-1.0, -1.0),
    "relu": lambda of: (1.0, 0.0),
}
"""Slopes above and below zero of the functions that are straight there."""
GATES = ("sigmoid", "silu", "tanh")
"""Functions of int16 by the table of the gates of recurrent layers."""
SMOOTH = ("elu", "erf", "gelu", "hard_sigmoid", "hard_swish", "mish", "softplus", "square")
"""Functions of int16 by a table of their own."""
LONGEST_STEP = 7
"""Bits of the steps of a table over all int16 codes."""


@dataclass(frozen=True)
class Slopes:
    """Multipliers above and below zero with one right shift, and the codes that results are clamped to."""

    positive: int
    negative: int
    shift: int
    low: int
    high: int


def slopes_of(node: Node, x: Tensor, y: Tensor) -> Slopes:
    """An int16 node of :data:`SLOPES`."""
    function, numbers = str(node.attributes["function"]), numbers_of(node)
    factors = np.array(SLOPES[function](numbers)) * x.scale / y.scale
    (positive, negative), shift = one_shift(factors, MULTIPLIER_BITS[DType.S16])
    ends = numbers.get("low", -math.inf), numbers.get("high", math.inf)
    low, high = (int(np.clip(np.rint(end / y.scale), -32768, 32767)) for end in ends)
    return Slopes(int(positive), int(negative), shift, low, high)


def sloped(x: np.ndarray, positive: int, negative: np.ndarray | int, shift: int) -> np.ndarray:
    """Integers times one of two multipliers, by their sign, and rescaled; int64."""
    values = x.astype(np.int64)
    terms: np.ndarray = values * np.where(values < 0, negative, positive)
    return (terms + (1 << (shift - 1))) >> shift


def gate(node: Node, x: np.ndarray, source: Tensor, y: Tensor) -> np.ndarray:
    """Results of an int16 node of :data:`GATES`, before they are saturated."""
    function = node.attributes["function"]
    codes = rescale(x.astype(np.int64), *fixed_point(np.array(source.scale / GATE_SCALE)))
    codes = np.clip(codes, -PREACTIVATION_LIMIT, PREACTIVATION_LIMIT)
    if function == "tanh":
        return tanh_q15(codes, GATE_FRACTION)
    share = sigmoid_q15(codes, GATE_FRACTION)
    return rescale(x * share, *silu_factor(source, y)) if function == "silu" else share


def silu_factor(source: Tensor, y: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Multiplier and shift of a code times a gate in Q15."""
    return fixed_point(np.array(source.scale * Q15 / y.scale))


def prelu_constants(node: Node, x: Tensor, y: Tensor) -> dict[str, np.ndarray]:
    """Slopes of an integer PReLU as multipliers, int16 ``(p,)``, and the shift that all have in common."""
    factors = np.append(node.constants["slope"].astype(np.float64), 1.0) * x.scale / y.scale
    multipliers, shift = one_shift(factors, MULTIPLIER_BITS[DType.S16])
    return {"slope": multipliers[:-1].astype(np.int16), "shift": np.array([shift], np.uint8)}


def prelu_positive(node: Node, x: Tensor, y: Tensor) -> tuple[int, int]:
    """The multiplier above zero of an integer PReLU, and its shift."""
    shift = int(node.constants["shift"][0])
    return int(np.rint(math.ldexp(x.scale / y.scale, shift))), shift


def codes_table(node: Node, x: Tensor, y: Tensor) -> dict[str, np.ndarray]:
    """Results of all int8 codes, int8 ``(256,)``."""
    with np.errstate(divide="ignore"):
        results = function_of(node)(x.scale * (np.arange(-128.0, 128) - x.zero_point))
    codes = np.clip(np.rint(results / y.scale) + y.zero_point, -128, 127)
    return {"table": codes.astype(np.int8)}


def interpolation_table(node: Node, x: Tensor, y: Tensor) -> dict[str, np.ndarray]:
    """Results of int16 codes at even distances around zero, int16 ``(513,)``, and the bits of a distance.

    The distance is the one with the least error over all codes. Beyond the table results go on in a straight
    line, as those of many functions do.
    """
    function = function_of(node)

    def results(codes: np.ndarray) -> np.ndarray:
        ends = np.clip(function(codes * x.scale) / y.scale, -32768, 32767)
        return np.asarray(ends, np.float64)

    codes = np.arange(-32768, 32768)
    exact = results(codes.astype(np.float64))
    best, found = math.inf, {}
    for step in range(LONGEST_STEP + 1):
        places = np.arange(-INTERVALS // 2, INTERVALS // 2 + 1) * 2.0**step
        table = np.rint(results(places)).astype(np.int16)
        error = np.abs(np.clip(interpolated(table, codes, step), -32768, 32767) - exact).max()
        if error < best:
            best, found = error, {"table": table, "step": np.array([step], np.uint8)}
    return found
