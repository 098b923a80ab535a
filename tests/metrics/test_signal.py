"""Ratios whose value is known in closed form."""

import math
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ossicle.metrics.signal import si_sdr, snr

TIME = np.arange(1600) / 16000
SINE, COSINE = np.sin(2 * np.pi * 440 * TIME), np.cos(2 * np.pi * 440 * TIME)
"""Of whole periods: equal power, no mean, orthogonal."""


@settings(deadline=None)
@given(st.floats(1e-3, 1e3))
def test_the_ratio_to_an_orthogonal_error_is_that_of_their_powers(error):
    expected = -20 * math.log10(error)
    assert si_sdr(SINE + error * COSINE, SINE) == pytest.approx(expected, abs=1e-6)
    assert snr(SINE + error * COSINE, SINE) == pytest.approx(expected, abs=1e-6)


@settings(deadline=None)
@given(st.floats(-1e3, 1e3), st.floats(-10, 10), st.integers(0, 99))
def test_si_sdr_knows_neither_scale_nor_offset(gain, offset, seed):
    assume(abs(gain) > 1e-3)
    reference, error = np.random.default_rng(seed).standard_normal((2, 500))
    estimate = reference + 0.3 * error
    expected = si_sdr(estimate, reference)
    assert si_sdr(gain * estimate + offset, reference) == pytest.approx(expected, abs=1e-6)
    assert si_sdr(estimate, gain * reference + offset) == pytest.approx(expected, abs=1e-6)


def test_snr_counts_a_wrong_scale_as_error():
    assert snr(0.9 * SINE, SINE) == pytest.approx(20, abs=1e-6)
    assert snr(2 * SINE, SINE) == pytest.approx(0, abs=1e-6)
    assert snr(np.zeros_like(SINE), SINE) == pytest.approx(0, abs=1e-6)
    assert snr(-SINE, SINE) == pytest.approx(-20 * math.log10(2), abs=1e-6)


def test_nothing_in_common_is_far_below_zero_and_no_error_far_above():
    assert si_sdr(COSINE, SINE) < -200
    assert si_sdr(-3 * SINE, SINE) > 200
    assert snr(SINE, SINE) == math.inf


def test_silence_has_no_ratio():
    silence = np.zeros_like(SINE)
    assert math.isnan(si_sdr(SINE, silence))
    assert math.isnan(si_sdr(SINE, silence + np.float32(0.1)))
    assert math.isnan(si_sdr(silence, SINE))
    assert math.isnan(snr(silence, silence))
    assert snr(SINE, silence) == -math.inf


@pytest.mark.parametrize("measure", [si_sdr, snr])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_signal_that_is_not_finite_has_no_ratio(measure, value):
    broken = np.where(np.arange(len(SINE)) == 7, value, SINE)
    for estimate, reference in ((broken, SINE), (SINE, broken), (broken, broken)):
        assert math.isnan(measure(estimate, reference))


def test_float32_signals_are_summed_in_double_precision():
    error = np.float32(1e-4) * COSINE.astype(np.float32)
    big = (1000 + SINE).astype(np.float32)
    assert snr(big + error, big) == pytest.approx(20 * math.log10(1000 * math.sqrt(2) / 1e-4), abs=1)
    assert si_sdr((SINE + 0.01 * COSINE).astype(np.float32), SINE.astype(np.float32)) == pytest.approx(
        40, abs=1e-4
    )


def test_snr_takes_arrays_of_any_shape():
    reference = SINE.reshape(10, 160)
    assert snr(reference + 0.1 * COSINE.reshape(10, 160), reference) == pytest.approx(20, abs=1e-6)


def test_si_sdr_is_the_same_bits_whatever_the_threads_of_blas():
    text = (
        "import numpy as np; from ossicle.metrics.signal import si_sdr; rng = np.random.default_rng(1);"
        "print([si_sdr(*rng.normal(size=(2, 50_001))) for _ in range(6)])"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", text],
            env={**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads},
            capture_output=True,
            check=True,
        ).stdout
        for threads in ("1", "2")
    }
    assert len(printed) == 1
