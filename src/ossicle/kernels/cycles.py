"""Formulas for the cycles of a kernel on a core of a cluster that is alone; records fill in their figures.

Cycles, operations of a floating-point unit, and divisions and roots apart: what shares these units with
others waits for them (:mod:`ossicle.cost.contention`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log2
from typing import Protocol

from ossicle.kernels.layouts import row_groups


@dataclass(frozen=True)
class Work:
    """What a worker that is alone has to do."""

    cycles: float
    operations: float = 0.0
    """Of a floating-point unit, in these cycles."""
    divisions: float = 0.0
    """And square roots, which are no operations of that unit."""

    def __add__(self, other: "Work") -> "Work":
        return Work(
            self.cycles + other.cycles, self.operations + other.operations, self.divisions + other.divisions
        )

    def __rmul__(self, times: float) -> "Work":
        return Work(times * self.cycles, times * self.operations, times * self.divisions)


@dataclass(frozen=True)
class Size:
    """What a call's cycles depend on."""

    rows: int
    """Or elements."""
    columns: int = 0
    begin: int = 0
    """The first element, where the last ones are others than those before."""
    variant: str = ""
    """The activation function, or ``"coarse"`` where a factor is a half or more."""
    workers: int = 1
    """That share it, where they do so within the kernel."""
    half_pairs: bool = False
    """Whether the cores multiply two halves at once."""


class Cycles(Protocol):
    """The cycle-table entry of a kernel."""

    def of(self, size: Size) -> Work:
        """What a call of that size takes."""
        ...


@dataclass(frozen=True)
class Elements:
    """A call, each element, and what a floating-point unit does of each."""

    call: int
    element: int
    operations: int = 0
    divisions: int = 0

    def of(self, size: Size) -> Work:
        """Of ``size.rows`` elements."""
        n = size.rows
        return Work(self.call + n * self.element, n * self.operations, n * self.divisions)


@dataclass(frozen=True)
class Variants:
    """An entry for each variant."""

    entries: Mapping[str, Cycles]

    def of(self, size: Size) -> Work:
        """By that of the call's variant."""
        return self.entries[size.variant].of(size)


@dataclass(frozen=True)
class Both:
    """Two things that a kernel does one after another."""

    first: Cycles
    second: Cycles

    def of(self, size: Size) -> Work:
        """The sum."""
        return self.first.of(size) + self.second.of(size)


@dataclass(frozen=True)
class Requantization:
    """A call and each row, which takes longer where it is coarse."""

    call: int
    row: int
    coarse_row: int

    def of(self, size: Size) -> Work:
        """Of ``size.rows`` rows."""
        words, left = divmod(size.rows, 4)
        # First come the shifts: three cycles for four of them in a loop, and seven for each that is left.
        shifts = (11 + 3 * words if words else 0) + 7 * left
        if size.variant == "coarse":
            return Work(self.call + 2 * shifts + size.rows * self.coarse_row)
        return Work(self.call + shifts + size.rows * self.row)


@dataclass(frozen=True)
class GroupedProduct:
    """A product whose weights lie in groups of rows (``layouts/xpulp.py``).

    Of a sequence of four, one is for each number of rows that a group can have.
    """

    columns_of_a_word: int
    call: int
    group: tuple[int, int, int, int]
    """Of a group besides its words."""
    word: tuple[int, int, int, int]
    """Of a word of weights of each row of a group: the inner loop."""
    last: tuple[int, int, int, int]
    """Of the last word, where columns do not fill it."""
    element: int = 0
    """Of each operand of the last word; in byte planes zeros fill it up, so that it is like the others."""

    def of(self, size: Size) -> Work:
        """The bare sums of all rows."""
        words, left = divmod(size.columns, self.columns_of_a_word)
        last = self.last if left else (0, 0, 0, 0)
        rows = sum(self.group[n - 1] + words * self.word[n - 1] + last[n - 1] for n in row_groups(size.rows))
        return Work(self.call + left * self.element + rows)


@dataclass(frozen=True)
class FloatProduct:
    """A product of floats: the call, each row besides its columns, 16 columns, and one left over."""

    call: int
    row: Work
    sixteen: Work
    left: Work

    def of(self, size: Size) -> Work:
        """With the biases."""
        sixteens, left = divmod(size.columns, 16)
        return Work(self.call) + size.rows * (self.row + sixteens * self.sixteen + left * self.left)


@dataclass(frozen=True)
class HalfProduct:
    """A product of halves, one by one or in pairs.

    Pairs of operands are made once for all rows. Where columns are odd, every second row begins between two
    words.
    """

    one_by_one: FloatProduct
    in_pairs: FloatProduct
    operands: Work
    """Of 16 columns of all rows, in pairs."""
    apart: int
    """Of 16 columns of a row that begins between two words."""

    def of(self, size: Size) -> Work:
        """As the cores multiply halves."""
        if not size.half_pairs:
            return self.one_by_one.of(size)
        between = size.rows // 2 if size.columns % 2 else 0
        operands = self.operands + Work(between * self.apart)
        return self.in_pairs.of(size) + size.columns // 16 * operands


@dataclass(frozen=True)
class Transform:
    """A transform that workers share: of ``size.rows`` values, its part of n log2(n); and what it waits.

    All workers wait so long for each one besides the first.
    """

    work: Work
    waiting: int

    def of(self, size: Size) -> Work:
        """The part of one of ``size.workers``, without what it waits."""
        return size.rows * log2(size.rows) / size.workers * self.work


@dataclass(frozen=True)
class BytePlanes:
    """Groups of four columns as byte planes: a call, a loop over full groups, one over those with zeros."""

    call: int
    full_loop: int
    full: int
    other_loop: int
    other: int

    def of(self, size: Size) -> Work:
        """Groups ``size.begin`` and ``size.rows`` - 1 after it, of an operand of ``size.columns``."""
        full = max(min(size.columns // 4, size.begin + size.rows) - size.begin, 0)
        remainder = size.rows - full
        return Work(
            self.call
            + bool(full) * self.full_loop
            + full * self.full
            + bool(remainder) * self.other_loop
            + remainder * self.other
        )
