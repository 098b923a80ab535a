"""The kernels for 64-bit Arm: the bits of the portable ones, with dot products and without."""

import ctypes
from pathlib import Path

import numpy as np
import pytest
from aarch64 import NAMES, Call, run_calls
from compiled import at, kernels
from products import exact_sums, random_case, random_factors
from tools import need, slow_but

from ossicle.kernels.layouts import GROUPS
from ossicle.numerics.formats import PRECISIONS

__all__ = ["kernels"]

need("qemu-user")
PROCESSORS = {"cortex-a53": "aarch64", "cortex-a76": "raspberry-pi-5", "max": "raspberry-pi-5"}
"""The targets whose programs run on processors of QEMU."""
LENGTHS = (1, 3, 4, 5, 8, 15, 16, 17, 33, 50)
SHAPES = [*((rows, columns) for rows in range(1, 10) for columns in (1, 15, 16, 17, 40)), (12, 27), (13, 257)]


@pytest.fixture(params=slow_but(("cortex-a53", "cortex-a76"), PROCESSORS))
def processor(request):
    return PROCESSORS[request.param], request.param


def same(portable, processor, calls):
    """Arrays after each call are those after the portable function."""
    for call, found in zip(calls, run_calls(calls, *processor), strict=True):
        arrays = []
        arguments = [_passed(argument, arrays) for argument in call.arguments]
        getattr(portable, call.name)(*arguments)
        for expected, result in zip(arrays, found, strict=True):
            assert result.tobytes() == expected.tobytes(), call.name


def _passed(argument, arrays):
    """What ctypes passes; ``arrays`` gets copies of the arrays, which the function may change."""
    if isinstance(argument, np.ndarray):
        arrays.append(argument.copy())
        return at(arrays[-1])
    if not isinstance(argument, list):
        return argument
    data = b""
    for member in argument:
        value = _passed(member, arrays)
        data += value.to_bytes(4, "little", signed=True) if isinstance(value, int) else _address(value)
    return ctypes.create_string_buffer(data, len(data))


def _address(pointer):
    return ((pointer.value if pointer else 0) or 0).to_bytes(8, "little")


def test_each_kernel_is_compared_here():
    text = Path(__file__).read_text("utf-8")
    families = {name.rpartition("_")[0].removeprefix("osc_") for name in NAMES}
    assert [family for family in families if family not in text] == []


@pytest.mark.parametrize("precision", ["w8a8", "w8a16"])
def test_integer_products_give_the_exact_sums(processor, precision):
    rng, of = np.random.default_rng(0), PRECISIONS[precision]
    cases = [random_case(rng, of, *shape) for shape in SHAPES]
    calls = []
    for constants, x in cases:
        weight = constants["weight"]
        table, y = GROUPS.pack(weight, of), np.full(len(weight), 7, np.int32)
        assert table.nbytes == GROUPS.bytes(weight, of)
        calls.append(Call(f"osc_matvec_{precision}", [[table, None, None, None, *weight.shape], x, y]))
    for case, (*_, y) in zip(cases, run_calls(calls, *processor), strict=True):
        np.testing.assert_array_equal(y, exact_sums(*case), str(case[0]["weight"].shape))


def test_float_products_are_added_up_in_the_order_of_the_portable_ones(kernels, processor):
    rng, calls = np.random.default_rng(1), []
    for rows, columns in SHAPES:
        for kind, dtype in (("f32", np.float32), ("f16", np.float16)):
            weight, bias = (rng.normal(0, 1, size).astype(dtype) for size in ((rows, columns), rows))
            weight.flat[0] = 2.0**-24
            x, y = rng.normal(0, 2, columns).astype(np.float32), np.zeros(rows, np.float32)
            calls.append(Call(f"osc_matvec_{kind}", [[weight, bias, rows, columns], x, y]))
    same(kernels, processor, calls)


def test_float_products_of_several_operands(kernels, processor):
    rng, calls = np.random.default_rng(6), []
    for rows in (1, 3, 4, 6, 8, 13, 16, 23):
        for count, columns in ((1, 5), (3, 1), (4, 27), (9, 16)):
            weight, bias = (rng.normal(0, 1, size).astype(np.float32) for size in (rows * columns, rows))
            x, y = rng.normal(0, 2, count * (columns + 2)), np.zeros(count * (rows + 1), np.float32)
            matrix, operands = [weight, bias, rows, columns], x.astype(np.float32)
            calls.append(Call("osc_matmat_f32", [matrix, operands, columns + 2, count, y, rows + 1]))
    same(kernels, processor, calls)


@pytest.mark.parametrize("least", [1, 33])
def test_requantized_sums(kernels, processor, least):
    rng, calls = np.random.default_rng(2), []
    for n in LENGTHS:
        factors = random_factors(rng, n)
        shift = np.maximum(factors["shift"], least).astype(np.uint8)
        of = [factors["bias"], factors["multiplier"], shift]
        sums = rng.integers(-(2**30), 2**30, n).astype(np.int32)
        calls += [Call("osc_requantize_s32", [of, sums, n, limit]) for limit in (65535, 32768)]
        for low in (-32768, 0):
            calls.append(Call("osc_requantize_s16", [of, sums, n, low, np.zeros(n, np.int16)]))
        for zero_point, low in ((-17, -17), (5, -128)):
            calls.append(Call("osc_requantize_s8", [of, sums, n, zero_point, low, np.zeros(n, np.int8)]))
    same(kernels, processor, calls)


def test_gates_of_integers_and_halves(kernels, processor):
    rng, calls = np.random.default_rng(3), []
    for n in LENGTHS:
        for cell, gates, states in (("gru", 6, (np.int16,)), ("lstm", 8, (np.int16, np.int32))):
            sums = rng.integers(-65535, 65535, gates * n, endpoint=True)
            sums = np.where(rng.random(len(sums)) < 0.7, sums // 16, sums).astype(np.int32)
            of = [rng.integers(np.iinfo(t).min + 1, np.iinfo(t).max, n, endpoint=True) for t in states]
            kept = [state.astype(dtype) for state, dtype in zip(of, states, strict=True)]
            calls.append(Call(f"osc_{cell}_s16", [sums, *kept, n]))
            floats = (4 * rng.standard_normal(gates * n)).astype(np.float32)
            halves = [rng.uniform(-1, 1, n).astype(np.float16) for _ in states]
            calls.append(Call(f"osc_{cell}_f16", [floats, *halves, n]))
    same(kernels, processor, calls)


def test_the_sigmoid_of_all_sums(kernels, processor):
    x = np.arange(-65535, 65536).astype(np.int32)
    calls = [Call("osc_sigmoid_s16", [x[:n], np.zeros(n, np.int16), n]) for n in (*LENGTHS, len(x))]
    same(kernels, processor, calls)


def test_conversions_of_halves(kernels, processor):
    halves = np.arange(65536, dtype=np.uint16).view(np.float16)
    halves = np.ascontiguousarray(halves[np.isfinite(halves)])
    wide = halves.astype(np.float32)
    between = (wide[:-1] + wide[1:]) / 2
    x = np.concatenate([between, wide, np.array([0.0, -0.0, 1e9, -1e9, 65520.0], np.float32)])
    calls = []
    for n in (*LENGTHS, len(halves)):
        calls.append(Call("osc_convert_f16_f32", [halves[:n], np.zeros(n, np.float32), n]))
    for n in (*LENGTHS, len(x)):
        calls.append(Call("osc_convert_f32_f16", [x[:n], np.zeros(n, np.float16), n]))
        for activation in range(3):
            calls.append(Call("osc_activate_f16", [x[-n:], n, activation, np.zeros(n, np.float16)]))
    same(kernels, processor, calls)


@pytest.mark.parametrize("dilation", [1, 2])
def test_depthwise_layers(kernels, processor, dilation):
    rng, height, width, calls = np.random.default_rng(5), 3, 7, []
    for channels in LENGTHS:
        sizes = (height, width, channels, 3, 3, 1, 1, 1, 1, height, width, dilation, dilation)
        geometry = np.array([*sizes, channels, dilation * channels, dilation * width * channels], np.int32)
        x = rng.standard_normal(height * width * channels).astype(np.float32)
        weight, bias = (rng.standard_normal(size).astype(np.float32) for size in (9 * channels, channels))
        codes = rng.integers(-32768, 32767, x.size, np.int16, endpoint=True)
        integers = rng.integers(-127, 127, weight.size, np.int8, endpoint=True)
        matrix, y = [integers, None, None, None, channels, 9], np.zeros(channels, np.int32)
        for position in range(height * width):
            layer, results = [weight, bias, channels, 9, position % 3, 0], np.zeros(channels, np.float32)
            calls.append(Call("osc_depthwise_f32", [layer, geometry, x, position, results]))
            calls.append(Call("osc_depthwise_w8a16", [matrix, geometry, codes, position, y]))
    same(kernels, processor, calls)
