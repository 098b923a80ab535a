"""What a suppressor's network hears: the same at every level, and never of the future."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ossicle.audio.features import (
    ATTACK_S,
    COMPRESSED,
    FEATURES,
    MAGNITUDE,
    RELEASE_S,
    divisors,
    features,
    hop_powers,
)
from ossicle.audio.stft import StftConfig, stft
from ossicle.errors import OssicleError

CONFIG = StftConfig()
SMALL = StftConfig(sample_rate=8000, window=64, hop=16, n_fft=64)


def noise(samples, seed=0):
    return np.random.default_rng(seed).normal(0, 0.1, samples).astype(np.float32)


def test_magnitudes_are_those_of_the_transform():
    np.testing.assert_array_equal(features(noise(3000), CONFIG, MAGNITUDE), np.abs(stft(noise(3000), CONFIG)))


@settings(deadline=None, max_examples=30)
@given(st.integers(-10, 3), st.integers(0, 99))
def test_compressed_features_do_not_depend_on_the_level_of_a_recording(octaves, seed):
    """By powers of two, whose products are exact, as long as no hop is near to the floor."""
    signal = noise(4000, seed)
    expected = features(signal, CONFIG, COMPRESSED)
    found = features(signal * np.float32(2.0**octaves), CONFIG, COMPRESSED)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("config", [CONFIG, SMALL])
def test_compressed_features_are_the_fourth_root_of_magnitudes_over_the_level(config):
    signal = noise(2000)
    magnitude = np.abs(stft(signal, config)).astype(np.float64)
    powers, level = [], 0.0
    attack, release = (config.hop / config.sample_rate / seconds for seconds in (ATTACK_S, RELEASE_S))
    padded = np.append(signal, np.zeros(config.hop * len(magnitude) - len(signal)))
    for hop in padded.reshape(-1, config.hop):
        change = np.mean(hop**2) - level
        level += change * (attack if change > 0 else release)
        powers.append(level)
    expected = (magnitude / np.sqrt(powers)[:, None]) ** 0.25
    np.testing.assert_allclose(features(signal, config, COMPRESSED), expected, rtol=1e-3, atol=1e-3)


def test_the_level_rises_within_a_word_and_falls_within_seconds():
    rate = CONFIG.sample_rate
    signal = np.concatenate([0.1 * np.ones(rate), np.zeros(3 * rate)]).astype(np.float32)
    level = divisors(signal, CONFIG)
    hops_a_second = rate // CONFIG.hop
    up, down = round(ATTACK_S * hops_a_second), round(RELEASE_S * hops_a_second)
    assert level[up - 1] == pytest.approx(0.01 * (1 - 1 / np.e), rel=0.05)
    assert level[hops_a_second - 1] == pytest.approx(0.01, rel=1e-3)
    assert level[hops_a_second + down - 1] == pytest.approx(0.01 / np.e, rel=0.01)


@pytest.mark.parametrize("kind", FEATURES)
def test_features_do_not_look_ahead_of_their_hop(kind):
    signal, frame = noise(1200), 7
    later = signal.copy()
    later[(frame + 1) * CONFIG.hop :] += 1
    found, expected = features(later, CONFIG, kind), features(signal, CONFIG, kind)
    np.testing.assert_array_equal(found[: frame + 1], expected[: frame + 1])
    assert not np.array_equal(found[frame + 1], expected[frame + 1])


@pytest.mark.parametrize("kind", FEATURES)
def test_silence_is_zero_and_what_follows_it_is_finite(kind):
    assert not features(np.zeros(3000, np.float32), CONFIG, kind).any()
    after = np.concatenate([np.zeros(3000), [1.0], np.zeros(3000)]).astype(np.float32)
    found = features(after, CONFIG, kind)
    assert np.isfinite(found).all() and found.any()


def test_the_power_of_a_hop_is_its_mean_square_and_a_cut_hop_ends_in_silence():
    powers = hop_powers(np.full(150, 0.5, np.float32), CONFIG)
    np.testing.assert_allclose(powers[:3], [0.25, 0.125, 0])
    assert powers.shape == (CONFIG.frames(150),)
    assert hop_powers(np.zeros((2, 3, 150), np.float32), CONFIG).shape == (2, 3, CONFIG.frames(150))


def test_features_that_do_not_exist_are_refused():
    with pytest.raises(OssicleError, match="no features 'mel'; choose magnitude or compressed"):
        features(noise(400), CONFIG, "mel")
