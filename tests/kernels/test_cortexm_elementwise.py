"""Conversions, functions of single values and gates on Cortex-M: the bits of the portable kernels."""

from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from cortexm import CortexM

KERNELS = Path(str(resources.files("ossicle"))) / "kernels"
NAMES = (
    "osc_convert_f32_s16",
    "osc_convert_s16_f32",
    "osc_convert_s16_s16",
    "osc_unary_prelu_s16",
    "osc_unary_silu_s16",
    "osc_copy_blocks_s16",
    "osc_binary_mul_s16",
    "osc_unary_sigmoid_s16",
    "osc_unary_tanh_s16",
    "osc_sigmoid_s16",
    "osc_gru_s16",
    "osc_lstm_s16",
    "osc_softmax_s16",
    "osc_matmul_s16",
)
TABLES = [KERNELS / "portable" / f"osc_{name}_table.c" for name in ("tanh", "exp2")]
SIZES = [1, 3, 4, 6, 17, 40]


@pytest.fixture(scope="module", params=["m4", "m7", "m33", "gcc"])
def core(request):
    sources = [*(KERNELS / "cortexm" / f"{name}.c" for name in NAMES), *TABLES]
    return CortexM(sources, ("cortexm", "portable"), request.param)


@pytest.fixture(scope="module")
def portable():
    sources = [*(KERNELS / "portable" / f"{name}.c" for name in NAMES), *TABLES]
    return CortexM(sources, ("portable",))


def converted(core, name, x, kind, *more):
    """Results of a conversion, floats as their bits, and the word after them."""
    at, y = core.put(x), core.put(np.full(len(x) + 1, 9, kind))
    core.machine.call(name, at, y, len(x), *more)
    core.next = core.machine.free
    return core.get(y, np.zeros(len(x) + 1, np.int32 if kind == np.float32 else kind))


def codes(rng, n):
    found = rng.integers(-32768, 32767, n, endpoint=True)
    return np.where(rng.random(n) < 0.2, rng.choice([-32768, 32767, 0, -1], n), found).astype(np.int16)


@pytest.mark.parametrize("n", SIZES)
def test_floats_become_codes_to_nearest_and_saturated(core, portable, n):
    rng = np.random.default_rng(n)
    for _ in range(10):
        x = (rng.standard_normal(n) * 10.0 ** rng.integers(-1, 9, n)).astype(np.float32)
        halves = rng.random(n) < 0.3
        x[halves] = np.trunc(np.clip(x[halves], -40000, 40000)) + 0.5
        x[rng.random(n) < 0.05] = rng.choice([np.inf, -np.inf, 32767.5, -32768.5, 1e30])
        found = converted(core, "osc_convert_f32_s16", x, np.int16, 1.0)
        np.testing.assert_array_equal(found, converted(portable, "osc_convert_f32_s16", x, np.int16, 1.0))
        np.testing.assert_array_equal(found[:-1], np.clip(np.rint(x), -32768, 32767))


@pytest.mark.parametrize("n", SIZES)
def test_codes_become_floats_and_other_codes(core, portable, n):
    rng = np.random.default_rng(n)
    for _ in range(30):
        x, scale = codes(rng, n), float(rng.uniform(1e-6, 2))
        found = converted(core, "osc_convert_s16_f32", x, np.float32, scale)
        expected = converted(portable, "osc_convert_s16_f32", x, np.float32, scale)
        np.testing.assert_array_equal(found, expected)
        factor = int(rng.integers(2**30, 2**31 - 1)), int(rng.integers(1, 62))
        found = converted(core, "osc_convert_s16_s16", x, np.int16, *factor)
        expected = converted(portable, "osc_convert_s16_s16", x, np.int16, *factor)
        np.testing.assert_array_equal(found, expected, err_msg=str(factor))


@pytest.mark.parametrize("repeats", [(1, 12), (12, 1), (3, 4), (2, 3)])
def test_slopes_are_those_of_the_portable_kernel(core, portable, repeats):
    (size, inner), n, rng = repeats, 12, np.random.default_rng(0)
    for _ in range(30):
        x, slopes = codes(rng, n), rng.integers(-20000, 20000, size).astype(np.int16)
        more = [int(rng.integers(4000, 16384)), int(rng.integers(1, 16)), *rng.integers(-99, 99, 2).tolist()]
        results = []
        for of in (core, portable):
            places = of.put(x), of.put(slopes), of.put(np.full(n + 1, 9, np.int16))
            at, table, y = places
            of.call("osc_unary_prelu_s16", at, y, n, table, size, inner, *more)
            results.append(of.get(y, np.zeros(n + 1, np.int16)))
        np.testing.assert_array_equal(*results)
        assert results[0][-1] == 9


def test_silu_is_that_of_the_portable_kernel(core, portable):
    rng, n = np.random.default_rng(0), 31
    for _ in range(60):
        x = codes(rng, n)
        factors = [int(rng.integers(2**30, 2**31 - 1)) for _ in range(2)]
        shifts = int(rng.integers(15, 40)), int(rng.integers(31, 62))
        results = []
        for of in (core, portable):
            at, y = of.put(x), of.put(np.full(n + 1, 9, np.int16))
            of.call("osc_unary_silu_s16", at, y, n, factors[0], shifts[0], factors[1], shifts[1])
            results.append(of.get(y, np.zeros(n + 1, np.int16)))
        np.testing.assert_array_equal(*results)


@pytest.mark.parametrize("by", [1, 2, 3, 9])
def test_a_ring_moves_up_in_its_own_place(core, by):
    x = codes(np.random.default_rng(by), 100)
    table = core.put(np.array([[by, 0, 1, 1, 100 - by, 0, 0, 1, 0, 0, 1]], np.int32))
    at = core.put(x)
    core.call("osc_copy_blocks_s16", table, 1, at, at)
    np.testing.assert_array_equal(core.get(at, x)[: 100 - by], x[by:])


@pytest.mark.parametrize("repeats", [(1, 12), (12, 1), (3, 4), (2, 3)])
def test_products_of_values_are_those_of_the_portable_kernel(core, portable, repeats):
    (size, inner), n, rng = repeats, 12, np.random.default_rng(1)
    for trial in range(60):
        a, b, zeros = codes(rng, n), codes(rng, size), rng.integers(-99, 99, 3).tolist()
        if any(zeros[:2]):
            a, b = a // 2, b // 2
        factor = int(rng.integers(2**30, 2**31 - 1)), 30 + trial % 32
        results = []
        for of in (core, portable):
            places = of.put(a), of.put(b), of.put(np.full(n + 1, 9, np.int16))
            of.call("osc_binary_mul_s16", *places, n, size, inner, *zeros[:2], *factor, zeros[2])
            results.append(of.get(places[2], np.zeros(n + 1, np.int16)))
        np.testing.assert_array_equal(*results)
        assert results[0][-1] == 9


@pytest.mark.parametrize("inner", [(1, 1, 1), (9, 1, 1), (24, 1, 1), (7, 1, 3), (6, 2, 1)])
def test_blocks_are_copied_to_where_they_belong(core, portable, inner):
    rng, (n, from_step, to_step) = np.random.default_rng(sum(inner)), inner
    blocks = np.array(
        [[first, 5 - first, 2, 3, n, 300, 77 - first, from_step, 250, 80, to_step] for first in range(3)]
    )
    x = codes(rng, 1000)
    results = []
    for of in (core, portable):
        table, at, y = of.put(blocks.astype(np.int32)), of.put(x), of.put(np.zeros(1000, np.int16))
        of.call("osc_copy_blocks_s16", table, len(blocks), at, y)
        results.append(of.get(y, x))
    np.testing.assert_array_equal(*results)
    assert np.count_nonzero(results[0]) > n


@pytest.mark.parametrize("function", ["sigmoid", "tanh"])
def test_functions_of_a_table_are_those_of_the_portable_kernel(core, portable, function):
    x, factor = np.arange(-32768, 32768, 23).astype(np.int16), (2**30 + 12345, 26)
    results = []
    for of in (core, portable):
        at, y = of.put(x), of.put(x)
        of.call(f"osc_unary_{function}_s16", at, y, len(x), *factor)
        results.append(of.get(y, x))
    np.testing.assert_array_equal(*results)
    assert len(np.unique(results[0])) > 500


@pytest.mark.parametrize("transposed", [0, 1])
@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (2, 3, 5, 4), (1, 4, 16, 7), (3, 2, 9, 2)])
def test_products_of_activations_are_those_of_the_portable_kernel(core, portable, shape, transposed):
    (batch, m, k, n), rng = shape, np.random.default_rng(sum(shape))
    for shift in (20, 33, 40):
        a, b = codes(rng, batch * m * k), codes(rng, batch * k * n)
        results = []
        for of in (core, portable):
            sizes = of.put(np.array([batch, m, k, n, transposed], np.int32))
            places = of.put(a), of.put(b), of.put(np.full(batch * m * n + 1, 9, np.int16))
            of.call("osc_matmul_s16", sizes, *places, 45678, shift)
            results.append(of.get(places[2], np.zeros(batch * m * n + 1, np.int16)))
        np.testing.assert_array_equal(*results)
        assert results[0][-1] == 9


@pytest.mark.parametrize("n", [1, 2, 3, 16, 65, 700])
def test_probabilities_are_those_of_the_portable_kernel(core, portable, n):
    rng = np.random.default_rng(n)
    for shift in (28, 30, 31, 33, 36, 45):
        x, multiplier = codes(rng, n) // int(rng.choice([1, 8, 4096])), int(rng.integers(2**30, 2**31 - 1))
        results = []
        for of in (core, portable):
            at, y = of.put(x), of.put(x)
            of.call("osc_softmax_s16", at, y, n, multiplier, shift)
            results.append(of.get(y, x))
        np.testing.assert_array_equal(*results)
        assert results[0].astype(int).sum() > 32000 - n


def sums_of(rng, n):
    """Pre-activations, some of them far beyond what a table reaches."""
    return (rng.integers(-65535, 65535, n, endpoint=True) // rng.choice([1, 2, 64], n)).astype(np.int32)


@pytest.mark.parametrize("n", [1, 5, 64])
def test_gates_are_those_of_the_portable_kernel(core, portable, n):
    rng = np.random.default_rng(n)
    for _ in range(5):
        gates, h = sums_of(rng, 8 * n), codes(rng, n)
        c = rng.choice([0, 2**31 - 1, 1 - 2**31, 2**18, -(2**21) - 5], n).astype(np.int32)
        results = []
        for of in (core, portable):
            at, gru, lstm, cells = of.put(gates), of.put(h), of.put(h), of.put(c)
            of.call("osc_gru_s16", at, gru, n)
            of.call("osc_lstm_s16", at, lstm, cells, n)
            of.call("osc_sigmoid_s16", at, at, n)
            results.append([of.get(gru, h), of.get(lstm, h), of.get(cells, c), of.get(at, gates)])
        for found, expected in zip(*results, strict=True):
            np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("name", "more", "share"),
    [
        ("osc_convert_f32_s16", (1.0,), 0.6),
        ("osc_convert_s16_f32", (0.5,), 0.95),
        ("osc_convert_s16_s16", (2**30, 31), 0.45),
    ],
)
def test_conversions_take_fewer_instructions(core, portable, name, more, share):
    x = np.arange(400).astype(np.float32 if "f32_s16" in name else np.int16)
    kind, taken = (np.float32 if name.endswith("f32") else np.int16), []
    for of in (core, portable):
        at, y = of.put(x), of.put(np.zeros(len(x), kind))
        of.profile.clear()
        of.machine.call(name, at, y, len(x), *more)
        taken.append(of.instructions())
    # GCC makes shorter loops of the portable ones.
    assert taken[0] <= (max(share, 0.5) if core.cpu == "gcc" else share) * taken[1], taken
