"""Cycles of the kernels for Xpulp, against the RTL of a core."""

import numpy as np
import pytest
from products import PRODUCTS, SPLIT, random_case, table_for
from xpulp import Call, run_calls

from ossicle.kernels import load_kernels
from ossicle.kernels.cv32e40p import CV32E40P
from ossicle.kernels.cycles import Size
from ossicle.numerics.formats import PRECISIONS, DType
from ossicle.schedule.tiles import range_begin

# Rows of a worker in layers of 1 to 256 units, alone and beside seven others; columns of all remainders.
ROWS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 16, 33, 48, 128)
COLUMNS = (32, 40, 61, 62, 63, 64, 100, 128, 256, 257, 265, 600)
# Of 128 rows and 256 columns, multiply-accumulates a cycle.
RATES = {"w8a8": 1.7, "w8a16": 1.09, "w4a16": 0.95, "w16a16": 0.86}
COUNTS = (4, 7, 16, 32, 33, 64, 257)
SCALE = 100.0


def assert_close(cases, calls, estimates):
    for case, estimate, (_, cycles) in zip(cases, estimates, run_calls(calls, "rtl"), strict=True):
        assert estimate.cycles == pytest.approx(cycles, rel=0.05), case


def product_cycles(name, rows, columns):
    """What workers that share a product call."""
    kernel = load_kernels(["xpulp", "portable"], parallel=True).need("matvec", name)
    return kernel.cycles.of(Size(rows, columns))


def elements(name, n, variant=""):
    return CV32E40P[name].of(Size(n, variant=variant))


def product(rng, name, rows, columns):
    """The call that a layer makes; what a split operand holds makes no difference."""
    constants, x = random_case(rng, PRECISIONS[name], rows, columns)
    table, y = table_for("xpulp", name, constants["weight"]), np.zeros(rows, np.int32)
    matrix = [table, None, None, None, rows, columns]
    if name not in SPLIT:
        return Call(f"osc_matvec_{name}", [matrix, x, y])
    split = np.zeros(-(-columns // 8) * 4, np.uint32)
    return Call(f"osc_matvec_byte_planes_{name}", [matrix, split, 0, columns, y])


@pytest.mark.parametrize("name", PRODUCTS)
def test_products_take_what_is_estimated(name):
    rng = np.random.default_rng(0)
    shapes = [(rows, columns) for rows in ROWS for columns in COLUMNS if rows * columns < 2**14 + 2**15]
    estimates = [product_cycles(name, *shape) for shape in shapes]
    assert_close(shapes, [product(rng, name, *shape) for shape in shapes], estimates)


def test_splitting_takes_what_is_estimated():
    """One worker and eight, the last of which has the zeros that fill up an operand."""
    cases, calls = [], []
    for columns in (*COLUMNS, 3, 4):
        groups = -(-columns // 8) * 2
        for workers in (1, 8):
            for worker in {0, workers - 1}:
                begin, end = (range_begin(groups, workers, w) for w in (worker, worker + 1))
                if begin < end:
                    cases.append((columns, begin, end))
                    split = np.zeros(2 * groups, np.uint32)
                    calls.append(
                        Call("osc_byte_planes_s16", [np.ones(columns, np.int16), columns, split, begin, end])
                    )
    assert_close(
        cases,
        calls,
        [
            CV32E40P["osc_byte_planes_s16"].of(Size(end - begin, columns, begin))
            for columns, begin, end in cases
        ],
    )


@pytest.mark.parametrize(("name", "rate"), RATES.items())
def test_products_are_as_fast_as_their_loops_allow(name, rate):
    [(_, cycles)] = run_calls([product(np.random.default_rng(1), name, 128, 256)], "rtl")
    assert 128 * 256 / cycles >= rate


@pytest.mark.parametrize(("name", "kind"), [("fp32", np.float32), ("fp16", np.float16)])
def test_products_of_floats_take_what_is_estimated(name, kind):
    shapes = [(rows, columns) for rows in (1, 4, 16, 33) for columns in (64, 100, 128, 257)]
    calls = []
    for rows, columns in shapes:
        matrix = [np.ones((rows, columns), kind), np.ones(rows, kind), rows, columns]
        operand, y = np.ones(columns, np.float32), np.zeros(rows, np.float32)
        calls.append(Call(f"osc_matvec_{name.replace('fp', 'f')}", [matrix, operand, y]))
    assert_close(shapes, calls, [product_cycles(name, *shape) for shape in shapes])


@pytest.mark.parametrize("kind", ["s8", "s16", "s32"])
def test_finishing_takes_what_is_estimated(kind):
    rng, calls = np.random.default_rng(2), []
    for n in COUNTS:
        factors = [np.zeros(n, np.int32), np.full(n, 2**30 + 5, np.int32), np.full(n, 40, np.uint8)]
        sums = rng.integers(-(2**20), 2**20, n).astype(np.int32)
        arguments = {
            "s8": [5, -128, np.zeros(n, np.int8)], "s16": [-32768, np.zeros(n, np.int16)], "s32": [65535],
        }[kind]  # fmt: skip
        calls.append(Call(f"osc_requantize_{kind}", [factors, sums, n, *arguments]))
    assert_close(COUNTS, calls, [elements(f"osc_requantize_{kind}", n) for n in COUNTS])


@pytest.mark.parametrize("kind", ["s8", "s16", "f32", "f16"])
def test_clamping_takes_what_is_estimated(kind):
    """Of values between the limits, which take longest."""
    limits = [-0.5, 0.5] if kind[0] == "f" else [-5, 9]
    name, dtype = f"osc_clamp_values_{kind}", DType(kind).numpy
    calls = [Call(name, [np.zeros(n, dtype), n, *limits]) for n in COUNTS]
    assert_close(COUNTS, calls, [elements(name, n) for n in COUNTS])


def test_levelled_features_take_what_is_estimated():
    rng, calls, estimates = np.random.default_rng(7), [], []
    for n in COUNTS:
        samples, level = rng.normal(0, 1, 2 * n).astype(np.float32), np.zeros(1, np.float32)
        calls.append(Call("osc_follow_level", [samples, n, 0.1, 0.003, level]))
        calls.append(Call("osc_compress", [samples, 0.01, np.zeros(n, np.float32), n]))
        estimates += [elements("osc_follow_level", n), elements("osc_compress", n)]
    assert_close(calls, calls, estimates)


@pytest.mark.parametrize(("op", "rows"), [("lstm", 8), ("gru", 6)])
def test_gates_take_what_is_estimated(op, rows):
    rng, calls = np.random.default_rng(3), []
    for n in COUNTS:
        gates = np.clip(rng.normal(0, 8000, (rows, n)), -65535, 65535).astype(np.int32)
        cell = [rng.integers(-(2**21), 2**21, n).astype(np.int32)] if op == "lstm" else []
        calls.append(Call(f"osc_{op}_s16", [gates, np.zeros(n, np.int16), *cell, n]))
    assert_close(COUNTS, calls, [elements(f"osc_{op}_s16", n) for n in COUNTS])


@pytest.mark.parametrize("kind", [np.float32, np.float16])
@pytest.mark.parametrize(("op", "rows"), [("lstm", 8), ("gru", 6)])
def test_gates_in_floats_take_what_is_estimated(op, rows, kind):
    rng, calls = np.random.default_rng(5), []
    name = f"{op}_f{8 * kind().itemsize}"
    for n in COUNTS:
        state = [rng.normal(0, 0.7, n).astype(kind) for _ in range(2 if op == "lstm" else 1)]
        calls.append(Call(f"osc_{name}", [rng.normal(0, 0.7, (rows, n)).astype(np.float32), *state, n]))
    assert_close(COUNTS, calls, [elements(f"osc_{name}", n) for n in COUNTS])


@pytest.mark.parametrize(("number", "activation"), [(0, "none"), (1, "relu"), (2, "sigmoid")])
def test_finishing_floats_takes_what_is_estimated(number, activation):
    """Those of 32 bits are finished by their layer."""
    rng, halves, layers = np.random.default_rng(6), [], []
    for n in COUNTS:
        sums = rng.normal(0, 0.7, n).astype(np.float32)
        halves.append(Call("osc_activate_f16", [sums, n, number, sums.astype(np.float16)]))
        weight = rng.normal(0, 0.1, (n, 64)).astype(np.float32)
        layer = [weight, np.zeros(n, np.float32), n, 64, number]
        layers.append(Call("osc_linear_f32", [layer, np.ones(64, np.float32), sums]))
    assert_close(COUNTS, halves, [elements("osc_activate_f16", n, activation) for n in COUNTS])
    of_layers = [CV32E40P["osc_linear_f32"].of(Size(n, 64, variant=activation)) for n in COUNTS]
    assert_close(COUNTS, layers, of_layers)


def test_sigmoids_take_what_is_estimated():
    rng = np.random.default_rng(4)
    scores = [rng.integers(-65535, 65535, n).astype(np.int32) for n in COUNTS]
    calls = [Call("osc_sigmoid_s16", [x, np.zeros(len(x), np.int16), len(x)]) for x in scores]
    assert_close(COUNTS, calls, [elements("osc_sigmoid_s16", n) for n in COUNTS])


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("s16_s8", [2**30 + 7, 38, -5]),
        ("f32_s8", [SCALE, 3]),
        ("f32_s16", [SCALE]),
        ("s8_f32", [SCALE, 3]),
        ("s16_f32", [SCALE]),
        ("f16_f32", []),
        ("f32_f16", []),
    ],
)
def test_conversions_take_what_is_estimated(kind, parameters):
    types = {"s8": np.int8, "s16": np.int16, "f16": np.float16, "f32": np.float32}
    of, to = (types[name] for name in kind.split("_"))
    values = [(np.arange(n) % 100 + 1).astype(of) for n in COUNTS]
    calls = [Call(f"osc_convert_{kind}", [x, np.zeros(len(x), to), len(x), *parameters]) for x in values]
    assert_close(COUNTS, calls, [elements(f"osc_convert_{kind}", n) for n in COUNTS])
