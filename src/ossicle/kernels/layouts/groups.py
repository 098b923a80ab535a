"""The layout for products of whole registers, as 64-bit Arm has them.

``groups``: four rows side by side, 16 columns of each in turn, so that one pointer walks all of them. Zeros
fill up the last group and the last columns. For operands of 16 bits, 128 times the sum of each row follows as
32 bits: SDOT reads the lower byte of an operand less 128.
"""

import numpy as np

from ossicle.kernels.layouts.layout import Layout
from ossicle.numerics.formats import DType, Precision

ROWS, COLUMNS = 4, 16


def _pack(weight: np.ndarray, precision: Precision) -> np.ndarray:
    rows, columns = weight.shape
    padded = np.pad(weight, ((0, -rows % ROWS), (0, -columns % COLUMNS)))
    groups = padded.reshape(-1, ROWS, padded.shape[1] // COLUMNS, COLUMNS).swapaxes(1, 2)
    if precision.operand != DType.S16:
        return groups.ravel()
    corrections = 128 * padded.sum(axis=1, dtype=np.int32)
    return np.concatenate([groups.ravel(), corrections.astype("<i4").view(np.int8)])


def _bytes(weight: np.ndarray, precision: Precision) -> int:
    rows: int = weight.shape[0] + -weight.shape[0] % ROWS
    columns: int = weight.shape[1] + -weight.shape[1] % COLUMNS
    return rows * (columns + (4 if precision.operand == DType.S16 else 0))


GROUPS = Layout("groups", _pack, _bytes, even=False)
