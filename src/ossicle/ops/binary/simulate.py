"""The arithmetic of :mod:`ossicle.ops.binary`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ossicle.graph.types import Node, Tensor
from ossicle.numerics.fixed_point import Rounding, fixed_point, one_shift, rescale
from ossicle.numerics.formats import DType
from ossicle.ops.binary.twice import sum_of_terms
from ossicle.ops.elementwise import MULTIPLIER_BITS, repeated, saturated

FUNCTIONS: Mapping[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "max": np.maximum,
    "min": np.minimum,
    "greater": np.greater,
    "less": np.less,
    "equal": np.equal,
}
COMPARISONS = ("greater", "less", "equal")
SIGNED = {"sub": ("add", (1, -1)), "less": ("greater", (-1, -1))}
"""Functions that are others of integers whose multipliers have these signs."""


@dataclass(frozen=True)
class Terms:
    """How integers are computed: the function, multipliers of both inputs, the right shift of the result."""

    function: str
    a: int
    b: int
    shift: int


def terms(node: Node, inputs: Sequence[Tensor], y: Tensor) -> Terms:
    """How a node computes integers; a product has one multiplier for both inputs."""
    (a, b), name = inputs, str(node.attributes["function"])
    if name == "mul":
        multiplier, right = fixed_point(_ratio(node, a.scale * b.scale, y.scale))
        return Terms(name, int(multiplier), 0, int(right))
    # The result of a comparison does not depend on the unit of what is compared.
    unit = max(a.scale, b.scale) if name in COMPARISONS else y.scale
    function, signs = SIGNED.get(name, (name, (1, 1)))
    factors = _ratio(node, np.array([signs[0] * a.scale, signs[1] * b.scale]), unit)
    (of_a, of_b), shift = one_shift(factors, MULTIPLIER_BITS[y.dtype])
    return Terms(function, int(of_a), int(of_b), shift)


def _ratio(node: Node, scale: np.ndarray | float, unit: float) -> np.ndarray:
    """The ratio of two scales, in the precision in which it is rounded."""
    if node.rounding == Rounding.FLOAT32:
        return np.asarray(np.float32(scale) / np.float32(unit), np.float64)
    return np.asarray(scale / unit)


def product_rounding(node: Node, y: Tensor) -> Rounding:
    """How a product of codes is rounded: LiteRT rounds those of int16 twice."""
    wide = y.dtype == DType.S16 and node.rounding != Rounding.ONCE
    return Rounding.TWICE if wide else node.rounding


def adds_terms(node: Node, y: Tensor) -> bool:
    """Whether both terms of a sum are rounded before they are added."""
    return node.rounding == Rounding.TWICE or (node.rounding == Rounding.FLOAT32 and y.dtype == DType.S16)


def simulate(
    node: Node, inputs: Sequence[np.ndarray], sources: Sequence[Tensor], outputs: Sequence[Tensor]
) -> list[np.ndarray]:
    """Run one frame."""
    (a, b), (y,) = inputs, outputs
    spread = repeated(node, b, a.shape[-1])
    if y.dtype == DType.F32:
        with np.errstate(divide="ignore", invalid="ignore"):
            return [FUNCTIONS[str(node.attributes["function"])](a, spread).astype(np.float32)]
    first, second = (
        codes.astype(np.int64) - tensor.zero_point for codes, tensor in zip((a, spread), sources, strict=True)
    )
    factors = terms(node, sources, y)
    if factors.function == "mul":
        rounding = product_rounding(node, y)
        product = rescale(first * second, np.array(factors.a), np.array(factors.shift), rounding)
        return [saturated(product, y)]
    if factors.function == "add" and adds_terms(node, y):
        sign = -1 if node.attributes["function"] == "sub" else 1
        types = (sources[0], sources[1], y)
        return [saturated(sum_of_terms(first, second, sign, types, node.rounding), y)]
    result = FUNCTIONS[factors.function](first * factors.a, second * factors.b)
    if factors.function in COMPARISONS:
        return [result.astype(y.dtype.numpy)]
    return [saturated((result + (1 << (factors.shift - 1))) >> factors.shift, y)]
