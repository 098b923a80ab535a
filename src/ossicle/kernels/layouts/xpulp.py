"""The layout for the packed products of Xpulp and CORE-V.

R rows are ceil(R / 4) groups, as even as can be, larger ones first (:func:`row_groups`); in a group, word j
of each row in turn, then word j + 1. A word holds 4 columns of 8 bits, 2 of 16, or 8 of 4 bits: byte i has
column i in its lower half and column 4 + i in its upper one. Zeros fill up the last word of each row.
"""

import numpy as np

from ossicle.kernels.layouts.layout import Layout
from ossicle.numerics.formats import Precision


def row_groups(rows: int) -> list[int]:
    """How many rows the groups have: 6 are 3 + 3, which share operands better than 4 + 2."""
    groups = -(-rows // 4)
    return [rows // groups + (group < rows % groups) for group in range(groups)]


def _pack(weight: np.ndarray, precision: Precision) -> np.ndarray:
    columns = 32 // precision.weight_bits
    words = np.pad(weight, ((0, 0), (0, -weight.shape[1] % columns)))
    if precision.weight_bits == 4:
        halves = (words.view(np.uint8) & 15).reshape(len(words), -1, 2, 4)
        words = halves[:, :, 0] | (halves[:, :, 1] << 4)
    words = np.ascontiguousarray(words).view("<u4").reshape(len(weight), -1)
    groups = np.split(words, np.cumsum(row_groups(len(words)))[:-1])
    return np.concatenate([group.T.ravel() for group in groups])


def _bytes(weight: np.ndarray, precision: Precision) -> int:
    columns: int = weight.shape[1]
    return 4 * len(weight) * -(-columns * precision.weight_bits // 32)


XPULP = Layout("xpulp", _pack, _bytes, words=True)
