"""The layouts of weights of 8 bits whose blocks of four rows and two columns are mostly zero.

For each four rows: a word that says how many of their blocks are not zero; then, two blocks at a time, a word
with the first column of each, that of the first in the lower half, and the eight weights of each. An odd
last block has a word and its weights alone. The last column of an odd number is the second one of a block
whose first is zero. Rows of zeros make up for missing ones. The weights of a block are

* ``blocks``: bytes, row by row.
* ``smlad_blocks``: halfwords ``256 a + b`` of the first two rows, then of the others (``layouts/smlad.py``).
"""

from collections.abc import Callable

import numpy as np

from ossicle.kernels.layouts.layout import Layout, tables_of_words
from ossicle.numerics.formats import Precision

ROWS, COLUMNS = 4, 2
MOST_COLUMNS = 1 << 16
MOST_PRESENT = 0.75
"""Fraction of the blocks, each of which takes 1.2 times the cycles on an M7, and 1.25 times the bytes."""


def blocks_of(weight: np.ndarray) -> np.ndarray:
    """The blocks of a weight, ``(row groups, column pairs, rows, columns)``."""
    rows, columns = weight.shape
    padded = np.pad(weight, ((0, -rows % ROWS), (0, columns % COLUMNS)))
    if columns % COLUMNS:
        padded[:, -COLUMNS:] = padded[:, -1 : -1 - COLUMNS : -1]
    return padded.reshape(-1, ROWS, padded.shape[1] // COLUMNS, COLUMNS).swapaxes(1, 2)


def mostly_zero(weight: np.ndarray) -> bool:
    """Whether so few blocks are left that it pays to skip the others, in time and in bytes."""
    fits = COLUMNS <= weight.shape[1] <= MOST_COLUMNS
    return fits and bool(blocks_of(weight).any(axis=(2, 3)).mean() <= MOST_PRESENT)


def _pack(weight: np.ndarray, of_block: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    blocks = blocks_of(weight)
    columns = np.minimum(COLUMNS * np.arange(blocks.shape[1]), weight.shape[1] - COLUMNS)
    parts: list[np.ndarray] = []
    for group in blocks:
        present = np.flatnonzero(group.any(axis=(1, 2)))
        parts.append(np.array([present.size], "<u4"))
        for two in range(0, present.size, 2):
            pair = present[two : two + 2]
            parts += [np.array([columns[pair[0]], columns[pair[-1]]], "<u2"), of_block(group[pair])]
    return tables_of_words(parts)


def _bytes(weight: np.ndarray, precision: Precision) -> int:
    present = blocks_of(weight).any(axis=(2, 3)).sum(axis=1)
    return int((4 + 4 * -(-present // 2) + ROWS * COLUMNS * present).sum())


def _row_pairs(blocks: np.ndarray) -> np.ndarray:
    wide = blocks.astype(np.int16)
    pairs: np.ndarray = 256 * wide[:, ::2] + wide[:, 1::2]
    return pairs.astype("<i2")


def _pack_rows(weight: np.ndarray, precision: Precision) -> np.ndarray:
    return _pack(weight, np.asarray)


def _pack_row_pairs(weight: np.ndarray, precision: Precision) -> np.ndarray:
    return _pack(weight, _row_pairs)


# Targets hold layouts, and go to other processes: so no lambda.
BLOCKS = Layout("blocks", _pack_rows, _bytes, even=False, words=True)
SMLAD_BLOCKS = Layout("smlad_blocks", _pack_row_pairs, _bytes, even=False, words=True)
