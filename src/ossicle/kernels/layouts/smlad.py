"""The layouts for Arm's DSP extension, which multiplies words of two int16.

``smlad``: four rows are interleaved column pair by column pair, so that one pointer walks all of them; the
last column of an odd number stands alone.

* Weights of 16 bits: a word of each of the four rows.
* Weights of 8 bits: rows in pairs, whose halfwords are ``256 a + b``; a word of the first pair, one of the
  second. Two rows that are left make a pair, and one stands alone as it is. For operands of 8 bits, which
  are unpacked by SXTB16, columns of each whole group of four have the order 0, 2, 1, 3.
* Weights of 4 bits: halfwords ``4096 d + 256 (c + 8) + 16 (b + 8) + (a + 8)`` of the four rows a, b, c and d.
  Rows of zeros make up for missing ones, as does a column.

``smlad_channels`` is for depthwise weights ``(channels, taps)`` of 8 and 16 bits, as halfwords: blocks of
four channels hold a halfword of each, tap by tap, and the channels that are left follow one by one. For
operands of 8 bits the four have the order 0, 2, 1, 3.

Both are words of 32 bits, so that they are aligned; at most three bytes of zeros end them.
"""

import numpy as np

from ossicle.kernels.layouts.layout import Layout, tables_of_words
from ossicle.numerics.formats import DType, Precision


def _pack(weight: np.ndarray, precision: Precision) -> np.ndarray:
    of = {4: _nibbles, 8: _byte_pairs, 16: _halfwords}[precision.weight_bits]
    return tables_of_words(of(_order_for_bytes(weight) if precision.operand == DType.S8 else weight))


def _bytes(weight: np.ndarray, precision: Precision) -> int:
    rows, columns = weight.shape
    if precision.weight_bits == 4:
        rows, columns = rows + -rows % 4, columns + columns % 2
    return _whole_words(precision.least_bytes(rows * columns))


def _pack_channels(weight: np.ndarray, precision: Precision) -> np.ndarray:
    whole = len(weight) // 4 * 4
    order = [0, 2, 1, 3] if precision.operand == DType.S8 else [0, 1, 2, 3]
    blocks = weight[:whole].reshape(-1, 4, weight.shape[1])[:, order].swapaxes(1, 2)
    return tables_of_words([blocks.astype("<i2"), weight[whole:].astype("<i2")])


def _channel_bytes(weight: np.ndarray, precision: Precision) -> int:
    return _whole_words(2 * weight.size)


def _halfwords(weight: np.ndarray) -> list[np.ndarray]:
    whole = len(weight) // 4 * 4
    return [_interleave(weight[:whole].astype("<i2"), 4), weight[whole:].astype("<i2")]


def _byte_pairs(weight: np.ndarray) -> list[np.ndarray]:
    even, whole = len(weight) // 2 * 2, len(weight) // 4 * 2
    pairs = (256 * weight[:even:2].astype(np.int16) + weight[1:even:2]).astype("<i2")
    return [_interleave(pairs[:whole], 2), pairs[whole:], weight[even:]]


def _nibbles(weight: np.ndarray) -> list[np.ndarray]:
    rows, columns = weight.shape
    padded = np.pad(weight, ((0, -rows % 4), (0, columns % 2))).astype(np.int16)
    a, b, c, d = (padded[row::4] for row in range(4))
    return [(4096 * d + 256 * (c + 8) + 16 * (b + 8) + (a + 8)).astype("<i2")]


def _interleave(rows: np.ndarray, count: int) -> np.ndarray:
    """Rows ``(n * count, columns)`` as ``(n, count * columns)``: two columns of each of ``count`` in turn."""
    groups = rows.reshape(-1, count, rows.shape[1])
    even = rows.shape[1] // 2 * 2
    pairs = groups[:, :, :even].reshape(len(groups), count, even // 2, 2).swapaxes(1, 2)
    last = groups[:, :, even:]
    return np.hstack([part.reshape(len(part), np.prod(part.shape[1:])) for part in (pairs, last)])


def _order_for_bytes(weight: np.ndarray) -> np.ndarray:
    whole = weight.shape[1] // 4 * 4
    order = np.arange(weight.shape[1])
    order[:whole] = order[:whole].reshape(-1, 4)[:, [0, 2, 1, 3]].ravel()
    return weight[:, order]


def _whole_words(size: int) -> int:
    return size + -size % 4


SMLAD = Layout("smlad", _pack, _bytes, words=True)
SMLAD_CHANNELS = Layout("smlad_channels", _pack_channels, _channel_bytes, words=True)
