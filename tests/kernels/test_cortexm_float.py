"""Products of floats and halves for Cortex-M: the bits of the portable kernels, and how many instructions."""

import ctypes
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from compiled import POINTER, at, kernels
from cortexm import CortexM

__all__ = ["kernels"]

FOLDER = Path(str(resources.files("ossicle"))) / "kernels"
NAMES = ("osc_matvec_f32", "osc_matvec_f16", "osc_convert_f16_f32")
TYPES = {"f32": np.float32, "f16": np.float16}
INSTRUCTIONS = {
    "m7": {"f32": 3.8, "f16": 4.8},
    "m4": {"f32": 4.5, "f16": 5.5},
    "m33": {"f32": 4.5, "f16": 5.5},
    "gcc": {"f32": 4.7, "f16": 6.2},
}
"""A multiply-accumulate of 128 x 128."""


@pytest.fixture(scope="module", params=["m4", "m7", "m33", "gcc"])
def core(request):
    sources = [FOLDER / "cortexm" / f"{name}.c" for name in NAMES]
    return CortexM(sources, ("cortexm", "portable"), request.param)


def product(core, kind, weight, bias, x, offset=0):
    """Results on the core, weights ``offset`` bytes off a word, and the instructions that they took."""
    rows, columns = weight.shape
    tables = [core.put(weight, offset), core.put(bias), rows, columns]
    matrix, operand = core.put(np.array(tables, np.uint32)), core.put(x)
    y = core.put(np.full(rows + 1, 7, np.float32))
    count = core.call(f"osc_matvec_{kind}", matrix, operand, y)
    result = core.get(y, np.zeros(rows + 1, np.float32))
    assert result[-1] == 7
    return result[:-1], count


class Matrix(ctypes.Structure):
    _fields_ = (("weight", POINTER), ("bias", POINTER), ("rows", ctypes.c_int), ("columns", ctypes.c_int))


def on_host(kernels, kind, weight, bias, x):
    y = np.zeros(len(weight), np.float32)
    matrix = Matrix(at(weight).value, at(bias).value, *weight.shape)
    getattr(kernels, f"osc_matvec_{kind}")(ctypes.byref(matrix), at(x), at(y))
    return y


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize(
    "shape", [(1, 1), (3, 5), (4, 16), (5, 17), (9, 33), (6, 128), (13, 47), (7, 257), (32, 64)]
)
def test_products_have_the_bits_of_the_portable_kernel(core, kernels, kind, shape):
    rng = np.random.default_rng(sum(shape))
    weight = (rng.standard_normal(shape) * rng.choice([1e-6, 1e-3, 1, 100], shape)).astype(TYPES[kind])
    bias, x = rng.normal(0, 2, shape[0]).astype(TYPES[kind]), rng.standard_normal(shape[1]).astype(np.float32)
    expected = on_host(kernels, kind, weight, bias, x)
    for offset in (0, 2) if kind == "f16" else (0,):
        found, _ = product(core, kind, weight, bias, x, offset)
        np.testing.assert_array_equal(found.view(np.uint32), expected.view(np.uint32))
    assert len(np.unique(expected)) > shape[0] // 2


def test_all_halves_are_widened_exactly(core):
    halves = np.arange(65536, dtype=np.uint16).view(np.float16)
    halves = halves[np.isfinite(halves)]
    x, y = core.put(halves), core.put(np.zeros(len(halves), np.float32))
    core.call("osc_convert_f16_f32", x, y, len(halves))
    found = core.get(y, np.zeros(len(halves), np.float32))
    np.testing.assert_array_equal(found.view(np.uint32), halves.astype(np.float32).view(np.uint32))


@pytest.mark.parametrize("kind", TYPES)
def test_products_take_no_more_instructions(core, kind):
    rng = np.random.default_rng(1)
    weight, bias = rng.standard_normal((128, 128)).astype(TYPES[kind]), np.zeros(128, TYPES[kind])
    _, count = product(core, kind, weight, bias, np.ones(128, np.float32))
    assert count / weight.size <= INSTRUCTIONS[core.cpu][kind]
