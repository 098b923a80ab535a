import numpy as np

from ossicle.numerics.encoding import to_half
from ossicle.numerics.functions import sigmoid_q15, tanh_q15


def test_the_integer_tanh_is_within_two_steps_of_q15_and_odd():
    for fraction in (6, 8, 12, 15, 20):
        limit = 9 << fraction
        x = np.arange(-limit, limit, 1 + limit // 100_000)
        y = tanh_q15(x, fraction)
        assert np.abs(y / 32768 - np.tanh(x / 2.0**fraction)).max() < 2 / 32768
        np.testing.assert_array_equal(tanh_q15(-x, fraction), -y)
        assert (np.diff(y) >= 0).all()


def test_the_integer_sigmoid_is_within_two_steps_of_q15_and_reaches_both_ends():
    x = np.arange(-65535, 65536)
    y = sigmoid_q15(x, 12)
    assert np.abs(y / 32768 - 1 / (1 + np.exp(-x / 4096))).max() < 2 / 32768
    assert y.min() >= 0
    assert y.max() == 32768
    assert sigmoid_q15(np.array([0]), 12)[0] == 16384


def test_half_rounding_saturates_instead_of_overflowing():
    np.testing.assert_array_equal(
        to_half(np.float32([1e9, -1e9, 65519, 1.0])), np.float16([65504, -65504, 65504, 1])
    )
