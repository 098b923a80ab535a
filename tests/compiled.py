"""The portable kernels as one library, for the tests that call them."""

import ctypes
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

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


class Stft(ctypes.Structure):
    _fields_ = (
        ("window", ctypes.c_int),
        ("hop", ctypes.c_int),
        ("n_fft", ctypes.c_int),
        ("hann", POINTER),
        ("twiddle", POINTER),
        ("overlap_gain", ctypes.c_float),
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
    """The tables of a transform in C, and what keeps them in memory."""
    angles = 2 * np.pi * np.arange(n_fft // 2) / n_fft
    tables = hann(window), np.stack([np.cos(angles), -np.sin(angles)], 1).astype(np.float32)
    return Stft(window, hop, n_fft, *(at(table).value for table in tables), 1.5), tables
