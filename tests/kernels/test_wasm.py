"""Kernels for WebAssembly in wasmtime: products of all shapes against NumPy, with vectors and without."""

from pathlib import Path

import numpy as np
import pytest
from tools import need

from ossicle.kernels import FOLDER
from ossicle.programs import cross
from ossicle.programs.kept import read_kept
from ossicle.targets import load_target

CALLS = """
#include "osc_math.h"
#define EXPORT(name) __attribute__((export_name(name)))
static int8_t weight[4096];
static int16_t operand[512];
static int32_t sums[64];
EXPORT("weight") int8_t *weight_address(void) { return weight; }
EXPORT("operand") int16_t *operand_address(void) { return operand; }
EXPORT("sums") int32_t *sums_address(void) { return sums; }
EXPORT("w8a8") void w8a8(int rows, int columns)
{
    const osc_matrix_s8_t matrix = {weight, {0, 0, 0}, rows, columns};
    osc_matvec_w8a8(&matrix, (const int8_t *)operand, sums);
}
EXPORT("w8a16") void w8a16(int rows, int columns)
{
    const osc_matrix_s8_t matrix = {weight, {0, 0, 0}, rows, columns};
    osc_matvec_w8a16(&matrix, operand, sums);
}
"""
SETS = [Path(str(FOLDER / name)) for name in ("wasm", "portable")]
OPERANDS = {"w8a8": np.int8, "w8a16": np.int16}


@pytest.fixture(scope="module", params=["vectors", "loops"])
def kernels(request, library_cache, tmp_path_factory):
    """Memory and functions of the kernels."""
    need("web")
    import wasmtime

    target, calls = load_target("web"), tmp_path_factory.mktemp("wasm") / "calls.c"
    calls.write_text(CALLS)
    without = ["-mcpu=generic"] if request.param == "loops" else []
    flags = [
        *target.zig,
        *without,
        *target.cflags,
        "-DOSC_NAMES_H",
        "-Wall",
        "-Wextra",
        "-Wconversion",
        "-Werror",
    ]
    files = [calls, *sorted(SETS[0].glob("*.[ch]")), *sorted(SETS[1].glob("*.h"))]
    built = cross.build(cross.ZIG, "web", "kernels", flags, (), files, [*SETS, calls.parent])
    store = wasmtime.Store()
    instance = wasmtime.Instance(store, wasmtime.Module(store.engine, read_kept(built)), [])
    return store, instance.exports(store)


@pytest.mark.parametrize("precision", OPERANDS)
@pytest.mark.parametrize(
    ("rows", "columns"), [(1, 1), (3, 8), (4, 8), (4, 7), (5, 16), (8, 33), (13, 100), (64, 64)]
)
def test_products_are_those_of_numpy(kernels, precision, rows, columns):
    store, exports = kernels
    rng, kind = np.random.default_rng(rows * columns), OPERANDS[precision]
    weight = rng.integers(-127, 128, (rows, columns)).astype(np.int8)
    operand = rng.integers(np.iinfo(kind).min, np.iinfo(kind).max + 1, columns).astype(kind)
    memory = exports["memory"]
    memory.write(store, weight.tobytes(), exports["weight"](store))
    memory.write(store, operand.tobytes(), exports["operand"](store))
    exports[precision](store, rows, columns)
    address = exports["sums"](store)
    found = np.frombuffer(memory.read(store, address, address + 4 * rows), "<i4")
    np.testing.assert_array_equal(found, weight.astype(np.int32) @ operand.astype(np.int32))
