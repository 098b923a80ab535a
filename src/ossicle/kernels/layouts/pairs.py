"""The layout for products of two neighbours at once, as x86 has them.

``pairs``: column pair by column pair, the two weights of each row side by side and those of all rows after
one another; of an odd number of columns, the last one stands alone.
"""

import numpy as np

from ossicle.kernels.layouts.layout import Layout
from ossicle.numerics.formats import Precision


def _pack(weight: np.ndarray, precision: Precision) -> np.ndarray:
    rows, columns = weight.shape
    even = columns - columns % 2
    pairs = weight[:, :even].reshape(rows, even // 2, 2).swapaxes(0, 1)
    return np.concatenate([pairs.ravel(), weight[:, even:].ravel()])


def _bytes(weight: np.ndarray, precision: Precision) -> int:
    return weight.size * precision.least_bytes(1)


PAIRS = Layout("pairs", _pack, _bytes)
