"""Exponentials, reciprocals, sigmoid and tanh of fixed-point numbers, as TFLM computes them."""

from dataclasses import dataclass

import numpy as np

from ossicle.numerics.fixed_point import shift_away

EXP_EIGHTH = 1895147668
"""exp(-1/8) with 31 fraction bits, as the constants below."""
THIRD = 715827883
EXP_OF_POWERS = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)
"""exp(-1/4), exp(-1/2), exp(-1) ... exp(-16)."""
FIRST_GUESS = (1515870810, -1010580540)
"""48/17 and -32/17, with 29 fraction bits."""


@dataclass(frozen=True)
class Fractions:
    """Arithmetic in words of 32 or 16 bits, held by int64; numbers have ``bits`` less their integer bits.

    Where a docstring names no integer bits, a number has none.
    """

    bits: int
    """31 or 15."""

    @property
    def one(self) -> int:
        """As much of one as fits."""
        return (1 << self.bits) - 1

    def constant(self, value: int) -> int:
        """A constant of 31 bits in fewer."""
        return int(shift_away(np.array(value), 31 - self.bits))

    def times(self, a: np.ndarray, b: np.ndarray | int) -> np.ndarray:
        """The upper half of the doubled product, halves upwards."""
        result: np.ndarray = (a * b + (1 << (self.bits - 1))) >> self.bits
        return result

    def saturate(self, value: np.ndarray) -> np.ndarray:
        """Limit to a word."""
        result: np.ndarray = np.clip(value, -self.one - 1, self.one)
        return result

    def exp_of_negative(self, x: np.ndarray, integer_bits: int) -> np.ndarray:
        """exp of numbers up to zero, of up to 5 integer bits."""
        place = self.bits - integer_bits - 2
        rest = (x & ((1 << place) - 1)) - (1 << place)
        result = self._exp_of_less_than_quarter(rest << integer_bits)
        whole = rest - x
        for above, factor in enumerate(EXP_OF_POWERS[: integer_bits + 2]):
            chosen = whole >> (place + above) & 1
            result = np.where(chosen, self.times(result, self.constant(factor)), result)
        return np.where(x == 0, self.one, result)

    def _exp_of_less_than_quarter(self, x: np.ndarray) -> np.ndarray:
        """exp of -1/4 up to 0: four terms of the series around -1/8."""
        y = x + (1 << (self.bits - 3))
        square = self.times(y, y)
        cube, fourth = self.times(square, y), self.times(square, square)
        third = self.times(shift_away(fourth, 2) + cube, self.constant(THIRD))
        eighth = self.constant(EXP_EIGHTH)
        return self.saturate(eighth + self.times(y + shift_away(third + square, 1), eighth))

    def _twice_reciprocal(self, x: np.ndarray) -> np.ndarray:
        """2 / (1 + x) of 0 to 1 with 2 integer bits, by three steps of Newton and Raphson."""
        half = (x + self.one + 1) >> 1
        found = self.constant(FIRST_GUESS[0]) + self.times(half, self.constant(FIRST_GUESS[1]))
        for _ in range(3):
            error = (1 << (self.bits - 2)) - self.times(half, found)
            found = found + self.saturate(self.times(found, error) << 2)
        return found

    def reciprocal(self, x: np.ndarray, integer_bits: int) -> tuple[np.ndarray, np.ndarray]:
        """1 / x of positive numbers, and the shift to the right that it still needs."""
        headroom = self.bits + 1 - np.frexp(x.astype(np.float64))[1].astype(np.int64)
        found = self._twice_reciprocal((x << headroom) - (1 << self.bits))
        return self.saturate(found << 1), integer_bits - headroom

    def sigmoid(self, x: np.ndarray, integer_bits: int) -> np.ndarray:
        """Logistic function."""
        power = self.exp_of_negative(-np.abs(x), integer_bits)
        positive = self.saturate(self._twice_reciprocal(power) << 1)
        half = 1 << (self.bits - 1)
        return np.where(x == 0, half, np.where(x < 0, self.one - positive, positive))

    def tanh(self, x: np.ndarray, integer_bits: int) -> np.ndarray:
        """Hyperbolic tangent."""
        power = self.exp_of_negative(-np.abs(x), integer_bits + 1)
        positive = self.saturate((self._twice_reciprocal(power) - (1 << (self.bits - 2))) << 2)
        return np.where(x < 0, -positive, np.where(x == 0, 0, positive))


Q31 = Fractions(31)
Q15 = Fractions(15)
