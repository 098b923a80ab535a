"""Products with several operands on Cortex-M, and what makes results of them: the simulation's bits."""

import ctypes
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from compiled import at
from cortexm import CortexM
from products import exact_sums, random_factors, random_matrix, random_operand, table_for

from ossicle.kernels import load_kernels
from ossicle.numerics.fixed_point import rescale
from ossicle.numerics.formats import PRECISIONS
from ossicle.programs.compiler import find_compiler, run_compiler

KERNELS = Path(str(resources.files("ossicle"))) / "kernels" / "cortexm"
NAMES = (
    "osc_matmat_w8a16",
    "osc_matmat_widened_w8a8",
    "osc_matvec_w8a16",
    "osc_matvec_w8a8",
    *(f"osc_requantize_{of}s{bits}" for of in ("", "positions_") for bits in (8, 16, 32)),
)
PRODUCTS = {"w8a16": "osc_matmat_w8a16", "w8a8": "osc_matmat_widened_w8a8"}
SHAPES = [
    (1, 1, 1),
    (2, 1, 2),
    (3, 2, 3),
    (4, 3, 2),
    (5, 7, 3),
    (6, 4, 8),
    (7, 5, 4),
    (16, 45, 8),
    (24, 8, 5),
]
GATE_LIMIT = 65535
INSTRUCTIONS = {(16, 24): 1.9, (64, 64): 1.45}
"""A multiply-accumulate, of eight operands."""
WIDENING = 0.12
"""More, for operands of 8 bits."""


@pytest.fixture(scope="module", params=["m4", "m7", "m33", "gcc"])
def core(request):
    return CortexM([KERNELS / f"{name}.c" for name in NAMES], ("cortexm", "portable"), request.param)


def product(core, name, weight, operands, step, offset=0):
    """Sums ``(count, rows)`` at operands that lie ``step`` apart, and the instructions."""
    (rows, columns), count = weight.shape, len(operands)
    lying = np.zeros((count - 1) * abs(step) + columns, operands.dtype)
    first = 0 if step > 0 else (count - 1) * -step
    for index, operand in enumerate(operands):
        lying[first + index * step :][:columns] = operand
    kernel = load_kernels(["cortexm"]).need("matmat", name)
    table = core.put(table_for("cortexm", name, weight))
    matrix = core.put(np.array([table, 0, 0, 0, rows, columns], np.uint32))
    x, y = core.put(lying, offset), core.put(np.full((count, rows + 3), 7, np.int32))
    scratch = core.put(np.full(kernel.scratch(rows, columns) + 4, 99, np.uint8))
    at = x + operands.itemsize * first
    taken = core.call(kernel.name, matrix, at, step, count, y, rows + 3, scratch)
    assert core.get(scratch, np.zeros(kernel.scratch(rows, columns) + 4, np.uint8))[-4:].tolist() == [99] * 4
    found = core.get(y, np.zeros((count, rows + 3), np.int32))
    assert (found[:, rows:] == 7).all()
    return found[:, :rows], taken


def random_operands(rng, precision, columns, count):
    return np.stack([random_operand(rng, precision, columns) for _ in range(count)])


@pytest.mark.parametrize("name", PRODUCTS)
@pytest.mark.parametrize("direction", [1, -1])
def test_products_of_several_operands_are_exact_at_any_shape_and_alignment(core, name, direction):
    rng, precision = np.random.default_rng(0), PRECISIONS[name]
    small = (rng.integers(1, [13, 30, 10]).tolist() for _ in range(40))
    for trial, (rows, columns, count) in enumerate([*SHAPES, *small]):
        weight = random_matrix(rng, precision, rows, columns)["weight"]
        operands = random_operands(rng, precision, columns, count)
        step = direction * (columns + trial % 3)
        found, _ = product(core, name, weight, operands, step, trial * operands.itemsize % 4)
        expected = np.stack([exact_sums({"weight": weight}, x) for x in operands])
        np.testing.assert_array_equal(found, expected, err_msg=f"{rows} x {columns}, {count}")


def test_the_largest_sums_of_several_operands_are_exact(core):
    """A row reaches the ends of an accumulator beside one that does not, of the same pair."""
    columns = 516
    for row in range(4):
        weight = np.random.default_rng(row).integers(-3, 4, (4, columns)).astype(np.int8)
        for sign in (1, -1):
            weight[row] = sign * 127
            operands = np.full((2, columns), -32768, np.int16)
            found, _ = product(core, "w8a16", weight, operands, columns)
            np.testing.assert_array_equal(found, operands.astype(np.int64) @ weight.T.astype(np.int64))
            assert abs(int(found[0, row])) > 2**30


@pytest.mark.parametrize("name", PRODUCTS)
@pytest.mark.parametrize("shape", INSTRUCTIONS)
def test_products_of_several_operands_take_no_more_instructions(core, shape, name):
    rng, precision = np.random.default_rng(1), PRECISIONS[name]
    weight = random_matrix(rng, precision, *shape)["weight"]
    operands = random_operands(rng, precision, shape[1], 8)
    _, taken = product(core, name, weight, operands, shape[1])
    most = INSTRUCTIONS[shape] + (WIDENING if name == "w8a8" else 0)
    assert taken / (8 * weight.size) <= most * (1 if core.cpu == "m7" else 1.08)


@pytest.mark.parametrize("name", PRODUCTS)
def test_the_plain_c_of_these_kernels_gives_the_same_sums(tmp_path, name):
    """Where the compiler knows no DSP extension."""
    sources = [str(KERNELS / f"{of}.c") for of in (PRODUCTS[name], f"osc_matvec_{name}")]
    flags = ["-std=gnu99", "-O2", "-shared", "-fPIC", f"-I{KERNELS}", f"-I{KERNELS.parent / 'portable'}"]
    run_compiler(find_compiler(), [*flags, "-o", str(tmp_path / "plain.so"), *sources], tmp_path)
    library, rng = ctypes.CDLL(str(tmp_path / "plain.so")), np.random.default_rng(2)
    precision = PRECISIONS[name]
    for rows, columns, count in SHAPES:
        weight = random_matrix(rng, precision, rows, columns)["weight"]
        table = table_for("cortexm", name, weight)
        operands, scratch = (
            random_operands(rng, precision, columns, count),
            np.zeros(16 * (columns + 1), np.uint8),
        )
        sizes = int.from_bytes(np.array([rows, columns], np.int32).tobytes(), "little")
        matrix = (ctypes.c_uint64 * 5)(at(table).value, 0, 0, 0, sizes)
        y = np.full((count, rows + 1), 7, np.int32)
        getattr(library, PRODUCTS[name])(matrix, at(operands), columns, count, at(y), rows + 1, at(scratch))
        np.testing.assert_array_equal(y[:, :rows], operands.astype(np.int64) @ weight.T.astype(np.int64))
        assert (y[:, rows:] == 7).all()


def requantized(core, kind, factors, sums, n, low=0, zero_point=None):
    """Results ``(count, n)`` of sums ``(count, more than n)``."""
    count, step = sums.shape
    places = [core.put(factors[name]) for name in ("bias", "multiplier", "shift")]
    at, data = core.put(np.array(places, np.uint32)), core.put(sums)
    if kind == "s32":
        core.call("osc_requantize_positions_s32", at, data, step, count, n)
        found = core.get(data, sums)
        np.testing.assert_array_equal(found[:, n:], sums[:, n:])
        return found[:, :n]
    y = core.put(np.full((count, n + 1), 77, f"int{kind[1:]}"))
    more = () if zero_point is None else (zero_point,)
    core.call(f"osc_requantize_positions_{kind}", at, data, step, count, n, *more, low, y, n + 1)
    found = core.get(y, np.zeros((count, n + 1), f"int{kind[1:]}"))
    assert (found[:, n:] == 77).all()
    return found[:, :n]


@pytest.mark.parametrize(("n", "count"), [(1, 1), (3, 7), (5, 8), (16, 9), (4, 27)])
def test_rows_at_several_positions_are_rescaled_as_in_the_simulation(core, n, count):
    rng = np.random.default_rng(n)
    for _ in range(12):
        factors = random_factors(rng, n)
        factors["bias"] //= 2
        sums = rng.integers(-(2**30), 2**30, (count, n + 2)).astype(np.int32)
        close = rng.random(n) < 0.4
        factors["multiplier"][close] = 2**30
        factors["bias"][close] = rng.integers(-1, 2, n)[close]
        steps = rng.integers(-7, 8, (count, n)) << np.clip(factors["shift"].astype(np.int64) - 31, 0, 27)
        sums[:, :n] = np.where(close, steps, sums[:, :n])
        exact = rescale(
            sums[:, :n] + factors["bias"].astype(np.int64), factors["multiplier"], factors["shift"]
        )
        for low in (0, -32768):
            found = requantized(core, "s16", factors, sums, n, low)
            np.testing.assert_array_equal(found, np.clip(exact, low, 32767))
        for zero_point, low in ((-128, -128), (5, -128), (17, 17), (-128, -100), (127, 127)):
            found = requantized(core, "s8", factors, sums, n, low, zero_point)
            np.testing.assert_array_equal(found, np.clip(exact + zero_point, low, 127))
        gates = requantized(core, "s32", factors, sums, n)
        np.testing.assert_array_equal(gates, np.clip(exact, -GATE_LIMIT, GATE_LIMIT))
