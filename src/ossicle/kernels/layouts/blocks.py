"""The layouts of weights of 8 or 4 bits whose blocks of some rows and two columns are mostly zero.

The last column of an odd number is the second one of a block whose first is zero. Rows of zeros make up for
missing ones.

``blocks`` and ``smlad_blocks`` have blocks of four rows. For each four rows: a word that says how many of
their blocks are not zero; then, two blocks at a time, a word with the first column of each, that of the first
in the lower half, and the eight weights of each. An odd last block has a word and its weights alone. The
weights of a block are

* ``blocks``: bytes, row by row; of 4 bits, a byte for each row, its first column in the lower half.
* ``smlad_blocks``: halfwords ``256 a + b`` of the first two rows, then of the others; of 4 bits, a halfword
  of all four rows for each column (``layouts/smlad.py``).

``tall_blocks`` and ``smlad_tall_blocks`` have blocks of 16 rows, which fill a vector, and whose columns take
few bytes. For each 16 rows: a word that counts the blocks that are not zero, the first columns of all of them
as halfwords, and then their weights: block by block as in ``blocks``, or for each four rows those of all
blocks as in ``smlad_blocks``.
"""

from collections.abc import Callable

import numpy as np

from ossicle.kernels.layouts.layout import Layout, tables_of_words
from ossicle.numerics.formats import Precision

ROWS, TALL, COLUMNS = 4, 16, 2
MOST_COLUMNS = 1 << 16
MOST_PRESENT = 0.75
"""Fraction of the blocks, each of which takes 1.2 times the cycles on an M7, and 1.25 times the bytes."""
MOST_PRESENT_OF_4_BITS = 0.5
"""These take twice the instructions and 1.5 times the bytes."""
MOST_WITHIN_TALL = 1.2
"""Weights of tall blocks relative to those of blocks of four rows, of 1.3 times the bytes a weight."""
MOST_PRESENT_OF_TALL = 0.7
"""These take up to 1.4 times the cycles on x86, where dense products read an operand once for 64 rows."""


def blocks_of(weight: np.ndarray, height: int = ROWS) -> np.ndarray:
    """The blocks of a weight, ``(row groups, column pairs, rows, columns)``."""
    rows, columns = weight.shape
    padded = np.pad(weight, ((0, -rows % height), (0, columns % COLUMNS)))
    if columns % COLUMNS:
        padded[:, -COLUMNS:] = padded[:, -1 : -1 - COLUMNS : -1]
    return padded.reshape(-1, height, padded.shape[1] // COLUMNS, COLUMNS).swapaxes(1, 2)


def mostly_zero(weight: np.ndarray) -> bool:
    """Whether so few blocks are left that it pays to skip the others, in time and in bytes."""
    return _left_at_most(weight, MOST_PRESENT)


def mostly_zero_of_4_bits(weight: np.ndarray) -> bool:
    """Likewise of weights of 4 bits."""
    return _left_at_most(weight, MOST_PRESENT_OF_4_BITS)


def tall_mostly_zero(weight: np.ndarray) -> bool:
    """Likewise of blocks of 16 rows."""
    return _left_at_most(weight, MOST_PRESENT_OF_TALL, TALL)


def tall_mostly_zero_of_4_bits(weight: np.ndarray) -> bool:
    """Likewise, where blocks of four rows would not skip many more weights."""
    fits = _left_at_most(weight, MOST_PRESENT_OF_4_BITS, TALL)
    return fits and _left(weight, TALL) <= MOST_WITHIN_TALL * _left(weight, ROWS)


def _left_at_most(weight: np.ndarray, most: float, height: int = ROWS) -> bool:
    fits = COLUMNS <= weight.shape[1] <= MOST_COLUMNS
    return fits and _left(weight, height) <= most


def _left(weight: np.ndarray, height: int) -> float:
    """Fraction of the blocks that are not zero."""
    return float(blocks_of(weight, height).any(axis=(2, 3)).mean())


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
    return int((4 + 4 * -(-present // 2) + precision.least_bytes(ROWS * COLUMNS) * present).sum())


def _pack_tall(weight: np.ndarray, of_blocks: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    blocks = blocks_of(weight, TALL)
    columns = np.minimum(COLUMNS * np.arange(blocks.shape[1]), weight.shape[1] - COLUMNS)
    parts: list[np.ndarray] = []
    for group in blocks:
        present = np.flatnonzero(group.any(axis=(1, 2)))
        firsts = np.pad(columns[present], (0, present.size % 2)).astype("<u2")
        parts += [np.array([present.size], "<u4"), firsts, of_blocks(group[present])]
    return tables_of_words(parts)


def _tall_bytes(weight: np.ndarray, precision: Precision) -> int:
    present = blocks_of(weight, TALL).any(axis=(2, 3)).sum(axis=1)
    return int((4 + 4 * -(-present // 2) + precision.least_bytes(TALL * COLUMNS) * present).sum())


def _of_four_rows_each(blocks: np.ndarray) -> np.ndarray:
    fours = blocks.reshape(len(blocks), TALL // ROWS, ROWS, COLUMNS).swapaxes(0, 1)
    return np.concatenate([_four_rows(of) for of in fours])


def _weights(precision: Precision) -> Callable[[np.ndarray], np.ndarray]:
    return _nibbles if precision.weight_bits == 4 else np.asarray


def _nibbles(blocks: np.ndarray) -> np.ndarray:
    codes = blocks.view(np.uint8) & 15
    pairs: np.ndarray = codes[..., 0] | codes[..., 1] << 4
    return pairs


def _row_pairs(blocks: np.ndarray) -> np.ndarray:
    wide = blocks.astype(np.int16)
    pairs: np.ndarray = 256 * wide[:, ::2] + wide[:, 1::2]
    return pairs.astype("<i2")


def _four_rows(blocks: np.ndarray) -> np.ndarray:
    a, b, c, d = blocks.astype(np.int16).swapaxes(0, 1)
    halves: np.ndarray = 4096 * d + 256 * (c + 8) + 16 * (b + 8) + (a + 8)
    return halves.astype("<i2")


def _pack_rows(weight: np.ndarray, precision: Precision) -> np.ndarray:
    return _pack(weight, _weights(precision))


def _pack_row_pairs(weight: np.ndarray, precision: Precision) -> np.ndarray:
    return _pack(weight, _four_rows if precision.weight_bits == 4 else _row_pairs)


def _pack_tall_rows(weight: np.ndarray, precision: Precision) -> np.ndarray:
    return _pack_tall(weight, _weights(precision))


def _pack_tall_nibbles(weight: np.ndarray, precision: Precision) -> np.ndarray:
    return _pack_tall(weight, _of_four_rows_each)


# Targets hold layouts, and go to other processes: so no lambda.
BLOCKS = Layout("blocks", _pack_rows, _bytes, even=False, words=True)
SMLAD_BLOCKS = Layout("smlad_blocks", _pack_row_pairs, _bytes, even=False, words=True)
TALL_BLOCKS = Layout("tall_blocks", _pack_tall_rows, _tall_bytes, even=False, words=True)
SMLAD_TALL_BLOCKS = Layout("smlad_tall_blocks", _pack_tall_nibbles, _tall_bytes, even=False, words=True)
"""Of weights of 4 bits only."""
