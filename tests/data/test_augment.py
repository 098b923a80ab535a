"""Augmentation: each change does what it says, of the same length, and nothing else."""

import numpy as np
import pytest
from corpus import RATE, noises, voice
from hypothesis import given, settings
from hypothesis import strategies as st

from ossicle.data.augment import (
    band_limits,
    change_speed,
    clip,
    equalize,
    limit_band,
    modulate,
    reverberate,
    room_responses,
)


def tone(frequency, seconds=1.0):
    return np.sin(2 * np.pi * frequency * np.arange(round(seconds * RATE)) / RATE)


@settings(deadline=None, max_examples=30)
@given(st.floats(0.6, 1.5))
def test_a_tone_that_is_played_faster_is_higher_and_shorter(rate):
    played = change_speed(tone(1000), rate, RATE)
    length = min(round(RATE / rate), RATE)
    assert len(played) == RATE
    assert not played[length + 1 :].any()
    peak = np.argmax(np.abs(np.fft.rfft(played[:length] * np.hanning(length)))) * RATE / length
    assert peak == pytest.approx(1000 * rate, abs=2)


def test_a_filter_changes_the_colour_by_a_few_decibels_and_is_stable():
    rng = np.random.default_rng(0)
    gains = []
    for _ in range(100):
        impulse = np.zeros(512)
        impulse[0] = 1
        response = equalize(rng, impulse)
        assert np.abs(response[256:]).max() < 1e-6
        gains.append(20 * np.log10(np.abs(np.fft.rfft(response)) + 1e-12))
    spans = np.ptp(gains, axis=1)
    assert 3 < np.median(spans) < 15
    assert spans.max() < 40


def test_a_level_wanders_and_is_never_raised():
    gains = [modulate(np.random.default_rng(seed), np.ones(RATE), RATE) for seed in range(50)]
    assert max(gain.max() for gain in gains) <= 1
    assert min(gain.min() for gain in gains) >= 0.1
    assert np.median([20 * np.log10(gain.max() / gain.min()) for gain in gains]) > 3
    assert max(np.abs(np.diff(gain)).max() for gain in gains) < 0.01


def test_a_band_limit_keeps_what_is_below_and_takes_what_is_above():
    for seed in range(20):
        sections = band_limits(np.random.default_rng(seed), RATE)
        assert np.std(limit_band(tone(1000), sections)) == pytest.approx(np.std(tone(1000)), rel=0.01)
        assert np.std(limit_band(tone(7900), sections)) < 0.5 * np.std(tone(7900))


def test_clipping_cuts_the_peaks_and_leaves_the_rest():
    signal = voice(np.random.default_rng(0), 120, 1)
    for seed in range(20):
        clipped = clip(np.random.default_rng(seed), signal)
        top = np.abs(clipped).max() / np.abs(signal).max()
        assert 0.3 <= top <= 0.9
        kept = np.abs(signal) < np.abs(clipped).max()
        np.testing.assert_array_equal(clipped[kept], signal[kept])
    assert not clip(np.random.default_rng(0), np.zeros(10)).any()


def test_a_room_adds_reflections_after_the_direct_sound():
    pytest.importorskip("pyroomacoustics")
    decays = []
    for seed in range(10):
        talker, noise = room_responses(np.random.default_rng(seed), RATE)
        assert np.argmax(np.abs(talker)) == 0 and abs(talker[0]) == 1
        assert np.isfinite(talker).all() and np.isfinite(noise).all() and np.abs(noise).max() > 0
        energy = np.cumsum(talker[::-1] ** 2)[::-1]
        decays.append(np.argmax(energy < 1e-2 * energy[0]) / RATE)
    assert min(decays) < 0.15 < max(decays) < 2
    again = room_responses(np.random.default_rng(9), RATE)
    np.testing.assert_array_equal(again[0], talker)


def test_a_signal_in_a_room_keeps_its_length_and_its_start():
    noise = noises(np.random.default_rng(0))["hiss"]
    response = np.zeros(1000)
    response[[0, 800]] = 1, 0.5
    heard = reverberate(noise, response)
    assert len(heard) == len(noise)
    np.testing.assert_allclose(heard[:800], noise[:800], atol=1e-9)
    np.testing.assert_allclose(heard[800:], noise[800:] + 0.5 * noise[:-800], atol=1e-9)
