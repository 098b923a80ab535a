"""Integer constants of a matrix-vector product (docs/numerics.md)."""

from collections.abc import Mapping

import numpy as np

from ossicle.graph import Tensor
from ossicle.graph.calibration import Moments
from ossicle.graph.operator import Matrix
from ossicle.numerics.fixed_point import fixed_point
from ossicle.numerics.formats import DType, Precision
from ossicle.quantization.rounding import round_to_fit

LARGEST_OPERAND = {DType.S8: 128, DType.S16: 32768}
"""Largest magnitude of an operand's code."""


def row_scales(weight: np.ndarray, bias: np.ndarray, precision: Precision, operand: Tensor) -> np.ndarray:
    """What one LSB of each row's weights stands for, so that no int32 accumulator can overflow."""
    magnitude = np.abs(weight)
    scale: np.ndarray = np.max(
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
    moments: Moments,
    recurrent: bool = False,
) -> dict[str, np.ndarray]:
    """Weights per row, the bias in the accumulator's unit, and the multiplier and shift of each row.

    ``scale`` is what one LSB of the product's integer result stands for. The operand's zero point is
    folded into the bias: ``sum w (x - z) = sum w x - z sum w``. Weights are rounded to fit what they
    multiply, and the bias of a layer in int8 that is not ``recurrent`` takes what rounding the operand and
    the weights took of the mean of its result.
    """
    weight = constants[matrix.weight].astype(np.float64)
    bias = constants[matrix.bias].astype(np.float64)
    row_scale = row_scales(weight, bias, precision, operand)
    groups = len(moments.power)
    quantized = np.concatenate(
        [
            round_to_fit(rows, scales, precision.largest_weight, moments.second_moment(group))
            for group, (rows, scales) in enumerate(
                zip(np.split(weight, groups), np.split(row_scale, groups), strict=True)
            )
        ]
    )
    if operand.dtype == DType.S8 and not recurrent:
        # Of the small values of a spectrum, all that 8 bits keep is their mean.
        mean, s8_mean = (
            np.repeat(of, len(weight) // groups, axis=0) for of in (moments.mean, moments.s8_mean)
        )
        bias = bias + (mean * weight - s8_mean * quantized * row_scale[:, None]).sum(axis=1)
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
