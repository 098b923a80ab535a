"""The functions in float32, as the C computes them (:mod:`ossicle.numerics.single`)."""

import math
from collections.abc import Callable, Mapping

import numpy as np

from ossicle.graph.types import Node
from ossicle.numerics import single
from ossicle.ops.unary.functions import Numbers, is_whole, numbers_of

FLOAT_MAX = float(np.finfo(np.float32).max)
ZERO, HALF, ONE = np.float32(0), np.float32(0.5), np.float32(1)


def _elu(x: np.ndarray, of: Numbers) -> np.ndarray:
    return np.where(x > 0, x, np.float32(of["alpha"]) * single.expm1(x))


def _gelu(x: np.ndarray) -> np.ndarray:
    gelu: np.ndarray = HALF * x * (ONE + single.erf(x * np.float32(math.sqrt(0.5))))
    return gelu


def _pow(x: np.ndarray, of: Numbers) -> np.ndarray:
    exponent = of["exponent"]
    return single.whole_power(x, int(exponent)) if is_whole(exponent) else single.power(x, exponent)


def _ceil(x: np.ndarray) -> np.ndarray:
    whole = single.nearest(x)
    return np.where(whole < x, whole + ONE, whole)


def _floor(x: np.ndarray) -> np.ndarray:
    whole = single.nearest(x)
    return np.where(whole > x, whole - ONE, whole)


SINGLE: Mapping[str, Callable[[np.ndarray, Numbers], np.ndarray]] = {
    "abs": lambda x, of: np.abs(x),
    "atan": lambda x, of: single.atan(x),
    "ceil": lambda x, of: _ceil(x),
    "clip": lambda x, of: single.clamp(x, of["low"], of["high"]),
    "cos": lambda x, of: single.sine(x, 1),
    "elu": _elu,
    "erf": lambda x, of: single.erf(x),
    "exp": lambda x, of: single.exp(x),
    "floor": lambda x, of: _floor(x),
    "gelu": lambda x, of: _gelu(x),
    "hard_sigmoid": lambda x, of: single.clamp(np.float32(of["alpha"]) * x + HALF, 0.0, 1.0),
    "hard_swish": lambda x, of: x * single.clamp(x * (ONE / np.float32(6)) + HALF, 0.0, 1.0),
    "leaky_relu": lambda x, of: np.where(x > 0, x, np.float32(of["alpha"]) * x),
    "log": lambda x, of: single.log(x),
    "mish": lambda x, of: x * single.tanh(single.softplus(x)),
    "neg": lambda x, of: -x,
    "pow": _pow,
    "reciprocal": lambda x, of: ONE / x,
    "relu": lambda x, of: np.where(x > 0, x, ZERO),
    "round": lambda x, of: single.nearest(x),
    "sigmoid": lambda x, of: single.sigmoid(x),
    "sign": lambda x, of: np.sign(x),
    "silu": lambda x, of: x * single.sigmoid(x),
    "sin": lambda x, of: single.sine(x, 0),
    "softplus": lambda x, of: single.softplus(x),
    "sqrt": lambda x, of: np.sqrt(np.where(x > 0, x, ZERO)),
    "square": lambda x, of: x * x,
    "tanh": lambda x, of: single.tanh(x),
}


def single_numbers(node: Node) -> dict[str, float]:
    """The attributes of a node that its function takes, as floats of the C: within the largest one."""
    return {name: float(np.clip(value, -FLOAT_MAX, FLOAT_MAX)) for name, value in numbers_of(node).items()}


def single_function(node: Node, x: np.ndarray) -> np.ndarray:
    """The function of a node, of float32."""
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        return SINGLE[str(node.attributes["function"])](x, single_numbers(node))
