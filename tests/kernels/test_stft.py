"""The compiled transform and its inverse, hop by hop, against the one definition."""

import ctypes
from dataclasses import replace

import numpy as np
import pytest
from compiled import PORTABLE, Stft, at, fft_of, kernels
from transforms import CONFIGS

from ossicle.audio.stft import PLAIN, istft, stft
from ossicle.metrics.signal import snr
from ossicle.programs.compiler import find_compiler, run_compiler
from ossicle.targets import load_target
from ossicle.tasks.transforms import inverse_tables, transform_tables, transform_text

__all__ = ["kernels"]
FRAMES = 12


def in_c(library, config):
    """The transform as a task emits it, and what keeps its tables in memory."""
    fft, kept = fft_of(library, config.n_fft)
    tables = transform_tables(config.n_fft, config.analysis_window) | inverse_tables(config)
    [*_, synthesis, divisor] = transform_text(tables, config, config.envelope).strip("{}").split(", ")
    windows = at(tables["analysis"]), at(tables[synthesis])
    return Stft(fft, config.window, config.hop, *windows, float(divisor.rstrip("f"))), (kept, tables)


@pytest.mark.parametrize("config", [*CONFIGS, replace(CONFIGS[6], overlap=PLAIN)])
def test_the_stream_of_the_c_is_the_one_definition(kernels, config):
    stream, _tables = in_c(kernels, config)
    rng = np.random.default_rng(3)
    signal = rng.uniform(-1, 1, FRAMES * config.hop).astype(np.float32)
    history, overlap = (np.zeros(config.latency, np.float32) for _ in range(2))
    expected = stft(signal, config)[:FRAMES]
    mask = rng.uniform(0, 1, expected.shape).astype(np.float32)
    cleaned, spectrum = np.zeros_like(signal), np.zeros(config.n_fft + 2, np.float32)
    for frame in range(FRAMES):
        hop = slice(frame * config.hop, (frame + 1) * config.hop)
        kernels.osc_stft(ctypes.byref(stream), at(history), at(signal[hop]), at(spectrum))
        assert snr(spectrum, expected[frame].view(np.float32)) > 110
        spectrum[:] = (expected[frame] * mask[frame]).view(np.float32)
        kernels.osc_istft(ctypes.byref(stream), at(spectrum), at(overlap), at(cleaned[hop]))
    wanted = istft(expected * mask, config, len(signal))
    assert snr(cleaned[config.latency :], wanted[: len(signal) - config.latency]) > 110


def there_and_back(path, n_fft):
    """The spectrum of noise by the library of that path, and what its inverse gives."""
    library = ctypes.CDLL(str(path))
    fft, _tables = fft_of(library, n_fft)
    spectrum = np.random.default_rng(1).normal(0, 1, n_fft + 2).astype(np.float32)
    library.osc_rfft(ctypes.byref(fft), at(spectrum))
    back = spectrum.copy()
    library.osc_irfft(ctypes.byref(fft), at(back))
    return spectrum, back


def test_vectors_of_this_computer_do_not_change_a_bit(tmp_path):
    plain, vectors = tmp_path / "plain.so", tmp_path / "vectors.so"
    sources = [str(path) for path in sorted(PORTABLE.glob("osc_*fft*.c"))]
    for path, flags in (plain, ["-O1", "-ffp-contract=off"]), (vectors, load_target("host").cflags):
        to_library = ["-std=c99", "-shared", "-fPIC", f"-I{PORTABLE}", "-o", str(path)]
        run_compiler(find_compiler(), [*flags, *to_library, *sources])
    for n_fft in (64, 320, 512, 900, 960, 1024, 1200):
        np.testing.assert_array_equal(there_and_back(vectors, n_fft), there_and_back(plain, n_fft))
