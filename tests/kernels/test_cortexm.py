"""The kernels for Cortex-M: bit for bit what the portable ones and the simulation give, and how fast."""

from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from cortexm import CortexM
from products import (
    PRODUCTS,
    exact_sums,
    random_case,
    random_factors,
    random_matrix,
    random_operand,
    sanitized_sums,
    table_for,
)
from published import NEAR, published

from ossicle.numerics.fixed_point import rescale
from ossicle.numerics.formats import PRECISIONS, DType

KERNELS = Path(str(resources.files("ossicle"))) / "kernels"
SHAPES = [(128, 128), (257, 256), (186, 240), (32, 1674), (6, 128)]
OTHER_CORES = 0.08
"""How far an M4 and an M33 may be off the instructions that are published of an M7."""
BY_GCC = 0.55
"""How many more GCC may take; the most in w16a16."""


def on_core(core, name, constants, table, x, offset=0):
    """Sums of a product on the core, and its instructions; the operand ``offset`` bytes off a word."""
    rows, columns = constants["weight"].shape
    matrix = core.put(np.array([core.put(table), 0, 0, 0, rows, columns], np.uint32))
    y = core.put(np.full(rows + 1, 12345, np.int32))
    at = core.put(x, offset)
    count = core.call(f"osc_matvec_{name}", matrix, at, y)
    result = core.get(y, np.zeros(rows + 1, np.int32))
    assert result[-1] == 12345
    return result[:-1], count


@pytest.fixture(scope="module", params=["m4", "m7", "m33", "gcc"])
def core(request):
    names = [f"osc_matvec_{name}" for name in PRODUCTS] + [f"osc_requantize_s{bits}" for bits in (8, 16, 32)]
    sources = [KERNELS / "cortexm" / f"{name}.c" for name in names]
    return CortexM(sources, ("cortexm", "portable"), request.param)


@pytest.fixture(scope="module")
def portable():
    sources = [KERNELS / "portable" / f"osc_matvec_{name}.c" for name in PRODUCTS]
    return CortexM(sources, ("portable",))


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
        table = table_for("cortexm", name, constants["weight"])
        y, _ = on_core(core, name, constants, table, x, trial * step % 4)
        np.testing.assert_array_equal(y, exact_sums(constants, x), err_msg=f"{rows} x {columns}")


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
        for sign in (1, -1):
            constants["weight"][row] *= sign
            x = np.full(columns, low, precision.operand.numpy)
            table = table_for("cortexm", name, constants["weight"])
            y, _ = on_core(core, name, constants, table, x)
            np.testing.assert_array_equal(y, exact_sums(constants, x))
            assert abs(int(y[row])) > 2**29 or precision.operand == DType.S8


@pytest.mark.parametrize("name", PRODUCTS)
def test_products_are_those_of_the_portable_kernels(core, portable, name):
    rng, precision = np.random.default_rng(2), PRECISIONS[name]
    for rows, columns in shapes_of(rng, 20):
        constants = random_matrix(rng, precision, rows, columns)
        x = random_operand(rng, precision, columns)
        tables = [table_for(kernels, name, constants["weight"]) for kernels in ("cortexm", "portable")]
        y, _ = on_core(core, name, constants, tables[0], x)
        expected, _ = on_core(portable, name, constants, tables[1], x)
        np.testing.assert_array_equal(y, expected)


@pytest.mark.parametrize("name", PRODUCTS)
def test_products_take_the_instructions_that_are_published(core, name):
    """Instructions of a multiply-accumulate, rescaling and all."""
    rng, precision = np.random.default_rng(3), PRECISIONS[name]
    for shape, expected in published("matrix_products")[f"cortexm {name}"].items():
        rows, columns = map(int, shape.split(" x "))
        constants = random_matrix(rng, precision, rows, columns)
        x = random_operand(rng, precision, columns)
        sums, count = on_core(core, name, constants, table_for("cortexm", name, constants["weight"]), x)
        factors = random_factors(rng, rows) | {"shift": np.full(rows, 40, np.uint8)}
        count += finish(core, "s16", factors, sums, 0)[1]
        if core.cpu == "gcc":
            assert count / (rows * columns) <= expected * (1 + BY_GCC), shape
            continue
        near = NEAR if core.cpu == "m7" else OTHER_CORES
        assert count / (rows * columns) == pytest.approx(expected, rel=near), shape


def finish(core, kind, factors, sums, low=0, zero_point=0, limit=0):
    """Results of the sums of rows on the core, and the instructions."""
    n = len(sums)
    places = [core.put(factors[name]) for name in ("bias", "multiplier", "shift")]
    at, data = core.put(np.array(places, np.uint32)), core.put(sums)
    if kind == "s32":
        count = core.call("osc_requantize_s32", at, data, n, limit)
        return core.get(data, sums), count
    y = core.put(np.full(n + 1, 77, f"int{kind[1:]}"))
    offset = (zero_point, low) if kind == "s8" else (low,)
    count = core.call(f"osc_requantize_{kind}", at, data, n, *offset, y)
    result = core.get(y, np.zeros(n + 1, f"int{kind[1:]}"))
    assert result[-1] == 77
    return result[:-1], count


@pytest.mark.parametrize("n", [1, 2, 3, 64, 3000])
def test_finished_rows_are_rescaled_as_in_the_simulation(core, n):
    rng = np.random.default_rng(5)
    for _ in range(20 if n < 3000 else 3):
        factors, sums = random_factors(rng, n), rng.integers(-(2**30), 2**30, n).astype(np.int32)
        # Sums that end in a half of a step, and near it.
        close = rng.random(n) < 0.3
        factors["multiplier"][close] = 2**30
        steps = rng.integers(-7, 8, n) << np.clip(factors["shift"].astype(np.int64) - 31, 0, 27)
        factors["bias"][close] = rng.integers(-1, 2, n)[close]
        sums = np.where(close, steps, sums).astype(np.int32)
        exact = rescale(sums.astype(np.int64) + factors["bias"], factors["multiplier"], factors["shift"])
        for low in (0, -32768):
            y, _ = finish(core, "s16", factors, sums, low)
            np.testing.assert_array_equal(y, np.clip(exact, low, 32767))
        for zero_point, relu in ((-128, True), (127, True), (-17, False), (0, True)):
            low = zero_point if relu else -128
            y, _ = finish(core, "s8", factors, sums, low, zero_point)
            np.testing.assert_array_equal(y, np.clip(exact + zero_point, low, 127))
        for limit in (255, 65535):
            y, _ = finish(core, "s32", factors, sums, limit=limit)
            np.testing.assert_array_equal(y, np.clip(exact, -limit, limit))


def test_finishing_takes_no_more_instructions(core):
    """Instructions of a row.

    Those of 16 bits: loads 3.5, add 1, test of the shift 1, multiply 1, shift 3, limit 1, store 1, loop 1.
    """
    rng = np.random.default_rng(6)
    factors = random_factors(rng, 512) | {
        "bias": np.zeros(512, np.int32),
        "shift": np.full(512, 40, np.uint8),
    }
    sums = rng.integers(-(2**20), 2**20, 512).astype(np.int32)
    for kind, budget in (("s16", 12.6), ("s8", 15.6), ("s32", 15.6)):
        _, count = finish(core, kind, factors, sums, limit=65535)
        assert count / 512 <= budget, (kind, count / 512)


@pytest.mark.parametrize("name", PRODUCTS)
def test_nothing_beyond_table_operand_and_result_is_touched(tmp_path, name):
    """In plain C on this machine, under sanitizers."""
    rng = np.random.default_rng(4)
    shapes = [(r, c) for r in range(1, 10) for c in (1, 2, 3, 4, 5, 7, 15, 16, 17, 33)]
    cases = [random_case(rng, PRECISIONS[name], *shape) for shape in shapes]
    sums = sanitized_sums(tmp_path, "cortexm", name, cases)
    np.testing.assert_array_equal(sums, np.concatenate([exact_sums(*case) for case in cases]))
