"""Lengths of the Fourier transform, and the order in which its first stage takes values."""

import numpy as np
import pytest

from ossicle.audio.fourier import possible, radices, swaps


def decimated(values, stages):
    """Values by their place in groups of the last radix, each part likewise for the stages before."""
    if not stages:
        return values
    *others, last = stages
    return np.concatenate([decimated(values[place::last], others) for place in range(last)])


@pytest.mark.parametrize("n_fft", [6, 18, 20, 60, 320, 450, 960, 1536])
def test_swaps_one_after_the_other_decimate_in_time(n_fft):
    values = np.arange(n_fft // 2)
    for position, other in enumerate(swaps(n_fft)):
        assert other >= position
        values[[position, other]] = values[[other, position]]
    np.testing.assert_array_equal(values, decimated(np.arange(n_fft // 2), radices(n_fft // 2)))


@pytest.mark.parametrize("n_fft", [2, 64, 65536])
def test_powers_of_two_need_no_swaps(n_fft):
    assert swaps(n_fft).size == 0


def test_the_longest_order_is_made_at_once():
    assert sorted(swaps(64800).tolist())[-1] == 32399


def test_lengths_are_even_products_of_2_3_and_5():
    assert [n for n in range(-2, 42) if possible(n)] == [2, 4, 6, 8, 10, 12, 16, 18, 20, 24, 30, 32, 36, 40]
    assert not possible(131072)
