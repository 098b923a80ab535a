"""Integer products at random, their exact sums, and what the C kernels give on this machine."""

import subprocess
from collections.abc import Sequence

import numpy as np
import pytest

from ossicle.emit.kernels import find_kernels
from ossicle.errors import OssicleError
from ossicle.kernels import load_kernels
from ossicle.numerics.formats import PRECISIONS, DType
from ossicle.ops.products import by_row
from ossicle.programs.compiler import find_compiler, run_compiler

PRODUCTS = ["w8a8", "w8a16", "w4a16", "w16a16"]
SPLIT = ["w8a16", "w4a16"]
"""Those of operands that the kernels for Xpulp split first."""


def random_matrix(rng, precision, rows, columns):
    """Integer weights whose sums reach far but stay inside."""
    largest = precision.largest_weight
    weight = rng.integers(-largest, largest, (rows, columns), endpoint=True)
    weight[rng.random(weight.shape) < 0.2] = rng.choice([-largest, largest])
    reach = 2**31 // (2 * columns * (128 if precision.operand == DType.S8 else 32768))
    weight = np.clip(weight, -max(reach, 1), max(reach, 1))
    return {"weight": weight.astype(np.int16 if precision.weight_bits > 8 else np.int8)}


def exact_sums(constants, x):
    return by_row(constants["weight"].astype(np.int64), x.astype(np.int64))


def random_operand(rng, precision, columns):
    kind = precision.operand.numpy
    limits = np.iinfo(kind)
    x = rng.integers(limits.min, limits.max, columns, endpoint=True)
    return np.where(rng.random(columns) < 0.2, rng.choice([limits.min, limits.max], columns), x).astype(kind)


def random_case(rng, precision, rows, columns):
    return random_matrix(rng, precision, rows, columns), random_operand(rng, precision, columns)


def random_factors(rng, n):
    """Biases, and factors of all sizes, of which those under a half are the usual ones."""
    usual = rng.random(n) < 0.7
    shift = np.where(usual, rng.integers(33, 48, n), rng.integers(1, 62, n, endpoint=True))
    return {
        "bias": rng.integers(-(2**30), 2**30, n).astype(np.int32),
        "multiplier": rng.integers(0, 2**31 - 1, n, endpoint=True).astype(np.int32),
        "shift": shift.astype(np.uint8),
    }


# Reads cases from standard input and writes results. Each array is on the heap at its exact size, so that any
# access beyond one is found.
SANITIZED = """
#include HEADER
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
    uint32_t sizes[5];
    while (fread(sizes, sizeof sizes, 1, stdin) == 1) {
        const size_t rows = sizes[0];
        void *const weight = next(sizes[2]), *const x = next(sizes[3]);
        int32_t *const y = malloc(4 * rows), *const scratch = malloc(sizes[4]);
        const MATRIX matrix = {weight, {0, 0, 0}, (int)sizes[0], (int)sizes[1]};
        PRODUCT(&matrix, x, y, scratch);
        fwrite(y, 4, rows, stdout);
        free(weight), free(x), free(y), free(scratch);
    }
    return 0;
}
"""


def table_for(kernels, name, weight, operation="matvec"):
    """A weight as a kernel set reads it, by the record of its product."""
    return load_kernels([kernels]).need(operation, name).layout.pack(weight, PRECISIONS[name])


def sanitized_sums(folder, kernels, name, cases, flags: Sequence[str] = (), operation="matvec"):
    """Sums of all cases one after another, from kernels built with sanitizers."""
    precision, kernel = PRECISIONS[name], load_kernels([kernels]).need(operation, name)
    data = b""
    for constants, x in cases:
        rows, columns = constants["weight"].shape
        table = kernel.layout.pack(constants["weight"], precision)
        sizes = [rows, columns, table.nbytes, x.nbytes, kernel.scratch(rows, columns)]
        data += np.array(sizes, np.uint32).tobytes()
        data += table.tobytes() + x.tobytes()
    (folder / "main.c").write_text(SANITIZED)
    files = find_kernels(f"{kernel.name} {kernel.header}", load_kernels([kernels, "portable"]))
    for file, text in files.items():
        (folder / file).write_text(text)
    sources = ["main.c", *(file for file in files if file.endswith(".c"))]
    called = f"{kernel.name}(matrix, x, y{', scratch' if 'scratch' in kernel.parameters else ''})"
    names = [f"-DMATRIX=osc_matrix_s{precision.weight_bits}_t", f"-DPRODUCT(matrix, x, y, scratch)={called}"]
    names.append(f'-DHEADER="{kernel.header}"')
    options = ["-std=c99", "-O1", "-g", *names, *flags]
    sanitizers = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    (folder / "nothing.c").write_text("int main(void) { return 0; }\n")
    try:
        run_compiler(find_compiler(), [*sanitizers, "-o", "nothing", "nothing.c"], folder)
    except OssicleError:
        pytest.skip("this C compiler has no address and undefined-behaviour sanitizers")
    run_compiler(find_compiler(), [*options, *sanitizers, "-o", "program", *sources], folder)
    done = subprocess.run([folder / "program"], input=data, capture_output=True, check=False)
    assert (done.returncode, done.stderr.decode()) == (0, "")
    return np.frombuffer(done.stdout, np.int32)
