"""The C of the microfrontend against its definition in NumPy, and both against the original."""

import ctypes

import numpy as np
import pytest
from compiled import POINTER, at, kernels

from ossicle.audio.fixed_fft import fft_tables, real_fft
from ossicle.audio.microfrontend import features
from ossicle.audio.microfrontend_tables import MicrofrontendConfig, Pcan, tables_of
from ossicle.audio.sound import synthetic_voice

__all__ = ["kernels"]

CONFIGS = [
    MicrofrontendConfig(),
    MicrofrontendConfig(hop=320, pcan=None),
    MicrofrontendConfig(8000, 200, 80, 20, 60.0, 3800.0),
    MicrofrontendConfig(window=1600, hop=400, channels=64, pcan=Pcan(0.8, 60.0, 22), log_shift=5),
    MicrofrontendConfig(window=40, hop=33, channels=5, even_smoothing=0.2),
]


class Fft(ctypes.Structure):
    _fields_ = (("n", ctypes.c_int), ("twiddle", POINTER), ("split", POINTER))


class Microfrontend(ctypes.Structure):
    _fields_ = (
        ("fft", Fft),
        ("window", ctypes.c_int),
        ("channels", ctypes.c_int),
        *((name, POINTER) for name in ("hann", "first", "count", "rising", "falling", "smoothing")),
        *((name, ctypes.c_int) for name in ("smoothing_bits", "correction_bits", "gain_shift", "log_shift")),
        ("gain", POINTER),
        ("log", POINTER),
    )


def sounds(seconds=0.5):
    """Int16 signals of the levels at which something special happens."""
    rng = np.random.default_rng(0)
    n = round(16000 * seconds)
    return {
        "voice": synthetic_voice(16000, seconds),
        "noise": rng.normal(0, 8000, n).clip(-32768, 32767).astype(np.int16),
        "square": rng.choice(np.array([-32768, 32767], np.int16), n),
        "least": rng.integers(-1, 2, n).astype(np.int16),
        "silence": np.zeros(n, np.int16),
    }


def fft_of(n):
    tables = fft_tables(n)
    return Fft(n, *(at(table).value for table in tables)), tables


def run(kernels, config, signal):
    """The features of all windows of a signal, with -1 where C must not rely on what it finds."""
    tables = tables_of(config)
    fft, kept = fft_of(config.n_fft)
    pcan = config.pcan
    shift = pcan.gain_bits - config.correction_bits - 12 if pcan else 0
    names = ("window", "first", "count", "rising", "falling", "smoothing")
    front = Microfrontend(
        fft,
        config.window,
        config.channels,
        *(at(getattr(tables, name)).value for name in names),
        *(config.smoothing_bits, config.correction_bits, shift, config.log_shift),
        at(tables.gain).value if pcan else None,
        at(tables.log).value,
    )
    noise = np.zeros(config.channels, np.uint32)
    padded, spectrum = np.full(config.n_fft, -1, np.int16), np.full(config.n_fft + 2, -1, np.int16)
    magnitudes, found = np.full(config.channels, -1, np.int32), []
    for begin in range(0, len(signal) - config.window + 1, config.hop):
        window = np.ascontiguousarray(signal[begin : begin + config.window])
        frame = np.full(config.channels, 65535, np.uint16)
        arrays = (window, noise, padded, spectrum, magnitudes, frame)
        kernels.osc_microfrontend(ctypes.byref(front), *map(at, arrays))
        found.append(frame)
    del kept
    return np.array(found)


@pytest.mark.parametrize("n", [8, 16, 64, 128, 512, 2048])
def test_the_transform_is_that_of_the_definition_bit_for_bit(kernels, n):
    rng, (fft, kept) = np.random.default_rng(n), fft_of(n)
    frames = [rng.integers(-32768, 32768, n), rng.choice([-32768, 32767], n), rng.integers(-9, 9, n)]
    for frame in np.array([*frames, np.full(n, -32768), np.eye(n)[1] * 32767]).astype(np.int16):
        found = np.full((n // 2 + 1, 2), -1, np.int16)
        kernels.osc_fixed_rfft(ctypes.byref(fft), at(frame), at(found))
        np.testing.assert_array_equal(found, real_fft(frame))
    del kept


@pytest.mark.parametrize("n", [64, 128, 512])
def test_the_transform_is_a_fourier_transform_but_for_rounding(n):
    frame = np.random.default_rng(0).integers(-20000, 20000, n).astype(np.int16)
    exact = np.fft.rfft(frame) / n
    found = real_fft(frame) @ [1, 1j]
    assert np.abs(found - exact).max() < 6


@pytest.mark.parametrize("config", CONFIGS)
def test_features_are_those_of_the_definition_bit_for_bit(kernels, config):
    for signal in sounds().values():
        found = run(kernels, config, signal)
        assert len(found) > 5
        np.testing.assert_array_equal(found, features(signal, config))


def original(signal):
    """What the C++ of TensorFlow gives for microWakeWord."""
    library = pytest.importorskip("pymicro_features")
    front, found = library.MicroFrontend(), []
    for begin in range(0, len(signal) - 159, 160):
        found.append(front.process_samples(signal[begin : begin + 160].tobytes()).features)
    return np.rint(np.array([frame for frame in found if frame]) / 0.0390625).astype(int)


def test_features_are_those_of_the_original_bit_for_bit():
    for signal in sounds(5.0).values():
        np.testing.assert_array_equal(features(signal, MicrofrontendConfig()), original(signal))
