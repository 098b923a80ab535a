"""The portable kernels as one library, for the tests that call them."""

import ctypes
import os
from importlib import resources
from pathlib import Path

import pytest

from ossicle.audio.fourier import swaps, twiddle
from ossicle.audio.windows import hann
from ossicle.cache import cache_folder
from ossicle.programs.compiler import find_compiler, run_compiler

PORTABLE = Path(str(resources.files("ossicle"))) / "kernels" / "portable"
PROBES = ("exp", "tanh", "sigmoid")
PROBE = """
void probe_{name}(const float *x, float *y, int n)
{{
    for (int i = 0; i < n; i++) y[i] = osc_{name}_f32(x[i]);
}}
"""

POINTER = ctypes.c_void_p


class Fft(ctypes.Structure):
    _fields_ = (("n_fft", ctypes.c_int), ("twiddle", POINTER), ("swaps", POINTER), ("odd", POINTER))


class Stft(ctypes.Structure):
    _fields_ = (
        ("fft", Fft),
        ("window", ctypes.c_int),
        ("hop", ctypes.c_int),
        ("analysis", POINTER),
        ("synthesis", POINTER),
        ("envelope", ctypes.c_float),
    )


class Factors(ctypes.Structure):
    _fields_ = (("bias", POINTER), ("multiplier", POINTER), ("shift", POINTER))


@pytest.fixture(scope="module")
def kernels(tmp_path_factory):
    """One library for all files of tests and all processes, in the cache of this run."""
    library = cache_folder() / "kernels.so"
    if not library.exists():
        library.parent.mkdir(parents=True, exist_ok=True)
        os.replace(_build(tmp_path_factory.mktemp("kernels")), library)
    return ctypes.CDLL(str(library))


def _build(folder):
    probes = "".join(PROBE.format(name=name) for name in PROBES)
    (folder / "probe.c").write_text(f'#include "osc_math.h"\n{probes}')
    library = folder / "kernels.so"
    sources = [str(path) for path in sorted(PORTABLE.glob("*.c"))]
    flags = ["-std=c99", "-O3", "-ffp-contract=off", "-shared", "-fPIC", f"-I{PORTABLE}"]
    run_compiler(find_compiler(), [*flags, "-o", str(library), *sources, str(folder / "probe.c"), "-lm"])
    return library


def at(array):
    assert array.flags.c_contiguous
    return array.ctypes.data_as(POINTER)


def fft_of(library, n_fft):
    """A Fourier transform in C, and what keeps its tables in memory."""
    factors, order = tables = twiddle(n_fft), swaps(n_fft)
    odd = (at(order), ctypes.cast(library.osc_fft_odd, POINTER)) if len(order) else (None, None)
    return Fft(n_fft, at(factors), *odd), tables


def transform(library, window, hop, n_fft):
    """A transform with Hann windows in C, and what keeps its tables in memory."""
    analysis, (fft, tables) = hann(window), fft_of(library, n_fft)
    return Stft(fft, window, hop, at(analysis), at(analysis), 1.5), (analysis, tables)
