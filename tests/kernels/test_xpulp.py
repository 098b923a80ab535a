"""The kernels for Xpulp: bit for bit what the simulation gives, in each of their forms."""

import platform
import shutil
import subprocess

import numpy as np
import pytest
from products import (
    PRODUCTS,
    SPLIT,
    exact_sums,
    random_case,
    random_factors,
    random_matrix,
    sanitized_sums,
    table_for,
)
from xpulp import FOLDERS, FORMS, GAP_BUILTINS, KERNELS, STRICT, Call, run_calls

from ossicle.errors import OssicleError
from ossicle.numerics.fixed_point import rescale
from ossicle.numerics.formats import PRECISIONS, DType
from ossicle.numerics.functions import sigmoid_q15, tanh_q15

SHAPES = [
    *((r, c) for r in range(1, 10) for c in range(1, 21)),
    (6, 257),
    (11, 257),
    (4, 288),
    (5, 265),
    (7, 601),
]


def extreme_cases(name):
    """The largest sums that accumulators hold, of either sign, in one row of each place in a group."""
    rng, precision = np.random.default_rng(1), PRECISIONS[name]
    low, largest = np.iinfo(precision.operand.numpy).min, precision.largest_weight
    columns = min(2**31 // (-low * largest), 3000) or 1
    for row in range(7):
        for sign in (1, -1):
            constants = random_matrix(rng, precision, 7, columns)
            constants["weight"][row] = sign * min(largest, 2**31 // (-low * columns) - 1)
            x = np.full(columns, low, precision.operand.numpy)
            assert abs(int(exact_sums(constants, x)[row])) > 2**29 or precision.operand == DType.S8
            yield constants, x


def cases_of(name):
    rng = np.random.default_rng(0)
    return [*(random_case(rng, PRECISIONS[name], *shape) for shape in SHAPES), *extreme_cases(name)]


@pytest.mark.parametrize("name", PRODUCTS)
def test_plain_c_gives_the_sums_and_touches_nothing_beyond(tmp_path, name):
    cases = cases_of(name)
    sums = sanitized_sums(tmp_path, "xpulp", name, cases, STRICT)
    np.testing.assert_array_equal(sums, np.concatenate([exact_sums(*case) for case in cases]))


@pytest.mark.parametrize("form", ["gap", "rtl"])
@pytest.mark.parametrize("name", PRODUCTS)
def test_every_form_gives_the_sums(name, form):
    cases, calls = cases_of(name), []
    for constants, x in cases:
        rows, columns = constants["weight"].shape
        table = table_for("xpulp", name, constants["weight"])
        y = np.full(rows + 1, 12345, np.int32)
        calls.append(Call(f"osc_matvec_{name}", [[table, None, None, None, rows, columns], x, y]))
    for (constants, x), ((_, y), _) in zip(cases, run_calls(calls, form), strict=True):
        np.testing.assert_array_equal(y[:-1], exact_sums(constants, x), str(constants["weight"].shape))
        assert y[-1] == 12345


def split_of(x):
    """Words of the upper and of the lower bytes of four columns, in turn; zeros fill up eight columns."""
    padded = np.pad(x, (0, -len(x) % 8)).view(np.uint16).reshape(-1, 1, 4)
    return np.concatenate([padded >> 8, padded & 255], axis=1).astype(np.uint8).view("<u4").ravel()


@pytest.mark.parametrize("form", FORMS)
def test_an_operand_is_split_by_any_number_of_workers(form):
    rng, calls, expected = np.random.default_rng(10), [], []
    for columns in (*range(1, 26), 257):
        x = rng.integers(-(2**15), 2**15, columns).astype(np.int16)
        whole = split_of(x)
        groups = len(whole) // 2
        begins = {0, 1, groups // 2, groups - 1}
        for begin, end in [(b, e) for b in begins for e in begins | {groups} if b <= e]:
            calls.append(
                Call("osc_byte_planes_s16", [x, columns, np.full(len(whole), 7, np.uint32), begin, end])
            )
            wanted = np.full(len(whole), 7, np.uint32)
            wanted[2 * begin : 2 * end] = whole[2 * begin : 2 * end]
            expected.append(wanted)
    for wanted, ((_, split), _) in zip(expected, run_calls(calls, form), strict=True):
        np.testing.assert_array_equal(split, wanted)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", SPLIT)
def test_split_operands_give_the_sums_of_a_stretch_of_columns(name, form):
    rng, calls, expected = np.random.default_rng(11), [], []
    for rows in range(1, 10):
        for columns, begin, end in [(5, 0, 5), (257, 0, 257), (64, 0, 24), (64, 24, 64), (29, 16, 29)]:
            constants, x = random_case(rng, PRECISIONS[name], rows, columns)
            table = table_for("xpulp", name, constants["weight"])
            matrix, y = [table, None, None, None, rows, columns], np.full(rows + 1, 1000, np.int32)
            calls.append(
                Call(f"osc_matvec_byte_planes_{name}", [matrix, split_of(x[begin:end]), begin, end, y])
            )
            part = exact_sums({"weight": constants["weight"][:, begin:end]}, x[begin:end])
            expected.append(np.append(part + (1000 if begin else 0), 1000))
    for wanted, ((_, y), _) in zip(expected, run_calls(calls, form), strict=True):
        np.testing.assert_array_equal(y, wanted)


def finished_cases():
    """Factors and sums, among them sums that end in a half of a step, and near it."""
    rng = np.random.default_rng(5)
    for n in (*range(1, 14), 300):
        for coarse in (True, False):
            factors, sums = random_factors(rng, n), rng.integers(-(2**30), 2**30, n).astype(np.int32)
            if not coarse:
                factors["shift"] = rng.integers(33, 62, n, endpoint=True).astype(np.uint8)
            close = rng.random(n) < 0.3
            factors["multiplier"][close] = 2**30
            steps = rng.integers(-7, 8, n) << np.clip(factors["shift"].astype(np.int64) - 31, 0, 27)
            factors["bias"][close] = rng.integers(-1, 2, n)[close]
            yield factors, np.where(close, steps, sums).astype(np.int32)
    # One coarse factor among fine ones, wherever it stands.
    for place in range(9):
        factors = {"bias": np.zeros(9, np.int32), "multiplier": np.full(9, 2**30 + 1, np.int32)}
        factors["shift"] = np.full(9, 33, np.uint8)
        factors["shift"][place] = 32
        yield factors, np.arange(-40000, 50000, 10000, dtype=np.int32)


@pytest.mark.parametrize("form", FORMS)
def test_finished_rows_are_rescaled_as_in_the_simulation(form):
    calls, expected = [], []
    for factors, sums in finished_cases():
        exact = rescale(sums.astype(np.int64) + factors["bias"], factors["multiplier"], factors["shift"])
        n, parts = len(sums), [factors[name] for name in ("bias", "multiplier", "shift")]
        for low in (0, -32768):
            calls.append(Call("osc_requantize_s16", [parts, sums, n, low, np.full(n + 1, 77, np.int16)]))
            expected.append(np.clip(exact, low, 32767))
        for zero_point, low in ((-128, -128), (127, 127), (-17, -128), (0, 0)):
            calls.append(
                Call("osc_requantize_s8", [parts, sums, n, zero_point, low, np.full(n + 1, 77, np.int8)])
            )
            expected.append(np.clip(exact + zero_point, low, 127))
        for limit in (255, 65535):
            calls.append(Call("osc_requantize_s32", [parts, np.append(sums, 77).astype(np.int32), n, limit]))
            expected.append(np.clip(exact, -limit, limit))
    for wanted, (arrays, _) in zip(expected, run_calls(calls, form), strict=True):
        np.testing.assert_array_equal(arrays[-1], np.append(wanted, 77))


@pytest.mark.parametrize("form", FORMS)
def test_conversions_to_8_bits_are_those_of_the_simulation(form):
    """By factors of all sizes; some results are halves of a step, or beyond both ends."""
    rng, calls, expected = np.random.default_rng(12), [], []
    for n in (1, 2, 7, 100):
        for shift in (1, 20, 31, 32, 33, 34, 36, 38, 40, 46, 61, 62):
            for multiplier in (2**30, int(rng.integers(2**30, 2**31))):
                for zero_point in (-128, -5, 127):
                    x = rng.integers(-(2**15), 2**15, n)
                    x[rng.random(n) < 0.3] = rng.choice([-(2**15), 2**15 - 1, 1 << 13, -(1 << 7), 0])
                    exact = (x * multiplier + (1 << (shift - 1))) >> shift
                    y, factor = np.full(n + 1, 77, np.int8), [multiplier, shift, zero_point]
                    calls.append(Call("osc_convert_s16_s8", [x.astype(np.int16), y, n, *factor]))
                    expected.append(np.append(np.clip(exact + zero_point, -128, 127), 77))
    for wanted, ((_, y), _) in zip(expected, run_calls(calls, form), strict=True):
        np.testing.assert_array_equal(y, wanted)


def random_gates(rng, rows, n):
    gates = rng.integers(-65535, 65535, (rows, n), endpoint=True)
    small = rng.integers(-9000, 9000, (rows, n))
    return np.where(rng.random((rows, n)) < 0.6, small, gates).astype(np.int32)


@pytest.mark.parametrize("form", FORMS)
def test_gates_of_an_lstm_are_those_of_the_simulation(form):
    """Cells reach both ends of their range, and would pass them."""
    rng, calls, expected = np.random.default_rng(6), [], []
    for n in (1, 2, 7, 200):
        gates = random_gates(rng, 8, n)
        cell = rng.integers(-(2**31) + 1, 2**31 - 1, n, endpoint=True) >> rng.choice([0, 8], n)
        ends = rng.random(n) < 0.3
        cell[ends] = rng.choice([-(2**31) + 1, 2**31 - 1], n)[ends]
        gates[np.ix_([0, 1, 4, 5], np.flatnonzero(ends))] = 65535
        gates[np.ix_([2, 6], np.flatnonzero(ends))] = 65535 * np.sign(cell[ends])
        total = gates[:4].astype(np.int64) + gates[4:]
        into, forget, out = (sigmoid_q15(total[gate], 12) for gate in (0, 1, 3))
        added = into * tanh_q15(total[2], 12) * 32
        after = np.clip((forget * cell + added + (1 << 14)) >> 15, -(2**31) + 1, 2**31 - 1)
        calls.append(Call("osc_lstm_s16", [gates, np.zeros(n, np.int16), cell.astype(np.int32), n]))
        expected.append(((out * tanh_q15(after, 20) + (1 << 14)) >> 15, after))
    for (state, after), ((_, h, c), _) in zip(expected, run_calls(calls, form), strict=True):
        np.testing.assert_array_equal(c, after)
        np.testing.assert_array_equal(h, state)


@pytest.mark.parametrize("form", FORMS)
def test_gates_of_a_gru_are_those_of_the_simulation(form):
    rng, calls, expected = np.random.default_rng(7), [], []
    for n in (1, 2, 7, 200):
        gates, h = random_gates(rng, 6, n), rng.integers(-32767, 32767, n, endpoint=True)
        gx, gh = gates[:3].astype(np.int64), gates[3:].astype(np.int64)
        r, z = sigmoid_q15(gx[0] + gh[0], 12), sigmoid_q15(gx[1] + gh[1], 12)
        candidate = tanh_q15(gx[2] + ((r * gh[2] + (1 << 14)) >> 15), 12)
        calls.append(Call("osc_gru_s16", [gates, h.astype(np.int16), n]))
        expected.append(candidate + ((z * (h - candidate) + (1 << 14)) >> 15))
    for state, ((_, h), _) in zip(expected, run_calls(calls, form), strict=True):
        np.testing.assert_array_equal(h, state)


def test_gap_contracts_products_of_halves_whatever_the_flags_say(tmp_path):
    """By the attribute that GCC knows, on a processor whose fused products of halves show in its assembly."""
    compiler = shutil.which("gcc")
    if not compiler or platform.machine() != "x86_64":
        pytest.skip("this is about GCC for x86-64")
    header = tmp_path / "gap.h"
    header.write_text("typedef _Float16 float16;\n" + GAP_BUILTINS)
    flags = ["-O3", "-march=sapphirerapids", "-ffp-contract=off", *(f"-I{path}" for path in FOLDERS)]
    gap = ["-DOSC_GAP", "-D__gap9__", "-include", str(header)]
    made = {}
    for name, defined in (("gap", gap), ("here", ["-DOSC_HALF_PAIRS"])):
        out = tmp_path / f"{name}.s"
        kernel = str(KERNELS / "xpulp" / "osc_matvec_f16.c")
        done = subprocess.run(
            [compiler, *flags, *defined, "-S", "-o", str(out), kernel], check=False, capture_output=True
        )
        if done.returncode:
            pytest.skip("this GCC has no halves, or is another compiler by that name")
        made[name] = out.read_text()
    assert "vfmadd" in made["gap"] and "vfmadd" not in made["here"]


@pytest.mark.parametrize(("form", "least"), [("plain", 120), ("gap", 120), ("rtl", 120), ("halves", 68)])
def test_products_of_halves_lose_little(form, least):
    """Decibels of the sums over their errors. A result in half precision has 74."""
    rng, calls, exact = np.random.default_rng(8), [], []
    for rows, columns in [(1, 1), (3, 15), (5, 16), (7, 17), (2, 257), (256, 256)]:
        weight = rng.normal(0, 0.1, (rows, columns)).astype(np.float16)
        bias = rng.normal(0, 0.1, rows).astype(np.float16)
        x = np.tanh(rng.normal(0, 0.5, columns)).astype(np.float16)
        y = np.full(rows + 1, 7, np.float32)
        calls.append(Call("osc_matvec_f16", [[weight, bias, rows, columns], x.astype(np.float32), y]))
        exact.append(weight.astype(float) @ x.astype(float) + bias)
    try:
        results = run_calls(calls, form)
    except OssicleError as error:
        assert form == "halves"
        pytest.skip(f"this C compiler has no halves ({error})")
    wanted, sums = np.concatenate(exact), np.concatenate([y[:-1] for (_, y), _ in results])
    assert all(y[-1] == 7 for (_, y), _ in results)
    assert 10 * np.log10(np.sum(wanted**2) / np.sum((sums - wanted) ** 2)) >= least


@pytest.mark.parametrize("form", ["plain", "rtl"])
@pytest.mark.parametrize("name", ["f32", "f16"])
def test_products_of_floats_have_the_bits_of_the_portable_kernels(name, form):
    rng, calls = np.random.default_rng(9), []
    kind = np.float16 if name == "f16" else np.float32
    for rows, columns in [(1, 1), (3, 15), (5, 16), (7, 17), (2, 257), (9, 32)]:
        # Of many magnitudes, subnormal halves among them, and zeros of both signs.
        weight = rng.normal(0, 1, (rows, columns)) * 2.0 ** rng.integers(-26, 14, (rows, columns))
        weight[rng.random(weight.shape) < 0.1] *= 0
        bias, x = rng.normal(0, 1, rows).astype(kind), rng.normal(0, 1, columns).astype(np.float32)
        matrix = [weight.astype(kind), bias, rows, columns]
        calls.append(Call(f"osc_matvec_{name}", [matrix, x, np.full(rows + 1, 7, np.float32)]))
    expected = run_calls(calls, "portable")
    for ((_, wanted), _), ((_, y), _) in zip(expected, run_calls(calls, form), strict=True):
        np.testing.assert_array_equal(y.view(np.uint32), wanted.view(np.uint32))
