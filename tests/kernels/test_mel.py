"""The C front end of keyword spotters against its definition in NumPy."""

import ctypes
from dataclasses import replace

import numpy as np
import pytest
from compiled import POINTER, Stft, at, kernels, transform
from melsound import bursts, tone_in_silence

from ossicle.audio.mel import STD_OFFSET_DB, log_mel, mfcc, patch, patches
from ossicle.audio.mel_tables import MelConfig, dct_matrix, mel_filters, sparse_filters

__all__ = ["kernels"]

LOG_MEL = MelConfig()
MFCC = MelConfig(window=640, hop=320, coefficients=10, frames=49)
CONFIGS = [
    LOG_MEL,
    MFCC,
    MelConfig(window=400, hop=160, n_fft=512, mels=24, low_hz=60, high_hz=7600, coefficients=24, frames=7),
    MelConfig(window=64, hop=16, n_fft=64, mels=3, frames=1),
]
SOUNDS = [bursts(), bursts(0.1), tone_in_silence()]


class Logarithm(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_float) for name in ("floor", "offset", "octave", "slope"))


class Mel(ctypes.Structure):
    _fields_ = (
        ("stft", Stft),
        *((name, ctypes.c_int) for name in ("parts", "magnitudes", "mels", "coefficients", "frames")),
        *((name, POINTER) for name in ("first", "count", "weight", "dct")),
        ("logarithm", Logarithm),
        ("range", ctypes.c_float),
        ("level", ctypes.c_int),
        *((name, ctypes.c_float) for name in ("std_offset", "mean", "gain", "low", "high")),
        ("time_major", ctypes.c_int),
    )


DECIBELS = Logarithm(1e-10, 0, 10 * np.log10(2), 20 / np.log(10))
STANDARD = 2
"""OSC_LEVEL_STANDARD."""


class FrontEnd:
    """The state and the tables of a stream, with NaN where the C must not rely on what it finds."""

    def __init__(self, kernels, config):
        self.kernels, self.config = kernels, config
        self.tables = (*sparse_filters(config), np.ascontiguousarray(dct_matrix(config)))
        self.stft, self.kept = transform(kernels, config.window, config.hop, config.n_fft)
        sizes = (1, 0, config.mels, config.coefficients, config.frames)
        level = (80, STANDARD, STD_OFFSET_DB, 0, 1, -np.inf, np.inf, 0)
        tables = (at(table).value for table in self.tables)
        self.mel = Mel(self.stft, *sizes, *tables, DECIBELS, *level)
        self.history = np.full(config.window - config.hop, np.nan, np.float32)
        self.decibels = np.full((config.frames, config.mels), np.nan, np.float32)
        self.scratch = np.full(config.n_fft + 2, np.nan, np.float32)
        kernels.osc_mel_reset(ctypes.byref(self.mel), at(self.history), at(self.decibels))

    def push(self, hop):
        hop = np.ascontiguousarray(hop, np.float32)
        states = at(self.history), at(hop), at(self.scratch), at(self.decibels)
        self.kernels.osc_mel_frame(ctypes.byref(self.mel), *states)

    def patch(self):
        found = np.full(self.config.inputs, np.nan, np.float32)
        scratch = np.full(self.config.mels, np.nan, np.float32)
        self.kernels.osc_mel_patch(ctypes.byref(self.mel), at(self.decibels), at(scratch), at(found))
        return found

    def stream(self, signal):
        """Push all whole hops; the newest frame and the patch after each."""
        frames, found = [], []
        for start in range(0, len(signal) - self.config.hop + 1, self.config.hop):
            self.push(signal[start : start + self.config.hop])
            frames.append(self.decibels[-1].copy())
            found.append(self.patch())
        return np.array(frames), np.array(found)


def spread_db(signal, config):
    """Standard deviation that patches were divided by, at least: turns their errors back into dB."""
    decibels = log_mel(signal, config)
    return max(decibels[max(end - config.frames, 0) : end].std() for end in range(1, len(decibels) + 1))


@pytest.mark.parametrize("sound", SOUNDS, ids=["loud", "quiet", "tone"])
@pytest.mark.parametrize("config", CONFIGS)
def test_the_chain_is_within_a_hundredth_of_a_decibel_of_its_definition(kernels, config, sound):
    signal = sound[:4000] if config.frames == 1 else sound
    frames, found = FrontEnd(kernels, config).stream(signal)
    wanted = log_mel(signal, config)
    # The transform in floats leaves some -140 dB of the loudest bin in all the others.
    audible = wanted > wanted.max(axis=1, keepdims=True) - 100
    assert np.abs(frames - wanted)[audible].max() < 0.01
    assert np.abs(found - patches(signal, config, 1)).max() * spread_db(signal, config) < 0.01


@pytest.mark.parametrize("config", CONFIGS)
def test_the_patch_is_that_of_the_definition_for_any_history(kernels, config):
    rng = np.random.default_rng(1)
    front = FrontEnd(kernels, config)
    for spread in (0.0, 0.5, 20.0, 60.0):
        front.decibels[:] = rng.normal(-20, spread, front.decibels.shape)
        np.testing.assert_allclose(front.patch(), patch(front.decibels, config), atol=2e-4)


def test_the_floor_of_a_patch_follows_its_maximum_not_full_scale(kernels):
    # The same history at another level is the same patch; an absolute floor at -80 dB would cut it.
    front = FrontEnd(kernels, LOG_MEL)
    history = np.random.default_rng(2).uniform(-40, 40, front.decibels.shape).astype(np.float32)
    history[3] = -55.0
    found = []
    for level in (0.0, -60.0, 15.0):
        front.decibels[:] = history + np.float32(level)
        found.append(front.patch())
    np.testing.assert_allclose(found[1], found[0], atol=1e-4)
    np.testing.assert_allclose(found[2], found[0], atol=1e-4)
    absolute = np.maximum(history - 60, -80.0).T.reshape(-1)
    assert np.abs((absolute - absolute.mean()) / absolute.std() - found[1]).max() > 0.1


@pytest.mark.parametrize("config", CONFIGS)
def test_silence_is_a_patch_of_zeros_from_the_first_frame_on(kernels, config):
    frames, found = FrontEnd(kernels, config).stream(np.zeros(6 * config.hop))
    np.testing.assert_allclose(frames, -100.0, atol=1e-4)
    assert np.abs(found).max() < 1e-2


def test_samples_that_are_no_numbers_count_as_zero_and_leave_no_trace(kernels):
    signal = bursts()[: 8 * LOG_MEL.hop]
    spoilt, silenced = signal.copy(), signal.copy()
    spoilt[600:610] = [np.nan, np.inf, -np.inf] * 3 + [np.nan]
    silenced[600:610] = 0
    for found, wanted in zip(
        FrontEnd(kernels, LOG_MEL).stream(spoilt), FrontEnd(kernels, LOG_MEL).stream(silenced), strict=True
    ):
        np.testing.assert_array_equal(found, wanted)
    loud, limited = (FrontEnd(kernels, LOG_MEL).stream(sound)[1] for sound in (1e9 * signal, 0 * signal + 16))
    assert np.isfinite(loud).all() and np.isfinite(limited).all()


def test_the_oldest_frame_leaves_the_history(kernels):
    config = replace(LOG_MEL, frames=3)
    front = FrontEnd(kernels, config)
    frames, _ = front.stream(bursts())
    np.testing.assert_array_equal(front.decibels, frames[-3:])


def test_powers_may_replace_the_spectrum(kernels):
    spectrum = np.random.default_rng(3).normal(0, 9, 2 * 513).astype(np.float32)
    apart = np.zeros(513, np.float32)
    kernels.osc_power(at(spectrum), at(apart), 513)
    np.testing.assert_allclose(apart, spectrum[::2] ** 2 + spectrum[1::2] ** 2, rtol=1e-6)
    kernels.osc_power(at(spectrum), at(spectrum), 513)
    np.testing.assert_array_equal(spectrum[:513], apart)


@pytest.mark.parametrize("config", CONFIGS)
def test_the_filter_bank_is_the_whole_matrix(kernels, config):
    front = FrontEnd(kernels, config)
    power = np.random.default_rng(4).uniform(0, 9, config.bins).astype(np.float32)
    bands = np.full(config.mels, np.nan, np.float32)
    kernels.osc_mel_bands(ctypes.byref(front.mel), at(power), at(bands))
    np.testing.assert_allclose(bands, mel_filters(config).astype(float) @ power, rtol=1e-6)


def test_the_dct_of_a_frame_lies_in_a_column(kernels):
    front = FrontEnd(kernels, MFCC)
    frame = log_mel(bursts(), MFCC)[20]
    out = np.full((MFCC.coefficients, 5), 7.0, np.float32)
    kernels.osc_dct(ctypes.byref(front.mel), at(frame), at(out), 5)
    np.testing.assert_allclose(out[:, 0], mfcc(bursts(), MFCC)[20], atol=1e-3)
    assert (out[:, 1:] == 7).all()


@pytest.mark.parametrize(("unit", "offset"), [(10 / np.log(10), 0.0), (1.0, 1e-6), (1 / np.log(10), 1.0)])
def test_logarithms_are_as_exact_as_floats_allow(kernels, unit, offset):
    powers = np.concatenate([np.geomspace(1e-10, 1e18, 400_001), np.linspace(0.5, 2, 100_001)])
    config = Logarithm(1e-10, offset, unit * np.log(2), 2 * unit)
    x = powers.astype(np.float32)
    y = x.copy()
    kernels.osc_logarithms(ctypes.byref(config), at(y), len(y))
    # The sum is rounded to a float before its logarithm is taken.
    exact = unit * np.log(np.maximum(x, np.float32(1e-10)) + np.float32(offset), dtype=np.float64)
    assert (np.abs(y - exact) <= 1e-6 + 2e-7 * np.abs(exact)).all()
    low = np.array([0.0, 1e-30, 1e-45, 9e-11], np.float32)
    kernels.osc_logarithms(ctypes.byref(config), at(low), len(low))
    np.testing.assert_allclose(low, unit * np.log(1e-10 + offset), atol=1e-5)


@pytest.mark.parametrize("in_place", [False, True])
def test_emphasis_goes_on_from_hop_to_hop_and_skips_what_is_no_number(kernels, in_place):
    signal = np.random.default_rng(5).normal(0, 0.1, 40).astype(np.float32)
    signal[[7, 20]] = np.nan, np.inf
    last, found = np.zeros(1, np.float32), []
    for hop in np.split(signal, 4):
        out = hop.copy() if in_place else np.full(10, 7.0, np.float32)
        x = out if in_place else np.ascontiguousarray(hop)
        kernels.osc_emphasize(at(x), at(out), 10, ctypes.c_float(0.9375), at(last))
        found.append(out)
    silenced = np.where(np.isfinite(signal), signal, 0)
    expected = silenced - 0.9375 * np.concatenate([[0], silenced[:-1]])
    np.testing.assert_allclose(np.concatenate(found), expected, atol=1e-7)
