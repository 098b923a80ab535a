"""The kernels for Cortex-M: bit for bit what the portable ones and the simulation give, and how fast."""

import subprocess
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from cortexm import CortexM

from ossicle.emit.packing import pack
from ossicle.errors import OssicleError
from ossicle.graph.types import PRECISIONS, DType
from ossicle.run.compiler import find_compiler, run_compiler
from ossicle.simulate.numbers import integer_product

KERNELS = Path(str(resources.files("ossicle"))) / "kernels"
FOLDERS = [KERNELS / "cortexm", KERNELS / "portable"]
PRODUCTS = ["w8a8", "w8a16", "w4a16", "w16a16"]
SHAPES = [(128, 128), (257, 256), (186, 240), (32, 1674), (6, 128)]
# Instructions of a multiply-accumulate at these shapes, zig 0.17.
INSTRUCTIONS = {
    "w8a8": (1.42, 1.3, 1.3, 1.18, 1.75),
    "w8a16": (1.37, 1.26, 1.26, 1.14, 1.72),
    "w4a16": (1.55, 1.4, 1.4, 1.32, 2.5),
    "w16a16": (1.22, 1.1, 1.12, 1.0, 1.8),
}


def random_matrix(rng, precision, rows, columns):
    """Integer constants whose accumulators reach far but stay inside, with factors of all sizes."""
    largest = precision.largest_weight
    weight = rng.integers(-largest, largest, (rows, columns), endpoint=True)
    weight[rng.random(weight.shape) < 0.2] = rng.choice([-largest, largest])
    reach = 2**31 // (2 * columns * (128 if precision.operand == DType.S8 else 32768))
    weight = np.clip(weight, -max(reach, 1), max(reach, 1))
    shift = rng.integers(1, 62, rows, endpoint=True)
    usual = rng.random(rows) < 0.7
    return {
        "weight": weight.astype(np.int16 if precision.weight_bits > 8 else np.int8),
        "bias": rng.integers(-(2**29), 2**29, rows).astype(np.int32),
        "multiplier": rng.integers(0, 2**31 - 1, rows, endpoint=True).astype(np.int32),
        "shift": np.where(usual, rng.integers(33, 48, rows), shift).astype(np.uint8),
    }


def random_operand(rng, precision, columns):
    kind = precision.operand.numpy
    limits = np.iinfo(kind)
    x = rng.integers(limits.min, limits.max, columns, endpoint=True)
    return np.where(rng.random(columns) < 0.2, rng.choice([limits.min, limits.max], columns), x).astype(kind)


def on_core(core, name, constants, table, x, limit, offset=0):
    """Results of a product on the core, and its instructions; the operand ``offset`` bytes off a word."""
    rows, columns = constants["weight"].shape
    places = [core.put(a) for a in (table, constants["bias"], constants["multiplier"], constants["shift"])]
    matrix = core.put(np.array([*places, rows, columns], np.uint32))
    y = core.put(np.full(rows + 1, 12345, np.int32))
    at = core.put(x, offset)
    count = core.call(f"osc_matvec_{name}", matrix, at, limit, y)
    result = core.get(y, np.zeros(rows + 1, np.int32))
    assert result[-1] == 12345
    return result[:-1], count


@pytest.fixture(scope="module", params=["m4", "m7", "m33"])
def core(request, tmp_path_factory):
    sources = [KERNELS / "cortexm" / f"osc_matvec_{name}.c" for name in PRODUCTS]
    return CortexM(sources, FOLDERS, tmp_path_factory.mktemp("core"), request.param)


@pytest.fixture(scope="module")
def portable(tmp_path_factory):
    sources = [KERNELS / "portable" / f"osc_matvec_{name}.c" for name in PRODUCTS]
    return CortexM(sources, FOLDERS[1:], tmp_path_factory.mktemp("portable"))


def shapes_of(rng, count):
    small = zip(rng.integers(1, 21, count).tolist(), rng.integers(1, 41, count).tolist(), strict=True)
    return [*small, *SHAPES]


@pytest.mark.parametrize("name", PRODUCTS)
def test_products_are_those_of_the_simulation_at_any_shape_and_alignment(core, name):
    rng, precision = np.random.default_rng(0), PRECISIONS[name]
    step = precision.operand.numpy.itemsize
    for trial, (rows, columns) in enumerate(shapes_of(rng, 120)):
        constants = random_matrix(rng, precision, rows, columns)
        x = random_operand(rng, precision, columns)
        limit = int(rng.choice([255, 32768, 65535]))
        table = pack(constants["weight"], precision, "smlad")
        y, _ = on_core(core, name, constants, table, x, limit, trial * step % 4)
        wanted = np.clip(integer_product(constants, "", x), -limit, limit)
        np.testing.assert_array_equal(y, wanted, err_msg=f"{rows} x {columns}")


@pytest.mark.parametrize("name", PRODUCTS)
def test_the_largest_sums_are_exact(core, name):
    """Each of the rows of a block in turn reaches the ends of an accumulator beside rows that do not."""
    rng, precision = np.random.default_rng(1), PRECISIONS[name]
    low = np.iinfo(precision.operand.numpy).min
    largest = precision.largest_weight
    columns = min(2**31 // (-low * largest), 3000) or 1
    for row in range(7):
        constants = random_matrix(rng, precision, 7, columns)
        constants["weight"][row] = min(largest, 2**31 // (-low * columns) - 1)
        constants["bias"][:] = 0
        constants["multiplier"][:], constants["shift"][:] = 2**30, 46
        for sign in (1, -1):
            constants["weight"][row] *= sign
            x = np.full(columns, low, precision.operand.numpy)
            table = pack(constants["weight"], precision, "smlad")
            y, _ = on_core(core, name, constants, table, x, 65535)
            np.testing.assert_array_equal(y, integer_product(constants, "", x))
            assert abs(y[row]) > 2 ** (31 + 30 - 46 - 2) or precision.operand == DType.S8


@pytest.mark.parametrize("name", PRODUCTS)
def test_products_are_those_of_the_portable_kernels(core, portable, name):
    rng, precision = np.random.default_rng(2), PRECISIONS[name]
    for rows, columns in shapes_of(rng, 20):
        constants = random_matrix(rng, precision, rows, columns)
        x = random_operand(rng, precision, columns)
        tables = [pack(constants["weight"], precision, packing) for packing in ("smlad", "rows")]
        y, _ = on_core(core, name, constants, tables[0], x, 32768)
        expected, _ = on_core(portable, name, constants, tables[1], x, 32768)
        np.testing.assert_array_equal(y, expected)


@pytest.mark.parametrize(("name", "limits"), INSTRUCTIONS.items())
def test_products_take_no_more_instructions(core, name, limits):
    """Instructions of a multiply-accumulate, rescaling and all: budgets that must not grow."""
    rng, precision = np.random.default_rng(3), PRECISIONS[name]
    for (rows, columns), limit in zip(SHAPES, limits, strict=True):
        constants = random_matrix(rng, precision, rows, columns)
        constants["shift"][:] = 40
        x = random_operand(rng, precision, columns)
        _, count = on_core(core, name, constants, pack(constants["weight"], precision, "smlad"), x, 32768)
        assert count / (rows * columns) <= limit, f"{rows} x {columns}"


# Reads cases from standard input and writes results. Each array is on the heap at its exact size, so that any
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
    uint32_t sizes[4];
    while (fread(sizes, sizeof sizes, 1, stdin) == 1) {
        const size_t rows = sizes[0];
        void *const weight = next(sizes[2]), *const bias = next(4 * rows), *const multiplier = next(4 * rows);
        void *const shift = next(rows), *const x = next(sizes[3]);
        int32_t *const y = malloc(4 * rows);
        const MATRIX matrix = {weight, bias, multiplier, shift, (int)sizes[0], (int)sizes[1]};
        PRODUCT(&matrix, x, 32768, y);
        fwrite(y, 4, rows, stdout);
        free(weight), free(bias), free(multiplier), free(shift), free(x), free(y);
    }
    return 0;
}
"""


@pytest.mark.parametrize("name", PRODUCTS)
def test_nothing_beyond_table_operand_and_result_is_touched(tmp_path, name):
    """In plain C on this machine, under sanitizers."""
    rng, precision = np.random.default_rng(4), PRECISIONS[name]
    cases, wanted = b"", []
    for rows, columns in [(r, c) for r in range(1, 10) for c in (1, 2, 3, 4, 5, 7, 15, 16, 17, 33)]:
        constants = random_matrix(rng, precision, rows, columns)
        x = random_operand(rng, precision, columns)
        table = pack(constants["weight"], precision, "smlad")
        cases += np.array([rows, columns, table.nbytes, x.nbytes], np.uint32).tobytes() + table.tobytes()
        cases += b"".join(constants[key].tobytes() for key in ("bias", "multiplier", "shift")) + x.tobytes()
        wanted.append(np.clip(integer_product(constants, "", x), -32768, 32768))
    (tmp_path / "main.c").write_text(SANITIZED)
    source = KERNELS / "cortexm" / f"osc_matvec_{name}.c"
    names = [f"-DMATRIX=osc_matrix_s{precision.weight_bits}_t", f"-DPRODUCT=osc_matvec_{name}"]
    flags = ["-std=c99", "-O1", "-g", *names, *(f"-I{folder}" for folder in FOLDERS)]
    sanitizers = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    try:
        run_compiler(find_compiler(), [*flags, *sanitizers, "-o", "program", "main.c", str(source)], tmp_path)
    except OssicleError:
        pytest.skip("this C compiler has no address and undefined-behaviour sanitizers")
    done = subprocess.run([tmp_path / "program"], input=cases, capture_output=True, check=False)
    assert (done.returncode, done.stderr.decode()) == (0, "")
    np.testing.assert_array_equal(np.frombuffer(done.stdout, np.int32), np.concatenate(wanted))
