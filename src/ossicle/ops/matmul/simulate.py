"""Product of two tensors of activations (:mod:`ossicle.ops.matmul`)."""

from collections.abc import Sequence

import numpy as np

from ossicle.graph import Node, Tensor
from ossicle.numerics.fixed_point import fixed_point, rescale, short_fixed_point
from ossicle.numerics.formats import DType

TYPES = (DType.F32, DType.S8, DType.S16)
LARGEST_K = 2**15
"""Products of a sum, so that an int32 holds it of int8, and an int64 of int16 times a factor of 16 bits."""


def shape_of(node: Node) -> tuple[int, int, int, int]:
    """Batch, rows and columns of a, and columns of the result; zeros where the attribute is no such shape."""
    shape = node.attributes.get("shape")
    whole = isinstance(shape, tuple) and len(shape) == 4 and all(type(size) is int for size in shape)
    return shape if whole else (0, 0, 0, 0)  # type: ignore[return-value]


def simulate(
    node: Node, inputs: Sequence[np.ndarray], sources: Sequence[Tensor], outputs: Sequence[Tensor]
) -> list[np.ndarray]:
    """Run one frame."""
    batch, m, k, n = shape_of(node)
    leading = inputs[0].shape[:-1]
    a = inputs[0].reshape(*leading, batch, m, k)
    b = (
        inputs[1].reshape(*leading, batch, n, k).swapaxes(-1, -2)
        if node.attributes.get("transposed")
        else (inputs[1].reshape(*leading, batch, k, n))
    )
    (of_a, of_b), (output,) = sources, outputs
    if output.dtype == DType.F32:
        return [_product(a, b).reshape(*leading, -1)]
    codes = integer_matmul(a, b, of_a, of_b, output)
    return [codes.reshape(*leading, -1)]


def _product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The product of float32, whose terms are added one after the other."""
    result = np.zeros((*a.shape[:-1], b.shape[-1]), np.float32)
    for column, row in zip(np.moveaxis(a, -1, 0), np.moveaxis(b, -2, 0), strict=True):
        result += column[..., None] * row[..., None, :]
    return result


def integer_matmul(a: np.ndarray, b: np.ndarray, of_a: Tensor, of_b: Tensor, output: Tensor) -> np.ndarray:
    """Codes of the product; doubles hold its sums exactly."""
    sums = (a.astype(np.float64) - of_a.zero_point) @ (b.astype(np.float64) - of_b.zero_point)
    multiplier, shift = factor(of_a, of_b, output)
    results = rescale(sums.astype(np.int64), np.array(multiplier), np.array(shift)) + output.zero_point
    limits = np.iinfo(output.dtype.numpy)
    codes: np.ndarray = np.clip(results, limits.min, limits.max)
    return codes.astype(output.dtype.numpy)


def factor(of_a: Tensor, of_b: Tensor, output: Tensor) -> tuple[int, int]:
    """Multiplier and shift from sums to codes; of sums of int16 products, a multiplier of 16 bits."""
    write = fixed_point if output.dtype == DType.S8 else short_fixed_point
    multiplier, shift = write(np.array(of_a.scale * of_b.scale / output.scale))
    return int(multiplier), int(shift)
