"""What a suppressor's network hears: the same at every level, and never of the future."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ossicle.audio.features import (
    ATTACK_S,
    FEATURES,
    RELEASE_S,
    Complex,
    Compressed,
    LogPower,
    Magnitude,
    Samples,
    divisors,
    hop_powers,
    trained_features,
)
from ossicle.audio.parts import join_parts, layout_of, raised, split_parts
from ossicle.audio.stft import StftConfig, stft
from ossicle.errors import OssicleError

CONFIG = StftConfig()
SMALL = StftConfig(sample_rate=8000, window=64, hop=16, n_fft=64)


def noise(samples, seed=0):
    return np.random.default_rng(seed).normal(0, 0.1, samples).astype(np.float32)


def test_magnitudes_are_those_of_the_transform():
    np.testing.assert_array_equal(Magnitude().of(noise(3000), CONFIG), np.abs(stft(noise(3000), CONFIG)))


@settings(deadline=None, max_examples=30)
@given(st.integers(-10, 3), st.integers(0, 99))
def test_compressed_features_do_not_depend_on_the_level_of_a_recording(octaves, seed):
    """By powers of two, whose products are exact, as long as no hop is near to the floor."""
    signal = noise(4000, seed)
    expected = Compressed().of(signal, CONFIG)
    found = Compressed().of(signal * np.float32(2.0**octaves), CONFIG)
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
    np.testing.assert_allclose(Compressed().of(signal, config), expected, rtol=1e-3, atol=1e-3)


def test_the_level_rises_within_a_word_and_falls_within_seconds():
    rate = CONFIG.sample_rate
    signal = np.concatenate([0.1 * np.ones(rate), np.zeros(3 * rate)]).astype(np.float32)
    level = divisors(signal, CONFIG)
    hops_a_second = rate // CONFIG.hop
    up, down = round(ATTACK_S * hops_a_second), round(RELEASE_S * hops_a_second)
    assert level[up - 1] == pytest.approx(0.01 * (1 - 1 / np.e), rel=0.05)
    assert level[hops_a_second - 1] == pytest.approx(0.01, rel=1e-3)
    assert level[hops_a_second + down - 1] == pytest.approx(0.01 / np.e, rel=0.01)


@pytest.mark.parametrize("kind", FEATURES.values())
def test_features_do_not_look_ahead_of_their_hop(kind):
    signal, frame = noise(1200), 7
    later = signal.copy()
    later[(frame + 1) * CONFIG.hop :] += 1
    found, expected = kind().of(later, CONFIG), kind().of(signal, CONFIG)
    np.testing.assert_array_equal(found[: frame + 1], expected[: frame + 1])
    assert not np.array_equal(found[frame + 1], expected[frame + 1])


@pytest.mark.parametrize("kind", FEATURES.values())
def test_silence_is_zero_or_the_floor_and_what_follows_it_is_finite(kind):
    silence = -12 if kind is LogPower else 0
    np.testing.assert_array_equal(kind().of(np.zeros(3000, np.float32), CONFIG), np.float32(silence))
    after = np.concatenate([np.zeros(3000), [1.0], np.zeros(3000)]).astype(np.float32)
    found = kind().of(after, CONFIG)
    assert np.isfinite(found).all() and found.any()


def test_the_power_of_a_hop_is_its_mean_square_and_a_cut_hop_ends_in_silence():
    powers = hop_powers(np.full(150, 0.5, np.float32), CONFIG)
    np.testing.assert_allclose(powers[:3], [0.25, 0.125, 0])
    assert powers.shape == (CONFIG.frames(150),)
    assert hop_powers(np.zeros((2, 3, 150), np.float32), CONFIG).shape == (2, 3, CONFIG.frames(150))


def test_features_that_do_not_exist_are_refused():
    with pytest.raises(OssicleError, match="no features 'mel' to train on; choose magnitude or compressed"):
        trained_features("mel")


def test_logarithms_are_of_the_power_over_the_floor():
    powers = np.square(np.abs(stft(noise(2000), CONFIG)).astype(np.float64))
    found = LogPower(floor=1e-2).of(noise(2000), CONFIG)
    assert (found == np.float32(-2)).any()
    np.testing.assert_allclose(found, np.log10(np.maximum(powers, 1e-2)), atol=1e-5)


@pytest.mark.parametrize("layout", ["interleaved", "planar"])
def test_parts_of_complex_numbers_lie_as_their_layout_says(layout):
    spectrum = stft(noise(1000), CONFIG)
    parts = Complex(layout).of(noise(1000), CONFIG)
    pairs = parts.reshape(len(parts), *((-1, 2) if layout == "interleaved" else (2, -1)))
    real, imaginary = (
        (pairs[..., 0], pairs[..., 1]) if layout == "interleaved" else (pairs[:, 0], pairs[:, 1])
    )
    np.testing.assert_array_equal(real, spectrum.real)
    np.testing.assert_array_equal(imaginary, spectrum.imag)
    np.testing.assert_array_equal(join_parts(split_parts(spectrum, layout), layout), spectrum)


def test_a_power_of_complex_numbers_keeps_their_phase_and_is_undone_by_its_inverse():
    spectrum = stft(noise(1000), CONFIG)
    compressed = raised(spectrum, 0.3)
    np.testing.assert_allclose(np.abs(compressed), np.abs(spectrum) ** 0.3, rtol=1e-5)
    np.testing.assert_allclose(np.angle(compressed), np.angle(spectrum), atol=1e-5)
    np.testing.assert_allclose(raised(compressed, 1 / 0.3), spectrum, rtol=1e-4, atol=1e-9)


@pytest.mark.parametrize(
    ("shape", "layout"),
    [
        ((1, 257, 1, 2), "interleaved"),
        ((257, 2), "interleaved"),
        ((1, 2, 257, 1), "planar"),
        ((1, 2, 1, 257), "planar"),
        ((1, 514), None),
        ((2, 2), None),
        ((2, 3, 257), None),
    ],
)
def test_a_shape_tells_the_layout_where_it_has_one_axis_of_two(shape, layout):
    assert layout_of(shape) == layout


@pytest.mark.parametrize(
    "features", [Magnitude(), Magnitude(0.3), Complex("planar", 0.5), LogPower(1e-20), Samples()]
)
def test_magnitudes_can_be_had_from_features(features):
    expected = np.abs(stft(noise(1000), CONFIG))
    found = features.magnitudes(features.of(noise(1000), CONFIG), CONFIG)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Magnitude(0.0), "power of magnitudes"),
        (lambda: Complex("stacked"), "no layout 'stacked'"),
        (lambda: Complex(power=float("nan")), "power of magnitudes"),
        (lambda: LogPower(0.0), "floor of a logarithm"),
    ],
)
def test_settings_that_make_no_sense_are_refused(make, sentence):
    with pytest.raises(OssicleError, match=sentence):
        make()
