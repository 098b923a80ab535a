"""Integer constants of a matrix-vector product (docs/numerics.md)."""

from collections.abc import Mapping

import numpy as np

from ossicle.graph import Tensor
from ossicle.graph.ops import Matrix
from ossicle.graph.types import DType, Precision
from ossicle.quantize.rounding import round_to_fit, round_to_nearest
from ossicle.simulate.convert import encode
from ossicle.simulate.numbers import fixed_point

LARGEST_OPERAND = {DType.S8: 128, DType.S16: 32768}
"""Largest magnitude of an operand's code."""


def row_scales(weight: np.ndarray, bias: np.ndarray, precision: Precision, operand: Tensor) -> np.ndarray:
    """What one step of each row's weights stands for, so that no int32 accumulator can overflow."""
    magnitude = np.abs(weight)
    scale = np.max(
        [
            magnitude.max(axis=1) / precision.largest_weight,
            # Beside weights that are tiny or pruned away, the bias would leave the accumulator.
            np.abs(bias) / (2**29 * operand.scale),
            # So would the products of a very long row.
            magnitude.sum(axis=1) * LARGEST_OPERAND[operand.dtype] / (1.25 * 2**30),
        ],
        axis=0,
    )
    scale[scale == 0] = 1.0
    return scale


def integer_constants(
    matrix: Matrix,
    constants: Mapping[str, np.ndarray],
    precision: Precision,
    operand: Tensor,
    scale: float,
    values: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """Weights per row, the bias in the accumulator's unit, and the multiplier and shift of each row.

    ``scale`` is what one step of the product's integer result stands for. The operand's zero point is
    folded into the bias: ``sum w (x - z) = sum w x - z sum w``. With ``values`` of the operand, float of
    shape ``(frames, columns)``, weights are rounded to fit them rather than to the nearest code.
    """
    weight = constants[matrix.weight].astype(np.float64)
    bias = constants[matrix.bias].astype(np.float64)
    row_scale = row_scales(weight, bias, precision, operand)
    if values is None:
        quantized = round_to_nearest(weight, row_scale, precision.largest_weight)
    else:
        codes = encode(values, operand).astype(np.float64) - operand.zero_point
        quantized = round_to_fit(weight, row_scale, precision.largest_weight, operand.scale * codes)
        if operand.dtype == DType.S8 and not matrix.recurrent:
            # Of the small values of a spectrum, all that 8 bits keep is their mean.
            rounded = operand.scale * codes.mean(axis=0) @ (quantized * row_scale[:, None]).T
            bias = bias + values.mean(axis=0, dtype=np.float64) @ weight.T - rounded
    quantized = quantized.astype(precision.weight_type)
    unit = row_scale * operand.scale
    folded = np.rint(bias / unit) - operand.zero_point * quantized.sum(axis=1, dtype=np.int64)
    multiplier, shift = fixed_point(unit / scale)
    return {
        matrix.weight: quantized,
        matrix.bias: folded.astype(np.int32),
        matrix.multiplier: multiplier,
        matrix.shift: shift,
    }
