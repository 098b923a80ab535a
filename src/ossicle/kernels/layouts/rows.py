"""The layouts of the portable kernels, which read elements as they are.

``rows`` is row by row, weights of four bits in pairs, the first one lower; a row of odd length ends with a
zero. ``columns`` is column by column, the weights of all rows side by side, and otherwise as ``rows`` of the
transposed weight; of depthwise weights ``(channels, taps)`` it is tap by tap.
"""

import numpy as np

from ossicle.kernels.layouts.layout import Layout
from ossicle.numerics.formats import Precision


def _pack_rows(weight: np.ndarray, precision: Precision) -> np.ndarray:
    if precision.weight_bits != 4:
        return weight
    even = np.pad(weight, ((0, 0), (0, weight.shape[1] % 2))).view(np.uint8) & 15
    return even[:, ::2] | (even[:, 1::2] << 4)


def _row_bytes(weight: np.ndarray, precision: Precision) -> int:
    return len(weight) * precision.least_bytes(weight.shape[1])


def _pack_columns(weight: np.ndarray, precision: Precision) -> np.ndarray:
    return _pack_rows(np.ascontiguousarray(weight.T), precision)


def _column_bytes(weight: np.ndarray, precision: Precision) -> int:
    return _row_bytes(weight.T, precision)


ROWS = Layout("rows", _pack_rows, _row_bytes)
COLUMNS = Layout("columns", _pack_columns, _column_bytes)
