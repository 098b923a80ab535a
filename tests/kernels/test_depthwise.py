"""Depthwise products over a map: bit for bit the simulation's, portable and on Cortex-M."""

import ctypes
import subprocess
from dataclasses import replace
from importlib import resources
from itertools import product as pairs
from pathlib import Path

import numpy as np
import pytest
from compiled import at, kernels
from cortexm import CortexM
from products import table_for

from ossicle.errors import OssicleError
from ossicle.numerics.formats import PRECISIONS, DType
from ossicle.ops.depthwise_conv2d import by_channel
from ossicle.ops.geometry import ConvolutionGeometry
from ossicle.programs.compiler import find_compiler, run_compiler

__all__ = ["kernels"]

KERNELS = Path(str(resources.files("ossicle"))) / "kernels"
PRODUCTS = ["w8a8", "w8a16", "w16a16"]
DSCNN = ConvolutionGeometry(5, 25, 64, 3, 3, 1, 1, 1, 1, 5, 25)
# Instructions of a multiply-accumulate, those with points outside of the map counted too.
INSTRUCTIONS = {"w8a8": 4.0, "w8a16": 3.0, "w16a16": 3.0}


def random_geometry(rng):
    """A geometry and a map of few points, of which filters may see a part only."""

    def along():
        size, kernel, stride = (int(rng.integers(1, top + 1)) for top in (7, 4, 3))
        kernel = 3 if rng.random() < 0.4 else kernel
        dilation = int(rng.integers(1, size + 1)) if rng.random() < 0.4 else 1
        pad = int(rng.integers(0, (kernel - 1) * dilation + 1))
        return size, kernel, stride, pad, int(rng.integers(1, (size + pad - 1) // stride + 2)), dilation

    (height, kh, sh, top, oh, dh), (width, kw, sw, left, ow, dw) = along(), along()
    channels = int(rng.choice([1, 2, 3, 4, 5, 6, 7, 8, 12, 17]))
    return ConvolutionGeometry(height, width, channels, kh, kw, sh, sw, top, left, oh, ow, dh, dw)


def random_case(rng, precision, geometry):
    """Weights ``(channels, points)``, a map with many extreme codes, and the code of zero."""
    largest, limits = precision.largest_weight, np.iinfo(precision.operand.numpy)
    reach = min(largest, 2**31 // (2 * geometry.taps * -limits.min))
    weight = rng.integers(-reach, reach, (geometry.channels, geometry.taps), endpoint=True)
    weight[rng.random(weight.shape) < 0.2] = rng.choice([-reach, reach])
    x = rng.integers(limits.min, limits.max, geometry.size, endpoint=True)
    x = np.where(rng.random(geometry.size) < 0.3, rng.choice([limits.min, limits.max], geometry.size), x)
    zero_point = int(rng.choice([-128, 127, 0, -17])) if precision.operand == DType.S8 else 0
    return weight.astype(precision.weight_type), x.astype(precision.operand.numpy), zero_point


def expected(geometry, weight, x, zero_point):
    """Sums of each position, ``(positions, channels)``."""
    return by_channel(weight.astype(np.int64), geometry.im2col(x, zero_point).astype(np.int64))


@pytest.fixture(scope="module", params=["m4", "m7", "m33", "gcc"])
def core(request):
    sources = [KERNELS / "cortexm" / f"osc_depthwise_{name}.c" for name in PRODUCTS]
    return CortexM(sources, ("cortexm", "portable"), request.param)


def on_core(core, name, geometry, weight, x, zero_point, offset=0):
    """Sums of all positions on the core, and its instructions; the map ``offset`` bytes off a word."""
    precision, found, count = PRECISIONS[name], [], 0
    outside = (zero_point,) if precision.operand == DType.S8 else ()
    for position in range(geometry.positions):
        table = core.put(table_for("cortexm", name, weight, "depthwise"))
        matrix = core.put(np.array([table, 0, 0, 0, *weight.shape], np.uint32))
        sizes = core.put(np.array(geometry.sizes, np.int32))
        data = core.put(x, offset)
        y = core.put(np.full(geometry.channels + 1, 12345, np.int32))
        count += core.call(f"osc_depthwise_{name}", matrix, sizes, data, position, *outside, y)
        found.append(core.get(y, np.zeros(geometry.channels + 1, np.int32)))
        assert found[-1][-1] == 12345
    return np.stack(found)[:, :-1], count


@pytest.mark.parametrize("name", PRODUCTS)
def test_products_on_cortex_m_are_those_of_the_simulation_at_any_geometry_and_alignment(core, name):
    rng, precision = np.random.default_rng(0), PRECISIONS[name]
    step = precision.operand.numpy.itemsize
    for trial in range(80):
        geometry = random_geometry(rng)
        case = random_case(rng, precision, geometry)
        sums, _ = on_core(core, name, geometry, *case, offset=trial * step % 4)
        np.testing.assert_array_equal(sums, expected(geometry, *case), err_msg=str(geometry))


@pytest.mark.parametrize(("name", "budget"), INSTRUCTIONS.items())
def test_products_take_no_more_instructions(core, name, budget):
    case = random_case(np.random.default_rng(1), PRECISIONS[name], DSCNN)
    sums, count = on_core(core, name, DSCNN, *case)
    np.testing.assert_array_equal(sums, expected(DSCNN, *case))
    assert count / (DSCNN.positions * DSCNN.taps * DSCNN.channels) <= budget


@pytest.mark.parametrize("name", [*PRODUCTS, "w4a16"])
def test_portable_products_are_those_of_the_simulation_at_any_geometry(kernels, name):
    rng, precision = np.random.default_rng(2), PRECISIONS[name]
    product = getattr(kernels, f"osc_depthwise_{name}")
    for _ in range(200):
        geometry = random_geometry(rng)
        weight, x, zero_point = random_case(rng, precision, geometry)
        table = table_for("portable", name, weight, "depthwise")
        matrix = (ctypes.c_void_p * 5)(at(table).value)
        sizes = (ctypes.c_int * 16)(*geometry.sizes)
        outside = (zero_point,) if precision.operand == DType.S8 else ()
        sums = np.zeros((geometry.positions, geometry.channels), np.int32)
        for position, y in enumerate(sums):
            product(matrix, sizes, at(x), position, *outside, at(y))
        np.testing.assert_array_equal(sums, expected(geometry, weight, x, zero_point), err_msg=str(geometry))


@pytest.mark.parametrize("kind", ["s8", "s16"])
def test_values_under_filters_are_those_of_the_graph(kernels, kind):
    rng, precision = np.random.default_rng(3), PRECISIONS[f"w8a{kind[1:]}"]
    kernels.osc_im2col.restype = ctypes.c_void_p
    for _ in range(300):
        geometry = random_geometry(rng)
        divisors = [groups for groups in range(1, 5) if geometry.channels % groups == 0]
        geometry = replace(geometry, groups=int(rng.choice(divisors)))
        _, x, zero_point = random_case(rng, precision, geometry)
        sizes = (ctypes.c_int * 16)(*geometry.sizes)
        wanted = geometry.im2col_groups(x, zero_point)
        values, all_values = (
            np.zeros(geometry.columns, x.dtype),
            np.zeros((geometry.positions, geometry.columns), x.dtype),
        )
        for group in range(geometry.groups):
            channels = x[group * geometry.group_channels :].copy()
            for position, expected in enumerate(wanted[:, group]):
                found = kernels.osc_im2col(sizes, at(channels), x.itemsize, position, zero_point, at(values))
                assert geometry.contiguous <= (found != at(values).value)
                got = (ctypes.c_uint8 * values.nbytes).from_address(found)
                np.testing.assert_array_equal(np.frombuffer(got, x.dtype), expected, err_msg=str(geometry))
            first = int(rng.integers(0, geometry.positions))
            count = geometry.positions - first
            kernels.osc_im2col_all(sizes, at(channels), x.itemsize, first, count, zero_point, at(all_values))
            np.testing.assert_array_equal(all_values[:count], wanted[first:, group], err_msg=str(geometry))


# Reads cases from standard input and writes sums. Each array is on the heap at its exact size, so that any
# access beyond one is found.
SANITIZED = """
#include "osc_kernels.h"
#include <stdio.h>
#include <stdlib.h>

static void *next(size_t bytes)
{
    void *const data = malloc(bytes);
    if (fread(data, 1, bytes, stdin) != bytes) exit(2);
    return data;
}

int main(void)
{
    struct { osc_geometry_t geometry; int weight_bytes, x_bytes, zero_point; } sizes;
    while (fread(&sizes, sizeof sizes, 1, stdin) == 1) {
        const osc_geometry_t *const w = &sizes.geometry;
        void *const weight = next((size_t)sizes.weight_bytes), *const x = next((size_t)sizes.x_bytes);
        int32_t *const y = malloc(4 * (size_t)w->channels);
        const MATRIX matrix = {weight, {0, 0, 0}, w->channels, w->kernel_height * w->kernel_width};
        for (int i = 0; i < w->out_height * w->out_width; i++) {
            PRODUCT(&matrix, w, x, i, OUTSIDE y);
            fwrite(y, 4, (size_t)w->channels, stdout);
        }
        free(weight), free(x), free(y);
    }
    return 0;
}
"""


@pytest.mark.parametrize(
    ("name", "kernels"),
    [*pairs([*PRODUCTS, "w4a16"], ["portable"]), *pairs(PRODUCTS, ["cortexm"])],
)
def test_nothing_beyond_table_map_and_result_is_touched(tmp_path, name, kernels):
    """In plain C on this machine, under sanitizers."""
    rng, precision = np.random.default_rng(4), PRECISIONS[name]
    cases, wanted = b"", []
    for _ in range(150):
        geometry = random_geometry(rng)
        weight, x, zero_point = random_case(rng, precision, geometry)
        table = table_for(kernels, name, weight, "depthwise")
        cases += np.array([*geometry.sizes, table.nbytes, x.nbytes, zero_point], np.int32).tobytes()
        cases += table.tobytes() + x.tobytes()
        wanted.append(expected(geometry, weight, x, zero_point).ravel())
    (tmp_path / "main.c").write_text(SANITIZED)
    folders = [KERNELS / kernels, KERNELS / "portable"]
    outside = "sizes.zero_point," if precision.operand == DType.S8 else ""
    names = [f"-DMATRIX=osc_matrix_s{precision.weight_bits}_t", f"-DPRODUCT=osc_depthwise_{name}"]
    flags = ["-std=c99", "-O1", "-g", *names, f"-DOUTSIDE={outside}", *(f"-I{folder}" for folder in folders)]
    flags += ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-o", "program", "main.c"]
    try:
        run_compiler(find_compiler(), [*flags, str(folders[0] / f"osc_depthwise_{name}.c")], tmp_path)
    except OssicleError:
        pytest.skip("this C compiler has no address and undefined-behaviour sanitizers")
    done = subprocess.run([tmp_path / "program"], input=cases, capture_output=True, check=False)
    assert (done.returncode, done.stderr.decode()) == (0, "")
    np.testing.assert_array_equal(np.frombuffer(done.stdout, np.int32), np.concatenate(wanted))
