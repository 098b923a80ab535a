"""Functions of integers: two slopes, the tables of gates, or a table of their own."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ossicle.graph.types import Node, Tensor
from ossicle.numerics.fixed_point import Rounding, fixed_point, one_shift, rescale
from ossicle.numerics.formats import Q15, DType
from ossicle.numerics.fractions import Q15 as FRACTIONS
from ossicle.numerics.functions import INTERVALS, interpolated, sigmoid_q15, tanh_q15
from ossicle.numerics.logistic_table import sigmoid_of_thirds, tanh_of_thirds
from ossicle.ops.elementwise import MULTIPLIER_BITS
from ossicle.ops.unary.functions import Numbers, function_of, numbers_of


@dataclass(frozen=True)
class Line:
    """A function that is straight above and below zero, and is clamped between two values."""

    above: float
    below: float
    offset: float = 0.0
    low: float = -math.inf
    high: float = math.inf


SLOPES: Mapping[str, Callable[[Numbers], Line]] = {
    "abs": lambda of: Line(1.0, -1.0),
    "clip": lambda of: Line(1.0, 1.0, low=of["low"], high=of["high"]),
    "hard_sigmoid": lambda of: Line(of["alpha"], of["alpha"], 0.5, 0.0, 1.0),
    "leaky_relu": lambda of: Line(1.0, of["alpha"]),
    "neg": lambda of: Line(-1.0, -1.0),
    "relu": lambda of: Line(1.0, 0.0),
}
GATES = ("hard_swish", "sigmoid", "silu", "tanh")
"""Functions of int16 by a gate in Q15, from the table of recurrent layers or a line."""
SMOOTH = ("elu", "erf", "gelu", "mish", "softplus", "square")
"""Functions of int16 by a table of their own."""
FRACTION = 15
"""Fraction bits of what the table of gates is read with."""
LIMIT = 16 << FRACTION
GATE_BITS = 3
"""Integer bits of what other runtimes compute gates of."""
LONGEST_SHIFT = 14
"""Of a line with an offset, such that all codes of a result fit into an int32."""
LONGEST_STEP = 7
"""Bits of the steps of a table over all int16 codes."""


@dataclass(frozen=True)
class Slopes:
    """Multipliers above and below zero with one right shift, and the codes that results are clamped to."""

    positive: int
    negative: int
    offset: int
    """Before the shift, the half that rounds included."""
    shift: int
    low: int
    high: int


def slopes_of(node: Node, x: Tensor, y: Tensor) -> Slopes:
    """An int16 node of :data:`SLOPES`."""
    return _slopes(SLOPES[str(node.attributes["function"])](numbers_of(node)), x.scale, y.scale, 32767)


def hard_gate(x: Tensor) -> Slopes:
    """The gate of a hard swish in Q15, up to 32768."""
    return _slopes(Line(1 / 6, 1 / 6, 0.5, 0.0, 1.0), x.scale, Q15, 32768)


def _slopes(line: Line, x_scale: float, y_scale: float, largest: int) -> Slopes:
    factors = np.array([line.above, line.below]) * x_scale / y_scale
    longest = LONGEST_SHIFT if line.offset else 30
    (positive, negative), shift = one_shift(factors, MULTIPLIER_BITS[DType.S16], longest)
    offset = round(math.ldexp(line.offset / y_scale, shift)) + (1 << (shift - 1))
    low, high = (int(np.clip(np.rint(end / y_scale), -32768, largest)) for end in (line.low, line.high))
    return Slopes(int(positive), int(negative), min(offset, 2**30), shift, low, high)


def sloped(x: np.ndarray, of: Slopes) -> np.ndarray:
    """Codes of a function that is straight above and below zero; int64."""
    values = x.astype(np.int64)
    terms = values * np.where(values < 0, of.negative, of.positive)
    clamped: np.ndarray = np.clip((terms + of.offset) >> of.shift, of.low, of.high)
    return clamped


def gate(node: Node, x: np.ndarray, source: Tensor, y: Tensor) -> np.ndarray:
    """Results of an int16 node of :data:`GATES`, before they are saturated."""
    function = node.attributes["function"]
    if function == "hard_swish":
        return rescale(x * sloped(x, hard_gate(source)), *product_factor(source, y))
    if node.rounding != Rounding.ONCE:
        return foreign_gate(node, x.astype(np.int64), source)
    codes = np.clip(rescale(x.astype(np.int64), *gate_factor(source)), -LIMIT, LIMIT)
    if function == "tanh":
        return tanh_q15(codes, FRACTION)
    share = sigmoid_q15(codes, FRACTION)
    return rescale(x * share, *product_factor(source, y)) if function == "silu" else share


def foreign_gate(node: Node, x: np.ndarray, source: Tensor) -> np.ndarray:
    """Sigmoid or tanh in Q15 as LiteRT and TFLM compute it."""
    sigmoid = node.attributes["function"] == "sigmoid"
    factor = fraction_factor(node, source)
    if factor:
        codes = np.clip(x * factor, -32768, 32767)
        return FRACTIONS.sigmoid(codes, GATE_BITS) if sigmoid else FRACTIONS.tanh(codes, GATE_BITS)
    multiplier, shift = thirds_factor(source)
    scaled = (x * multiplier + (1 << shift >> 1)) >> shift
    return sigmoid_of_thirds(scaled) if sigmoid else tanh_of_thirds(scaled)


def fraction_factor(node: Node, source: Tensor) -> int:
    """What makes a code a number of 3 integer bits, if LiteRT computes a gate of that; 0 if not."""
    factor = source.scale * 2.0 ** (15 - GATE_BITS)
    possible = (1.0,) if node.attributes["function"] == "sigmoid" else (1.0, 2.0)
    return int(factor) if node.rounding == Rounding.FLOAT32 and factor in possible else 0


def thirds_factor(source: Tensor) -> tuple[int, int]:
    """Multiplier of 15 bits and shift from a code to a number times 3 with 12 fraction bits."""
    factor, shift = 3 * source.scale * 2.0**12, 0
    while factor <= 32767 / 2 and shift <= 30:
        factor, shift = 2 * factor, shift + 1
    return int(factor), shift


def gate_factor(source: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Multiplier and shift of a code, to read the table of gates with."""
    return fixed_point(np.array(source.scale * 2.0**FRACTION))


def product_factor(source: Tensor, y: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Multiplier and shift of a code times a gate in Q15."""
    return fixed_point(np.array(source.scale * Q15 / y.scale))


def prelu_constants(node: Node, x: Tensor, y: Tensor) -> dict[str, np.ndarray]:
    """Slopes of an integer PReLU as multipliers, int16 ``(p,)``, and the shift that all have in common."""
    factors = np.append(node.constants["slope"].astype(np.float64), 1.0) * x.scale / y.scale
    multipliers, shift = one_shift(factors, MULTIPLIER_BITS[DType.S16])
    return {"slope": multipliers[:-1].astype(np.int16), "shift": np.array([shift], np.uint8)}


def prelu(node: Node, x: np.ndarray, source: Tensor, y: Tensor, slope: np.ndarray) -> np.ndarray:
    """Results of an integer PReLU with a slope for each value, before they are saturated."""
    positive, shift = prelu_positive(node, source, y)
    values = x.astype(np.int64) - source.zero_point
    terms: np.ndarray = values * np.where(values < 0, slope, positive)
    return (terms + (1 << (shift - 1))) >> shift


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
