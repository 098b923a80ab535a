"""The layout for products of four neighbours at once, as x86 has them.

``quads``: blocks of 64 rows, the last of which may have fewer. In a block, four columns after another, the
four weights of each row side by side and those of all its rows after one another; zeros fill up the last
columns. So a block of rows is read once, from its beginning to its end. 128 times the sum of each row follows
as 32 bits: VPDPBUSD reads bytes of an operand without a sign, to which 128 is added.
"""

import numpy as np

from ossicle.kernels.layouts.layout import Layout
from ossicle.numerics.formats import Precision

ROWS, COLUMNS = 64, 4


def _pack(weight: np.ndarray, precision: Precision) -> np.ndarray:
    padded = np.pad(weight, ((0, 0), (0, -weight.shape[1] % COLUMNS)))
    blocks = [_block(padded[row : row + ROWS]) for row in range(0, len(padded), ROWS)]
    corrections = 128 * padded.sum(axis=1, dtype=np.int32)
    return np.concatenate([*blocks, corrections.astype("<i4").view(np.int8)])


def _block(weight: np.ndarray) -> np.ndarray:
    return weight.reshape(len(weight), -1, COLUMNS).swapaxes(0, 1).ravel()


def _bytes(weight: np.ndarray, precision: Precision) -> int:
    rows: int = weight.shape[0]
    columns: int = weight.shape[1] + -weight.shape[1] % COLUMNS
    return rows * (columns + 4)


QUADS = Layout("quads", _pack, _bytes, even=False)
