"""The layout for products of two neighbours at once, as x86 has them.

``pairs``: blocks of 64 rows, the last of which may have fewer. In a block, column pair by column pair, the
two weights of each row side by side and those of all its rows after one another; of an odd number of columns,
the last one stands alone. So a block of rows is read once, from its beginning to its end.
"""

import numpy as np

from ossicle.kernels.layouts.layout import Layout
from ossicle.numerics.formats import Precision

ROWS = 64
"""Of a block: four registers of AVX-512, eight of AVX2."""


def _pack(weight: np.ndarray, precision: Precision) -> np.ndarray:
    return np.concatenate([_block(weight[row : row + ROWS]) for row in range(0, len(weight), ROWS)])


def _block(weight: np.ndarray) -> np.ndarray:
    rows, columns = weight.shape
    even = columns - columns % 2
    pairs = weight[:, :even].reshape(rows, even // 2, 2).swapaxes(0, 1)
    return np.concatenate([pairs.ravel(), weight[:, even:].ravel()])


def _bytes(weight: np.ndarray, precision: Precision) -> int:
    return weight.size * precision.least_bytes(1)


PAIRS = Layout("pairs", _pack, _bytes)
