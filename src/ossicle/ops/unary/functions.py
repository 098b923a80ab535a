"""The functions of one number, in the precision of their argument."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ossicle.graph.types import Node

TINY = float(np.finfo(np.float32).tiny)
"""Logarithms and powers take smaller magnitudes for this one."""
LARGEST_PRODUCT = 64
"""Whole exponent up to which a power is computed by products."""
LARGEST = 88.0
"""Of the arguments of an exponential function, as in osc_math.h."""

Numbers = Mapping[str, float]


@dataclass(frozen=True)
class Function:
    """A function, and the attributes of a node that it takes with their usual values."""

    of: Callable[[np.ndarray, Numbers], np.ndarray]
    numbers: Numbers


def _plain(of: Callable[[np.ndarray], np.ndarray], **numbers: float) -> Function:
    return Function(lambda x, given: of(x), numbers)


def _exp(x: np.ndarray) -> np.ndarray:
    exponential: np.ndarray = np.exp(np.clip(x, -LARGEST, LARGEST))
    return exponential


def _sigmoid(x: np.ndarray) -> np.ndarray:
    result: np.ndarray = 1 / (1 + _exp(-x))
    return result


def _softplus(x: np.ndarray) -> np.ndarray:
    result: np.ndarray = np.maximum(x, 0) + np.log1p(_exp(-np.abs(x)))
    return result


def _erf(x: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.vectorize(math.erf, otypes=[np.float64])(x)
    return found


def _pow(x: np.ndarray, numbers: Numbers) -> np.ndarray:
    """Of numbers that are not positive only where the exponent is whole."""
    exponent = numbers["exponent"]
    power: np.ndarray = (x if is_whole(exponent) else np.maximum(x, TINY)) ** exponent
    return power


def is_whole(exponent: float) -> bool:
    """Whether a power is a product of so many factors, or the reciprocal of one."""
    return exponent == int(exponent) and abs(exponent) <= LARGEST_PRODUCT


FUNCTIONS: Mapping[str, Function] = {
    "abs": _plain(np.abs),
    "atan": _plain(np.arctan),
    "ceil": _plain(np.ceil),
    "clip": Function(lambda x, of: np.clip(x, of["low"], of["high"]), {"low": -math.inf, "high": math.inf}),
    "cos": _plain(np.cos),
    "elu": Function(
        lambda x, of: np.where(x > 0, x, of["alpha"] * np.expm1(np.minimum(x, 0))), {"alpha": 1.0}
    ),
    "erf": _plain(_erf),
    "exp": _plain(_exp),
    "floor": _plain(np.floor),
    "gelu": _plain(lambda x: x / 2 * (1 + _erf(x / math.sqrt(2)))),
    "hard_sigmoid": Function(lambda x, of: np.clip(of["alpha"] * x + 0.5, 0, 1), {"alpha": 1 / 6}),
    "hard_swish": _plain(lambda x: x * np.clip(x / 6 + 0.5, 0, 1)),
    "leaky_relu": Function(lambda x, of: np.where(x > 0, x, of["alpha"] * x), {"alpha": 0.01}),
    "log": _plain(lambda x: np.log(np.maximum(x, TINY))),
    "mish": _plain(lambda x: x * np.tanh(_softplus(x))),
    "neg": _plain(np.negative),
    "pow": Function(_pow, {"exponent": 1.0}),
    "reciprocal": _plain(np.reciprocal),
    "relu": _plain(lambda x: np.maximum(x, 0)),
    "round": _plain(np.rint),
    "sigmoid": _plain(_sigmoid),
    "sign": _plain(np.sign),
    "silu": _plain(lambda x: x * _sigmoid(x)),
    "sin": _plain(np.sin),
    "softplus": _plain(_softplus),
    "sqrt": _plain(lambda x: np.sqrt(np.maximum(x, 0))),
    "square": _plain(np.square),
    "tanh": _plain(np.tanh),
}
"""All but prelu, which has a constant."""


def numbers_of(node: Node) -> dict[str, float]:
    """The attributes of a node that its function takes."""
    usual = FUNCTIONS[str(node.attributes["function"])].numbers
    given = {name: node.attributes.get(name, value) for name, value in usual.items()}
    return {name: float(value) for name, value in given.items() if isinstance(value, int | float)}


def function_of(node: Node) -> Callable[[np.ndarray], np.ndarray]:
    """The function of a node, with its numbers."""
    function, numbers = FUNCTIONS[str(node.attributes["function"])], numbers_of(node)
    return lambda x: function.of(x, numbers)
