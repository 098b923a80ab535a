"""The transform: where each frame lies, what it holds, and that nothing is lost on the way back."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ossicle.audio.stft import StftConfig, hann, istft, stft
from ossicle.errors import OssicleError
from ossicle.metrics.signal import snr

CONFIGS = [
    StftConfig(),
    StftConfig(sample_rate=8000, window=64, hop=16, n_fft=64),
    StftConfig(window=500, hop=100, n_fft=1024),
    StftConfig(sample_rate=48000, window=24, hop=3, n_fft=32),
    StftConfig(window=4, hop=1, n_fft=4),
]


def noise(samples, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, samples).astype(np.float32)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(CONFIGS), st.integers(0, 3000), st.integers(0, 9))
def test_the_inverse_gives_the_signal_back(config, samples, seed):
    signal = noise(samples, seed)
    spectrum = stft(signal, config)
    back = istft(spectrum, config, samples)
    assert spectrum.shape == (config.frames(samples), config.bins)
    assert (spectrum.dtype, back.dtype, len(back)) == (np.complex64, np.float32, samples)
    assert samples == 0 or snr(back, signal) > 90


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("samples", [0, 1])
def test_no_sample_and_one_sample_come_back(config, samples):
    signal = np.full(samples, 0.5, np.float32)
    np.testing.assert_allclose(istft(stft(signal, config), config, samples), signal, atol=1e-6)


@pytest.mark.parametrize("config", CONFIGS[:4])
def test_a_frame_is_the_padded_dft_of_the_windowed_samples_that_end_with_its_hop(config):
    signal = noise(1000).astype(np.float64)
    spectrum = stft(signal, config)
    n, k = np.arange(config.window), np.arange(config.bins)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * n / config.window)
    basis = np.exp(-2j * np.pi * np.outer(k, n) / config.n_fft)
    for frame in (0, 1, len(spectrum) // 2, len(spectrum) - 1):
        position = frame * config.hop - (config.window - config.hop) + n
        inside = (position >= 0) & (position < len(signal))
        samples = np.where(inside, signal[np.clip(position, 0, len(signal) - 1)], 0)
        np.testing.assert_allclose(spectrum[frame], basis @ (samples * window), atol=2e-5)


@pytest.mark.parametrize("config", CONFIGS)
def test_a_frame_does_not_look_ahead_of_its_hop(config):
    signal = noise(1200)
    frame = 7
    later = signal.copy()
    later[(frame + 1) * config.hop :] += 1
    np.testing.assert_array_equal(stft(later, config)[: frame + 1], stft(signal, config)[: frame + 1])
    assert not np.array_equal(stft(later, config)[frame + 1], stft(signal, config)[frame + 1])


@pytest.mark.parametrize("config", CONFIGS)
def test_after_each_frame_all_but_the_latency_is_final(config):
    signal = noise(4000)
    for frames in (10, 11, 30):
        final = frames * config.hop - config.latency
        head = istft(stft(signal, config)[:frames], config, final)
        assert config.frames(final) == frames
        assert snr(head, signal[:final]) > 90


@settings(deadline=None)
@given(st.sampled_from(CONFIGS), st.integers(0, 100_000))
def test_frames_are_the_fewest_that_put_all_samples_out(config, samples):
    frames = config.frames(samples)
    assert frames * config.hop >= samples + config.latency > (frames - 1) * config.hop


def test_the_defaults_are_the_published_front_end():
    config = StftConfig()
    assert (config.sample_rate, config.window, config.hop, config.n_fft) == (16000, 400, 100, 512)
    assert (config.bins, config.latency) == (257, 300)
    assert config.overlap_gain == pytest.approx(1.5, rel=1e-6)


@pytest.mark.parametrize("config", CONFIGS)
def test_the_squared_windows_over_a_sample_sum_to_one_constant(config):
    squares = hann(config.window).astype(np.float64) ** 2
    sums = squares.reshape(-1, config.hop).sum(axis=0)
    np.testing.assert_allclose(sums, config.overlap_gain, rtol=1e-6)


def test_a_tone_peaks_in_its_bin():
    config = StftConfig()
    tone = np.sin(2 * np.pi * 1000 * np.arange(4000) / config.sample_rate)
    middle = np.abs(stft(tone, config))[10:30]
    assert (np.argmax(middle, axis=1) == 1000 * config.n_fft // config.sample_rate).all()
    np.testing.assert_allclose(middle.max(axis=1), 400 / 4, rtol=0.01)


@pytest.mark.parametrize(
    "change",
    [
        {"hop": 0},
        {"hop": -100},
        {"hop": 200},
        {"hop": 130},
        {"window": 450},
        {"window": 600},
        {"n_fft": 600},
        {"n_fft": 256},
        {"window": 0, "hop": 0},
    ],
)
def test_a_config_that_cannot_be_inverted_is_refused(change):
    with pytest.raises(OssicleError, match="must be a"):
        replace(StftConfig(), **change)


def test_a_config_survives_its_plain_data():
    assert StftConfig(**CONFIGS[3].as_dict()) == CONFIGS[3]
