"""Integer constants of a matrix-vector product (docs/numerics.md)."""

from collections.abc import Mapping

import numpy as np

from ossicle.errors import OssicleError
from ossicle.graph import Tensor
from ossicle.graph.ops import Matrix
from ossicle.graph.types import HIDDEN_SCALE, DType


def integer_constants(
    matrix: Matrix, constants: Mapping[str, np.ndarray], operand: Tensor, scale: float
) -> dict[str, np.ndarray]:
    """Weights int8 per row, the bias in the accumulator's unit, and the multiplier and shift of each row.

    ``scale`` is what one step of the product's integer result stands for. The operand's zero point is
    folded into the bias: ``sum w (x - z) = sum w x - z sum w``.
    """
    operand_scale = operand.scale if operand.dtype == DType.S8 else HIDDEN_SCALE
    weight = constants[matrix.weight].astype(np.float64)
    bias = constants[matrix.bias].astype(np.float64)
    # The second term keeps the bias inside the accumulator beside weights that are tiny or pruned away.
    row_scale = np.maximum(np.abs(weight).max(axis=1) / 127, np.abs(bias) / (2**30 * operand_scale))
    row_scale[row_scale == 0] = 1.0
    quantized = np.rint(weight / row_scale[:, None]).astype(np.int8)
    unit = row_scale * operand_scale
    folded = np.rint(bias / unit) - operand.zero_point * quantized.sum(axis=1, dtype=np.int64)
    multiplier, shift = fixed_point(unit / scale)
    return {
        matrix.weight: quantized,
        matrix.bias: folded.astype(np.int32),
        matrix.multiplier: multiplier,
        matrix.shift: shift,
    }


def fixed_point(factor: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Write positive factors as ``multiplier / 2**shift``: int32 under 2**31, and uint8 in 1..62.

    The multiplier has its upper bit set, except for factors under 2**-31, which round all results to zero.
    """
    mantissa, exponent = np.frexp(factor)
    shift = np.minimum(31 - exponent, 62)
    multiplier = np.rint(np.ldexp(mantissa, exponent + shift))
    carry = multiplier == 2.0**31
    multiplier, shift = np.where(carry, 2.0**30, multiplier), shift - carry
    if shift.min() < 1:
        raise OssicleError(
            "a layer's result is too fine beside its weights for int8; use fp16 for this layer"
        )
    return multiplier.astype(np.int32), shift.astype(np.uint8)
