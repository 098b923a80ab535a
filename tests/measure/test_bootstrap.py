"""The interval of a mean: as wide as theory says, and blind to what is missing."""

import numpy as np
import pytest

from ossicle.measure.bootstrap import mean_interval


def test_it_is_as_wide_as_that_of_a_normal_mean():
    values = np.random.default_rng(0).normal(3, 2, 400)
    mean, low, high = mean_interval(values)
    half = 1.96 * values.std() / np.sqrt(len(values))
    assert mean == pytest.approx(values.mean())
    assert (low, high) == pytest.approx((mean - half, mean + half), abs=0.02)


def test_it_holds_the_truth_in_about_19_of_20_samples():
    rng = np.random.default_rng(1)
    held = [low < 1 < high for _, low, high in (mean_interval(rng.exponential(1, 60)) for _ in range(200))]
    assert 0.88 < np.mean(held) < 0.99


def test_missing_values_do_not_count_and_none_at_all_is_no_number():
    assert mean_interval(np.array([1.0, np.nan, 3.0]))[0] == 2
    assert np.isnan(mean_interval(np.array([np.nan]))).all()
    assert mean_interval(np.array([2.5])) == (2.5, 2.5, 2.5)


def test_it_repeats():
    values = np.random.default_rng(2).normal(size=30)
    assert mean_interval(values) == mean_interval(values)
