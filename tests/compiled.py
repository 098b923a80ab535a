"""The portable kernels as one library, for the tests that call them."""

import ctypes
from importlib import resources
from pathlib import Path

import pytest

from ossicle.audio.fourier import swaps, twiddle
from ossicle.audio.windows import hann
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
    _fields_ = (("n_fft", ctypes.c_int), ("twiddle", POINTER), ("swaps", POINTER))


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
    folder = tmp_path_factory.mktemp("kernels")
    probes = "".join(PROBE.format(name=name) for name in PROBES)
    (folder / "probe.c").write_text(f'#include "osc_math.h"\n{probes}')
    library = folder / "kernels.so"
    sources = [str(path) for path in sorted(PORTABLE.glob("*.c"))]
    flags = ["-std=c99", "-O3", "-ffp-contract=off", "-shared", "-fPIC", f"-I{PORTABLE}"]
    run_compiler(find_compiler(), [*flags, "-o", str(library), *sources, str(folder / "probe.c"), "-lm"])
    return ctypes.CDLL(str(library))


def at(array):
    assert array.flags.c_contiguous
    return array.ctypes.data_as(POINTER)


def transform(window, hop, n_fft):
    """A transform with Hann windows in C, and what keeps its tables in memory."""
    tables = hann(window), twiddle(n_fft), swaps(n_fft)
    analysis, factors, order = (at(table).value if len(table) else None for table in tables)
    return Stft(Fft(n_fft, factors, order), window, hop, analysis, analysis, 1.5), tables
