"""The transform: where each frame lies, what it holds, and that nothing is lost on the way back."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transforms import CONFIGS

from ossicle.audio.stft import StftConfig, istft, stft
from ossicle.audio.windows import WINDOWS, window_values
from ossicle.errors import OssicleError
from ossicle.metrics.signal import snr
from ossicle.tasks.front_ends import read_settings


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
    window = config.analysis_window
    basis = np.exp(-2j * np.pi * np.outer(k, n) / config.n_fft)
    for frame in (0, 1, len(spectrum) // 2, len(spectrum) - 1):
        position = frame * config.hop - (config.window - config.hop) + n
        inside = (position >= 0) & (position < len(signal))
        samples = np.where(inside, signal[np.clip(position, 0, len(signal) - 1)], 0)
        np.testing.assert_allclose(spectrum[frame], basis @ (samples * window), atol=2e-5)


@pytest.mark.parametrize("config", CONFIGS)
def test_a_frame_does_not_look_ahead_of_its_hop(config):
    signal = noise(12 * config.hop)
    frame = 7
    later = signal.copy()
    later[(frame + 1) * config.hop :] += 1
    np.testing.assert_array_equal(stft(later, config)[: frame + 1], stft(signal, config)[: frame + 1])
    assert not np.array_equal(stft(later, config)[frame + 1], stft(signal, config)[frame + 1])


@pytest.mark.parametrize("config", CONFIGS)
def test_after_each_frame_all_but_the_latency_is_final(config):
    signal = noise(31 * config.hop)
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
    np.testing.assert_array_equal(config.envelope, np.float32(1.5))


@pytest.mark.parametrize("config", CONFIGS)
def test_a_plain_overlap_gives_the_signal_times_the_envelope(config):
    signal = noise(9 * config.window)
    plain = replace(config, overlap="plain")
    weights = np.resize(config.envelope, config.latency + len(signal))[config.latency :]
    back = istft(stft(signal, plain), plain, len(signal))
    np.testing.assert_array_equal(plain.envelope, np.float32(1))
    assert snr(back, signal * weights) > 90


@pytest.mark.parametrize(
    ("window", "hops", "constant"),
    [
        ("hann", 2, None),
        ("hann", 4, 1.5),
        ("sqrt_hann", 2, 1),
        ("sqrt_hann_symmetric", 2, None),
        ("vorbis", 2, 1),
        ("rectangular", 4, 4),
    ],
)
def test_the_envelope_is_one_number_to_the_bit_where_one_will_do(window, hops, constant):
    config = StftConfig(window=320, hop=320 // hops, n_fft=320, analysis=window, synthesis=window)
    if constant:
        np.testing.assert_array_equal(config.envelope, np.full(config.hop, constant, np.float32))
    else:
        assert np.ptp(config.envelope) > 1e-3


def test_windows_are_those_of_the_field():
    signal = pytest.importorskip("scipy.signal")
    hann, symmetric = (signal.get_window("hann", 320, fftbins) for fftbins in (True, False))
    known = {
        "hann": hann,
        "hann_symmetric": symmetric,
        "sqrt_hann": np.sqrt(hann),
        "sqrt_hann_symmetric": np.sqrt(symmetric),
        "hamming": signal.get_window("hamming", 320),
        "hamming_symmetric": signal.get_window("hamming", 320, False),
        "rectangular": np.ones(320),
        "vorbis": np.sin(np.pi / 2 * signal.get_window("cosine", 320, False) ** 2),
    }
    assert known.keys() == WINDOWS.keys()
    for name, values in known.items():
        found = window_values(name, 320)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, values, atol=1e-7)


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
        {"hop": 201},
        {"window": 600},
        {"n_fft": 562},
        {"n_fft": 405},
        {"n_fft": 256},
        {"n_fft": 0},
        {"n_fft": -2},
        {"window": 0, "hop": 0},
        {"sample_rate": 0},
        {"overlap": "other"},
        {"analysis": (0.0,) * 399 + (1.0,)},
        {"synthesis": (0.0, 1.0) * 200},
    ],
)
def test_a_config_that_cannot_be_inverted_is_refused(change):
    with pytest.raises(OssicleError, match="must"):
        replace(StftConfig(), **change)


@pytest.mark.parametrize(
    ("window", "sentence"),
    [
        ("hanning", "no window 'hanning'; choose hann, "),
        ((1.0,) * 5, "has 5 numbers; give it 400"),
        (("hann",) * 400, "something else than numbers"),
        ((float("nan"),) * 400, "finite"),
        ((0.0,) * 400, "not all 0"),
    ],
)
def test_a_window_that_there_is_not_is_refused(window, sentence):
    with pytest.raises(OssicleError, match=sentence):
        StftConfig(synthesis=window)


@pytest.mark.parametrize("config", CONFIGS)
def test_a_config_survives_its_plain_data(config):
    assert read_settings(StftConfig, json.loads(json.dumps(config.as_dict())), "it") == config


def test_settings_that_are_not_given_are_the_defaults():
    given = {"sample_rate": 16000, "window": 512, "hop": 128, "n_fft": 512}
    assert read_settings(StftConfig, given, "it").analysis == "hann"
