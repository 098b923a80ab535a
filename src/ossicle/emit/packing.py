"""The order in which C tables hold integer weights; a target names the one that its kernels read.

``rows`` is row by row, weights of four bits in pairs, the first one lower; a row of odd length ends with
a zero.

``smlad`` is for Arm's DSP extension, which multiplies words of two int16. Four rows are interleaved column
pair by column pair, so that one pointer walks all of them; the last column of an odd number stands alone:

* Weights of 16 bits: a word of each of the four rows.
* Weights of 8 bits: rows in pairs, whose halfwords are ``256 a + b``; a word of the first pair, one of the
  second. Two rows that are left make a pair, and one stands alone as it is. For operands of 8 bits, which
  are unpacked by SXTB16, columns of each whole group of four have the order 0, 2, 1, 3.
* Weights of 4 bits: halfwords ``4096 d + 256 (c + 8) + 16 (b + 8) + (a + 8)`` of the four rows a, b, c and d.
  Rows of zeros make up for missing ones, as does a column.

``xpulp`` is for the packed products of Xpulp and CORE-V. R rows are ceil(R / 4) groups, as even as can be,
larger ones first (:func:`row_groups`); in a group, word j of each row in turn, then word j + 1. A word holds
4 columns of 8 bits, 2 of 16, or 8 of 4 bits: byte i has column i in its lower half and column 4 + i in its
upper one. Zeros fill up the last word of each row.

The tables of ``smlad`` and ``xpulp`` are words of 32 bits, so that they are aligned; at most three bytes of
zeros end those of ``smlad``.

Depthwise weights, also those in floats, are transposed for ``rows`` and ``xpulp``: point by point, those of
the channels side by side. For ``smlad``, weights of 8 and 16 bits are halfwords; blocks of four channels hold
a halfword of each, point by point, and the channels that are left follow one by one. For operands of 8 bits
the four have the order 0, 2, 1, 3.
"""

from collections.abc import Callable, Sequence

import numpy as np

from ossicle.numerics.formats import DType, Precision


def pack(weight: np.ndarray, precision: Precision, packing: str) -> np.ndarray:
    """Table of the codes ``(rows, columns)`` of an integer weight, in one of :data:`PACKINGS`."""
    return PACKINGS[packing](weight, precision)


def pack_depthwise(weight: np.ndarray, precision: Precision, packing: str) -> np.ndarray:
    """Table of the depthwise weights ``(channels, points)``, likewise."""
    if packing != "smlad" or precision.weight_bits in (0, 4):
        points = np.ascontiguousarray(weight.T)
        return _rows(points, precision) if precision.weight_bits else points
    whole = len(weight) // 4 * 4
    order = [0, 2, 1, 3] if precision.operand == DType.S8 else [0, 1, 2, 3]
    blocks = weight[:whole].reshape(-1, 4, weight.shape[1])[:, order].swapaxes(1, 2)
    return _words([blocks.astype("<i2"), weight[whole:].astype("<i2")])


def _rows(weight: np.ndarray, precision: Precision) -> np.ndarray:
    if precision.weight_bits != 4:
        return weight
    even = np.pad(weight, ((0, 0), (0, weight.shape[1] % 2))).view(np.uint8) & 15
    return even[:, ::2] | (even[:, 1::2] << 4)


def _smlad(weight: np.ndarray, precision: Precision) -> np.ndarray:
    of = {4: _nibbles, 8: _byte_pairs, 16: _halfwords}[precision.weight_bits]
    parts = of(_order_for_bytes(weight) if precision.operand == DType.S8 else weight)
    return _words(parts)


def row_groups(rows: int) -> list[int]:
    """How many rows the groups of ``xpulp`` have: 6 are 3 + 3, which share operands better than 4 + 2."""
    groups = -(-rows // 4)
    return [rows // groups + (group < rows % groups) for group in range(groups)]


def _xpulp(weight: np.ndarray, precision: Precision) -> np.ndarray:
    columns = 32 // precision.weight_bits
    words = np.pad(weight, ((0, 0), (0, -weight.shape[1] % columns)))
    if precision.weight_bits == 4:
        halves = (words.view(np.uint8) & 15).reshape(len(words), -1, 2, 4)
        words = halves[:, :, 0] | (halves[:, :, 1] << 4)
    words = np.ascontiguousarray(words).view("<u4").reshape(len(weight), -1)
    groups = np.split(words, np.cumsum(row_groups(len(words)))[:-1])
    return np.concatenate([group.T.ravel() for group in groups])


def _words(parts: Sequence[np.ndarray]) -> np.ndarray:
    data = b"".join(part.tobytes() for part in parts)
    return np.frombuffer(data + bytes(-len(data) % 4), "<u4")


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


PACKINGS: dict[str, Callable[[np.ndarray, Precision], np.ndarray]] = {
    "rows": _rows,
    "smlad": _smlad,
    "xpulp": _xpulp,
}
