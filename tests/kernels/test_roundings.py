"""The roundings of other runtimes: simulation against their definitions, kernels against the simulation."""

import ctypes
from fractions import Fraction

import numpy as np
import pytest
from compiled import Factors, at, kernels

from ossicle.numerics.fixed_point import Rounding, fixed_point, rescale

__all__ = ["kernels"]

KERNELS = {("float32", "s8"), ("float32", "s16"), ("twice", "s8")}


def factors_of(rng, count):
    """Factors from far under a half to over one, each a float in single precision."""
    return fixed_point(np.exp2(rng.uniform(-14, 1.5, count)).astype(np.float32).astype(np.float64))


def sums_of(rng, count):
    wide = rng.integers(-(2**31) + 1, 2**31 - 1, count // 3)
    return np.concatenate([wide, rng.integers(-(2**16), 2**16, count - count // 3)])


@pytest.mark.parametrize("rounding, kind", sorted(KERNELS))
def test_requantization_in_c_equals_the_simulation(kernels, rounding, kind):
    rng, n = np.random.default_rng(5), 30000
    multiplier, shift = factors_of(rng, n)
    sums = sums_of(rng, n).astype(np.int32)
    dtype = {"s8": np.int8, "s16": np.int16}[kind]
    zero_point, limits = (-17 if kind == "s8" else 0), np.iinfo(dtype)
    results = rescale(sums.astype(np.int64), multiplier, shift, Rounding(rounding)) + zero_point
    for low in (limits.min, zero_point):
        y, bias = np.zeros(n, dtype), np.zeros(n, np.int32)
        factors = Factors(*(at(array).value for array in (bias, multiplier, shift)))
        passed = [ctypes.byref(factors), at(sums), n, *([zero_point] if kind == "s8" else []), low, at(y)]
        getattr(kernels, f"osc_requantize_{rounding}_{kind}")(*passed)
        np.testing.assert_array_equal(y, np.clip(results, low, limits.max))
    assert len(np.unique(y)) > 100


def test_rounding_twice_is_a_doubling_high_product_and_a_shift_away_from_zero():
    rng = np.random.default_rng(6)
    multiplier, shift = factors_of(rng, 2000)
    sums = rng.integers(-(2**24), 2**24, 2000)
    found = rescale(sums, multiplier, shift, Rounding.TWICE)
    for value, m, k, result in zip(sums, multiplier, shift, found, strict=True):
        upper = nearest(Fraction(int(value) * 2 ** max(31 - int(k), 0) * int(m), 2**31), up=True)
        assert result == nearest(Fraction(upper, 2 ** max(int(k) - 31, 0)), up=upper > 0)


def nearest(value, up):
    """The nearest integer, halves upwards or downwards."""
    floor = value.numerator // value.denominator
    rest = value - floor
    return floor + (rest > Fraction(1, 2) or (up and rest == Fraction(1, 2)))


def test_rounding_in_single_precision_rounds_the_sum_the_product_and_the_result_to_even():
    half = fixed_point(np.array(0.5))
    sums = np.array([1, 3, 5, -1, -3, -5, 2**24 + 1])
    assert rescale(sums, *half, Rounding.FLOAT32).tolist() == [0, 2, 2, 0, -2, -2, 2**23]


def test_the_three_roundings_differ():
    rng = np.random.default_rng(7)
    multiplier, shift = factors_of(rng, 100000)
    sums = rng.integers(-(2**14), 2**14, 100000)
    found = [rescale(sums, multiplier, shift, rounding) for rounding in Rounding]
    assert all((a != b).any() for a, b in ((found[0], found[1]), (found[0], found[2]), (found[1], found[2])))
