"""Matrix-vector products along the last axis of arrays, as all operators have them (docs/numerics.md)."""

from collections.abc import Callable, Mapping

import numpy as np

from ossicle.numerics.fixed_point import Rounding, rescale

Product = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Sums of a weight ``(rows, columns)`` times operands ``(..., columns)``, of shape ``(..., rows)``."""


def matvec(weight: np.ndarray, bias: np.ndarray, x: np.ndarray) -> np.ndarray:
    """``weight @ x + bias`` of float constants, accumulated in float32."""
    x, weight, bias = (values.astype(np.float32, copy=False) for values in (x, weight, bias))
    sums: np.ndarray = x @ weight.T + bias
    return sums


def by_row(weight: np.ndarray, x: np.ndarray) -> np.ndarray:
    """``weight @ x``, without bias."""
    sums: np.ndarray = x @ weight.T
    return sums


def by_group(weight: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Of operands ``(..., groups, columns)``, each for a group of the rows, ``(..., rows)``."""
    groups, columns = x.shape[-2:]
    of_groups = x.reshape(-1, groups, columns).swapaxes(0, 1)
    sums: np.ndarray = of_groups @ weight.reshape(groups, -1, columns).swapaxes(1, 2)
    return sums.swapaxes(0, 1).reshape(*x.shape[:-2], len(weight))


def integer_product(
    constants: Mapping[str, np.ndarray],
    suffix: str,
    x: np.ndarray,
    product: Product = by_row,
    rounding: Rounding = Rounding.ONCE,
) -> np.ndarray:
    """Integer product plus bias, rescaled; int64. Doubles hold the products' sums exactly."""
    sums = product(constants["weight" + suffix].astype(np.float64), x.astype(np.float64))
    accumulator = sums.astype(np.int64) + constants["bias" + suffix]
    return rescale(accumulator, constants["multiplier" + suffix], constants["shift" + suffix], rounding)
