"""The cycle table of kernels for Xpulp, as CORE-V code, and of the portable ones that complete them.

It says what one worker takes. All operands lie in L1 and nobody else is there. What a loop takes is counted
from its instructions: one cycle each, but five for ``mulh`` and two for a load that the next one waits for.
What surrounds the loops is fitted to calls on the RTL of the CV32E40P, compiled by zig 0.17 with ``-O2``:
from the first instruction of a function to its return. Operands begin at multiples of four, and factors are
under a half, unless they are said to be coarse.
``tests/cost/test_cycle_table.py`` compares the estimates with that RTL: they are within 5 %.

The loops over groups of four rows bound products at 1.78 multiply-accumulates a cycle in w8a8, 1.14 in
w8a16, 1.00 in w4a16 and 0.89 in w16a16. With 128 rows and 256 columns, the functions reach 1.72, 1.10,
0.96 and 0.87.

Floats are those of the FPU of the CV32E40P, with a register between its two stages, which knows no halves:
these are widened by instructions for integers, and a product takes twice as long as one of floats. GAP9
multiplies pairs of halves; nothing here runs it, so that these products are only counted from the
instructions of ``osc_matvec_f16.c``, one cycle each, and two for a load that is not at a multiple of four.

Operations of a floating-point unit, and divisions and roots apart, are counted from the C for what shares
these units with others (:mod:`ossicle.cost.contention`).
"""

from dataclasses import dataclass

from ossicle.cost.contention import Work
from ossicle.emit.packing import row_groups
from ossicle.numerics.formats import PRECISIONS


@dataclass(frozen=True)
class _Product:
    """Cycles of a product. Of a sequence of four, one is for each number of rows that a group can have."""

    call: int
    group: tuple[int, int, int, int]
    """Of a group besides its words."""
    word: tuple[int, int, int, int]
    """Of a word of weights of each row of a group: the inner loop."""
    last: tuple[int, int, int, int] = (0, 0, 0, 0)
    """Of the last word, where columns do not fill it."""
    element: int = 0
    """Of each operand of the last word; in split operands zeros fill it up, so that it is like the others."""


_PRODUCTS = {
    "w8a8": _Product(50, (8, 19, 20, 19), (4, 5, 7, 9), last=(3, 7, 10, 11), element=8),
    "w16a16": _Product(52, (8, 19, 20, 20), (4, 5, 7, 9), last=(3, 7, 10, 11), element=1),
    "w8a16": _Product(69, (11, 27, 31, 32), (5, 8, 11, 14), last=(5, 8, 11, 14)),
    "w4a16": _Product(71, (14, 36, 38, 37), (11, 18, 25, 32), last=(11, 18, 25, 32)),
}
_SPLIT = (12, 7, 7, 14, 25)
"""Of a call; of all full groups of columns, and of each; of all others, and of each."""


@dataclass(frozen=True)
class _FloatProduct:
    """Of a product of floats: the call, each row besides its columns, 16 columns, and one left over."""

    call: int
    row: Work
    sixteen: Work
    left: Work


_FLOAT_PRODUCTS = {
    "fp32": _FloatProduct(42, Work(92, 32), Work(77, 32), Work(11, 2)),
    "fp16": _FloatProduct(52, Work(100, 33), Work(172, 48), Work(16, 3)),
}
_PAIRS_OF_HALVES = _FloatProduct(50, Work(20, 2), Work(29, 16), Work(10, 3))
"""Of 16 columns: 8 loads of pairs; 8 products, all but 2 of them added in the same operation; 9 to make a
float of two sums of pairs, 7 of them in floating point; 3 to add it to the result, 1 of them; the pointer."""
_PAIRS_APART = 8
"""Loads of 16 columns that take two cycles where a row begins between two words."""
_PAIRS_OF_OPERANDS = Work(42, 16)
"""Of 16 columns of all rows: 16 loads, 16 to narrow them, 8 to store pairs, and a loop."""


@dataclass(frozen=True)
class _Rows:
    """Of a function of n elements: cycles of a call, of each, and what a floating-point unit does of each."""

    call: int
    element: int
    operations: int = 0
    divisions: int = 0


_FINISH = {"s8": _Rows(19, 15), "s16": _Rows(21, 13), "s32": _Rows(20, 14)}
_COARSE = {"s8": 47, "s16": 47, "s32": 21}
"""Of a row."""
_ACTIVATIONS = {
    "f16_none": _Rows(62, 35, 3),
    "f16_relu": _Rows(62, 35, 4),
    "f16_sigmoid": _Rows(62, 108, 29, 1),
    "f32_none": _Rows(67, 12),
    "f32_relu": _Rows(67, 13, 1),
    "f32_sigmoid": _Rows(67, 86, 26, 1),
}
_GATES = {
    "lstm_s16": _Rows(58, 127),
    "lstm_f16": _Rows(108, 442, 147, 5),
    "lstm_f32": _Rows(79, 382, 140, 5),
    "gru_s16": _Rows(33, 72),
    "gru_f16": _Rows(88, 281, 91, 3),
    "gru_f32": _Rows(62, 241, 87, 3),
}
_CONVERSIONS = {
    "s16_s8": _Rows(18, 11),
    "f32_s8": _Rows(16, 24, 6),
    "f32_s16": _Rows(18, 24, 6),
    "s8_f32": _Rows(1, 12, 2),
    "s16_f32": _Rows(1, 11, 2),
    "f16_f32": _Rows(13, 13, 1),
    "f32_f16": _Rows(16, 32, 3),
}
_SIGMOID = _Rows(14, 24)


def matvec(precision: str, rows: int, columns: int, pairs: bool = False) -> Work:
    """The product in a precision, ``osc_matvec_...``: in integers the bare sums.

    Those of w8a16 and w4a16 are of operands that have been split, ``osc_matvec_split_...``. ``pairs`` is for
    cores that multiply two halves at once.
    """
    if precision == "fp16" and pairs:
        return _product_of_pairs(rows, columns)
    if precision in _FLOAT_PRODUCTS:
        return _of_rows(_FLOAT_PRODUCTS[precision], rows, columns)
    product, groups = _PRODUCTS[precision], row_groups(rows)
    per_word = 32 // PRECISIONS[precision].weight_bits
    words, left = divmod(columns, per_word)
    total = product.call + left * product.element
    last = product.last if left else (0, 0, 0, 0)
    return Work(total + sum(product.group[n - 1] + words * product.word[n - 1] + last[n - 1] for n in groups))


def split(columns: int, begin: int, end: int) -> Work:
    """``osc_split_s16`` on groups of four columns ``begin`` to ``end`` of an operand."""
    call, loop, full, others, other = _SPLIT
    of_full = max(min(columns // 4, end) - begin, 0)
    rest = end - begin - of_full
    return Work(call + bool(of_full) * loop + of_full * full + bool(rest) * others + rest * other)


def finish(kind: str, rows: int, coarse: bool = False) -> Work:
    """``osc_finish_KIND``: s8, s16 or s32, with or without a factor of a half or more.

    Of floats, as in ``"f16_relu"``, what a dense layer takes besides its product.
    """
    if kind in _ACTIVATIONS:
        return _of(_ACTIVATIONS[kind], rows)
    cost = _FINISH[kind]
    words, left = divmod(rows, 4)
    # First come the shifts: three cycles for four of them in a loop, and seven for each that is left.
    shifts = (11 + 3 * words if words else 0) + 7 * left
    if coarse:
        return Work(cost.call + 2 * shifts + rows * _COARSE[kind])
    return Work(cost.call + shifts + rows * cost.element)


def gates(op: str, units: int) -> Work:
    """``osc_OP``, as in ``"lstm_s16"``: what follows the products of a recurrent layer."""
    return _of(_GATES[op], units)


def sigmoid(n: int) -> Work:
    """``osc_sigmoid_s16``."""
    return _of(_SIGMOID, n)


def convert(kind: str, n: int) -> Work:
    """``osc_convert_KIND``, as in ``"f32_s16"``."""
    return _of(_CONVERSIONS[kind], n)


def _of(cost: _Rows, n: int) -> Work:
    return Work(cost.call + n * cost.element, n * cost.operations, n * cost.divisions)


def _of_rows(cost: _FloatProduct, rows: int, columns: int) -> Work:
    sixteens, left = divmod(columns, 16)
    return Work(cost.call) + rows * (cost.row + sixteens * cost.sixteen + left * cost.left)


def _product_of_pairs(rows: int, columns: int) -> Work:
    """Rows of an odd number of halves begin between two words every second time."""
    apart = rows // 2 if columns % 2 else 0
    total = _of_rows(_PAIRS_OF_HALVES, rows, columns)
    return total + columns // 16 * (_PAIRS_OF_OPERANDS + Work(apart * _PAIRS_APART))
