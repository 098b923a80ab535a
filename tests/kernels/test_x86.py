"""The kernels for x86 against the portable ones: the same bits with all instruction sets that they know."""

import ctypes
import platform
from pathlib import Path

import numpy as np
import pytest
from compiled import PORTABLE, at, fft_of
from tools import slow_but

from ossicle.errors import OssicleError
from ossicle.kernels import load_kernels
from ossicle.kernels.layouts import COLUMNS, PAIRS, QUADS, ROWS, TALL_BLOCKS
from ossicle.numerics.formats import PRECISIONS
from ossicle.programs.compiler import find_compiler, run_compiler

X86 = PORTABLE.parent / "x86"
TABLES = [PORTABLE / f"osc_{name}_table.c" for name in ("tanh", "exp2")]
STAGES = [
    PORTABLE / f"osc_fft_{name}.c" for name in ("order", "reverse", "pairs", "pass", "odd", "threes", "fives")
]
"""Of the transforms, which both sets call."""
STRICT = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-Wconversion"]
FLAGS = [*STRICT, "-O1", "-ffp-contract=off", "-shared", "-fPIC"]
AVX512 = [f"-mavx512{part}" for part in ("f", "bw", "dq", "vl")]
MACHINES = {
    "plain": ([], ()),
    "avx2": (["-mavx2", "-mf16c"], ("avx2", "f16c")),
    "avx2-alone": (["-mavx2"], ("avx2",)),
    "avx-vnni": (["-mavx2", "-mavxvnni"], ("avx_vnni",)),
    "avx512": (AVX512, ("avx512vl", "avx512bw", "avx512dq")),
    "avx512-vnni": ([*AVX512, "-mavx512vnni"], ("avx512_vnni",)),
}
"""Compiler flags, and what the processor must have, as Linux calls it."""
LENGTHS = (1, 3, 7, 8, 9, 15, 16, 17, 24, 33, 50)


def processor_has(features):
    known = Path("/proc/cpuinfo")
    words = set(known.read_text("utf-8").split()) if known.exists() else set()
    return set(features) <= words


def built(folder, sources, flags, name):
    library = folder / f"{name}.so"
    arguments = [*FLAGS, *flags, f"-I{X86}", f"-I{PORTABLE}", "-o", str(library), *map(str, sources), "-lm"]
    run_compiler(find_compiler(), arguments)
    return ctypes.CDLL(str(library))


@pytest.fixture(scope="module")
def portable(tmp_path_factory):
    twins = [PORTABLE / path.name for path in sorted(X86.glob("*.c"))]
    sources = [*filter(Path.exists, twins), *TABLES, *STAGES]
    return built(tmp_path_factory.mktemp("portable"), sources, [], "portable")


@pytest.fixture(scope="module", params=slow_but(("avx2",), MACHINES))
def x86(request, tmp_path_factory):
    flags, features = MACHINES[request.param]
    if flags and (platform.machine() not in ("x86_64", "AMD64") or not processor_has(features)):
        pytest.skip(f"this processor has no {request.param}")
    try:
        sources = [*sorted(X86.glob("*.c")), *TABLES, *STAGES]
        return built(tmp_path_factory.mktemp("x86"), sources, flags, "x86")
    except OssicleError as error:
        if "unrecognized" not in str(error):
            raise
        pytest.skip(f"this compiler has no {request.param}")


def same(portable, x86, name, arguments, outputs):
    """Call both with the same arguments; ``outputs`` are copied first, so that both begin alike."""
    results = []
    for library in (portable, x86):
        own = {id(array): array.copy() for array in outputs}
        passed = [own.get(id(value), value) for value in arguments]
        getattr(library, name)(*(at(value) if isinstance(value, np.ndarray) else value for value in passed))
        results.append([array.tobytes() for array in own.values()])
    assert results[0] == results[1], name


def test_each_kernel_is_compared_here():
    (kernels, _) = load_kernels(["x86", "portable"]).sets
    text = Path(__file__).read_text("utf-8")
    families = {kernel.name.rpartition("_")[0].removeprefix("osc_") for kernel in kernels.kernels}
    assert [family for family in families if family.removeprefix("unary_") not in text] == []


def matrix_of(table, rows, columns, *pointers):
    sizes = int.from_bytes(np.array([rows, columns], np.int32).tobytes(), "little")
    return (ctypes.c_uint64 * (2 + len(pointers)))(at(table).value, *pointers, sizes)


@pytest.mark.parametrize("count", [1, 3, 8, 13])
def test_products_of_several_operands(portable, x86, count):
    rng = np.random.default_rng(count)
    for rows in (*LENGTHS, 64, 71, 135):
        for columns in (1, 2, 5, 16):
            weight = rng.integers(-127, 127, (rows, columns), np.int8, endpoint=True)
            for name, kind, layout in (("w8a16", np.int16, PAIRS), ("w8a8", np.int8, QUADS)):
                limits = np.iinfo(kind)
                x = rng.integers(limits.min, limits.max, (count, columns + 3), kind, endpoint=True)
                tables = [of.pack(weight, PRECISIONS[name]) for of in (COLUMNS, layout)]
                assert layout.bytes(weight, PRECISIONS[name]) == tables[1].nbytes
                results = []
                for library, table in zip((portable, x86), tables, strict=True):
                    result = np.full((count, rows + 2), 7, np.int32)
                    matrix = matrix_of(table, rows, columns, 0, 0, 0)
                    product = getattr(library, f"osc_matmat_{name}")
                    product(matrix, at(x), columns + 3, count, at(result), rows + 2)
                    results.append(result)
                np.testing.assert_array_equal(*results)
            floats = [rng.standard_normal(shape).astype(np.float32) for shape in (weight.size, rows, x.shape)]
            matrix = matrix_of(floats[0], rows, columns, at(floats[1]).value)
            y = np.full((count, rows + 2), 7, np.float32)
            arguments = [matrix, floats[2], columns + 3, count, y, rows + 2]
            same(portable, x86, "osc_matmat_f32", arguments, [y])


SHAPES = [(1, 1), (3, 5), (9, 16), (64, 33), (65, 32), (77, 257), (130, 6), (256, 40)]
"""Of matrices: rows in whole and in broken blocks, columns in whole and in broken groups."""


TALL = {
    "w8a16": "osc_matvec_tall_blocks_w8a16",
    "w4a16": "osc_matvec_tall_blocks_w4a16",
    "w8a8": "osc_matvec_tall_blocks_widened_w8a8",
}


@pytest.mark.parametrize("types", TALL)
def test_products_that_skip_tall_blocks(x86, types):
    rng, precision = np.random.default_rng(5), PRECISIONS[types]
    limits, most = np.iinfo(precision.operand.numpy), 1 << (precision.weight_bits - 1)
    for rows, columns in (shape for shape in SHAPES if shape[1] > 1):
        weight = rng.integers(-most, most - 1, (rows, columns), np.int8, endpoint=True)
        kept = rng.random((-(-rows // 16), -(-columns // 2))) < 0.4
        weight *= kept.repeat(16, axis=0).repeat(2, axis=1)[:rows, :columns]
        x = rng.integers(limits.min, limits.max, columns, limits.dtype, endpoint=True)
        table, y = TALL_BLOCKS.pack(weight, precision), np.full(rows + 1, 7, np.int32)
        scratch = np.zeros(columns + 1, np.int16)
        getattr(x86, TALL[types])(matrix_of(table, rows, columns, 0, 0, 0), at(x), at(y), at(scratch))
        np.testing.assert_array_equal(y, [*(weight.astype(np.int64) @ x), 7])


@pytest.mark.parametrize(("types", "kind"), [("w8a16", np.int16), ("w8a8", np.int8)])
def test_products_of_integers_with_one_operand(portable, x86, types, kind):
    rng, limits = np.random.default_rng(2), np.iinfo(kind)
    for rows, columns in SHAPES:
        weight = rng.integers(-128, 127, (rows, columns), np.int8, endpoint=True)
        x = rng.integers(limits.min, limits.max, columns, kind, endpoint=True)
        results = []
        for library, layout in ((portable, ROWS), (x86, QUADS)):
            table = np.ascontiguousarray(layout.pack(weight, PRECISIONS[types]))
            assert layout.bytes(weight, PRECISIONS[types]) == table.nbytes
            y = np.full(rows + 1, 7, np.int32)
            getattr(library, f"osc_matvec_{types}")(matrix_of(table, rows, columns, 0, 0, 0), at(x), at(y))
            results.append(y)
        np.testing.assert_array_equal(*results)


@pytest.mark.parametrize(("types", "kind"), [("f32", np.float32), ("f16", np.float16)])
def test_products_of_floats_with_one_operand(portable, x86, types, kind):
    rng = np.random.default_rng(3)
    for rows, columns in SHAPES:
        weight, bias = (rng.standard_normal(size).astype(kind) for size in (rows * columns, rows))
        weight[::7] *= kind(1e-6)  # subnormal halves
        x, y = rng.standard_normal(columns).astype(np.float32), np.full(rows + 1, 7, np.float32)
        matrix = matrix_of(weight, rows, columns, at(bias).value)
        same(portable, x86, f"osc_matvec_{types}", [matrix, x, y], [y])


@pytest.mark.parametrize("least", [25, 33])
@pytest.mark.parametrize("kind", ["s16", "s32", "s8"])
def test_requantized_sums(portable, x86, kind, least):
    rng = np.random.default_rng(1)
    for n in LENGTHS:
        bias, sums = (rng.integers(-(2**30), 2**30, n, np.int32) for _ in range(2))
        multiplier = rng.integers(2**30, 2**31 - 1, n, np.int32, endpoint=True)
        shift = rng.integers(least, 62, n).astype(np.uint8)
        factors = (ctypes.c_uint64 * 3)(*(at(table).value for table in (bias, multiplier, shift)))
        y = np.full(n + 1, 7, np.int16)
        if kind == "s8":
            codes = np.full(n + 1, 7, np.int8)
            for zero_point, low in ((-128, -128), (5, 5), (-3, -128)):
                arguments = [factors, sums, n, zero_point, low, codes]
                same(portable, x86, "osc_requantize_s8", arguments, [codes])
        elif kind == "s16":
            for low in (-32768, 0):
                same(portable, x86, "osc_requantize_s16", [factors, sums, n, low, y], [y])
        else:
            same(portable, x86, "osc_requantize_s32", [factors, sums, n, 65535], [sums])


@pytest.mark.parametrize("least", [32, 33])
def test_requantized_sums_of_several_positions_are_those_of_each(portable, x86, least):
    rng = np.random.default_rng(6)
    for n in LENGTHS:
        bias, sums = (rng.integers(-(2**20), 2**20, size, np.int32) for size in (n, 5 * n))
        multiplier = rng.integers(2**30, 2**31 - 1, n, np.int32, endpoint=True)
        shift = rng.integers(least, 45, n).astype(np.uint8)
        factors = (ctypes.c_uint64 * 3)(*(at(table).value for table in (bias, multiplier, shift)))
        y = np.full((2, 5, n + 2), 7, np.int16)
        for position in range(5):
            row = sums[position * n :][:n].copy()
            portable.osc_requantize_s16(factors, at(row), n, 0, at(y[0, position]))
        x86.osc_requantize_positions_s16(factors, at(sums), n, 5, n, 0, at(y[1]), n + 2)
        np.testing.assert_array_equal(*y)


@pytest.mark.parametrize("kind", ["f32", "s16"])
def test_copied_blocks(portable, x86, kind):
    rng = np.random.default_rng(7)
    x = rng.integers(-999, 999, 3000).astype({"f32": np.float32, "s16": np.int16}[kind])
    for n in (*LENGTHS, 64, 100):
        side_by_side = [3, 5, 2, 3, n, 400, 120, 1, 500, 150, 1]
        apart = [0, 0, 1, 2, n, 0, 700, 7, 0, 1, 2]
        blocks, y = np.array([side_by_side, apart], np.int32), np.full(1200, 7, x.dtype)
        same(portable, x86, f"osc_copy_blocks_{kind}", [blocks, 2, x, y], [y])
        rows_to_columns = [2, 3, 2, 11, n, 1100, 1, 13, 600, 101, 1]
        columns_to_rows = [2, 3, 2, n, 11, 1100, 13, 1, 600, 1, 101]
        for transposed in (rows_to_columns, columns_to_rows):
            y = np.full(2000, 7, x.dtype)
            same(portable, x86, f"osc_copy_blocks_{kind}", [np.array(transposed, np.int32), 1, x, y], [y])


@pytest.mark.parametrize("kind", ["f32", "s16"])
@pytest.mark.parametrize("distance", [1, 3, 8, 40])
def test_copies_within_an_array(portable, x86, kind, distance):
    values = np.arange(500).astype({"f32": np.float32, "s16": np.int16}[kind])
    block = np.array([distance, 0, 1, 1, 400, 0, 0, 1, 0, 0, 1], np.int32)
    for library in (portable, x86):
        moved = values.copy()
        getattr(library, f"osc_copy_blocks_{kind}")(at(block), 1, at(moved), at(moved))
        np.testing.assert_array_equal(moved[:400], values[distance:][:400])


def test_units_of_a_gru(portable, x86):
    rng = np.random.default_rng(2)
    for n in LENGTHS:
        gates, h = (4 * rng.standard_normal(size).astype(np.float32) for size in (6 * n, n + 1))
        same(portable, x86, "osc_gru_f32", [gates, h, n], [h])
        codes = rng.integers(-65535, 65535, 6 * n, np.int32, endpoint=True)
        states = rng.integers(-32768, 32767, n + 1, np.int16, endpoint=True)
        same(portable, x86, "osc_gru_s16", [codes, states, n], [states])
        gates, h, c = (rng.normal(0, 4, size).astype(np.float32) for size in (8 * n, n + 1, n + 1))
        same(portable, x86, "osc_lstm_f32", [gates, h, c, n], [h, c])
        codes = rng.integers(-65535, 65535, 8 * n, np.int32, endpoint=True)
        for largest in (2**22, 2**31 - 1):
            cells = rng.integers(-largest, largest, n + 1, np.int32, endpoint=True)
            same(portable, x86, "osc_lstm_s16", [codes, states, cells, n], [states, cells])
        y = np.full(n + 1, 7, np.int16)
        same(portable, x86, "osc_sigmoid_s16", [codes, y, n], [y])


@pytest.mark.parametrize("name", ["sigmoid", "silu"])
def test_functions_of_floats(portable, x86, name):
    for n in LENGTHS:
        x = np.linspace(-100, 100, n, dtype=np.float32)
        y = np.full(n + 1, 7, np.float32)
        same(portable, x86, f"osc_unary_{name}_f32", [x, y, n], [y])


def test_functions_of_all_codes(portable, x86):
    x = np.arange(-32768, 32768).astype(np.int16)
    for n, (multiplier, shift) in zip(
        (65535, 7, 65536), ((2**30 + 5, 31), (2**31 - 1, 33), (2**30, 40)), strict=True
    ):
        y = np.full(n + 1, 7, np.int16)
        for product_shift in (46, 31):
            arguments = [x, y, n, multiplier, shift, 2**30 + 77, product_shift]
            same(portable, x86, "osc_unary_silu_s16", arguments, [y])


def test_tables_and_conversions_of_all_codes(portable, x86):
    x, rng = np.arange(-32768, 32768).astype(np.int16), np.random.default_rng(8)
    for step in range(8):
        table = rng.integers(-32768, 32767, 513, np.int16, endpoint=True)
        y = np.full(65537, 7, np.int16)
        same(portable, x86, "osc_unary_table_s16", [x, y, 65536, table, step], [y])
    for n, shift in ((65536, 31), (65535, 30), (7, 12)):
        y = np.full(n + 1, 7, np.int16)
        same(portable, x86, "osc_convert_s16_s16", [x, y, n, 2**31 - 3, shift], [y])


@pytest.mark.parametrize(
    ("n", "size", "inner"), [(264, 8, 1), (51, 17, 1), (40, 5, 2), (33, 1, 1), (60, 20, 3)]
)
def test_products_of_codes(portable, x86, n, size, inner):
    rng = np.random.default_rng(9)
    a, b = (rng.integers(-32768, 32767, of, np.int16, endpoint=True) for of in (n, size))
    y = np.full(n + 1, 7, np.int16)
    for shift in (31, 38, 44, 46):
        same(portable, x86, "osc_binary_mul_s16", [a, b, y, n, size, inner, 0, 0, 2**30 + 9, shift, 0], [y])


def test_probabilities(portable, x86):
    rng = np.random.default_rng(3)
    for n in (*LENGTHS, 256, 257):
        x = (3 * rng.standard_normal(n)).astype(np.float32)
        y = np.full(n + 1, 7, np.float32)
        same(portable, x86, "osc_softmax_f32", [x, y, n], [y])
        for shift in (26, 33, 36, 40, 45, 46):
            codes = rng.integers(-32768, 32767, n, np.int16, endpoint=True)
            y = np.full(n + 1, 7, np.int16)
            same(portable, x86, "osc_softmax_s16", [codes, y, n, 2**30 + 12345, shift], [y])


@pytest.mark.parametrize("transposed", [0, 1])
def test_products_of_activations(portable, x86, transposed):
    rng = np.random.default_rng(4)
    for batch, m, k, n in [
        (1, 1, 1, 1),
        (2, 3, 5, 7),
        (4, 24, 8, 24),
        (1, 5, 128, 9),
        (1, 5, 130, 9),
        (2, 9, 64, 17),
    ]:
        shape = np.array([batch, m, k, n, transposed], np.int32)
        floats = [rng.standard_normal(size).astype(np.float32) for size in (batch * m * k, batch * k * n)]
        y = np.full(batch * m * n + 1, 7, np.float32)
        same(portable, x86, "osc_matmul_f32", [shape, *floats, y], [y])
        codes = [rng.integers(-32768, 32767, of.size, np.int16, endpoint=True) for of in floats]
        for part in codes:
            part[rng.random(part.size) < 0.3] = -32768
        y = np.full(batch * m * n + 1, 7, np.int16)
        same(portable, x86, "osc_matmul_s16", [shape, *codes, y, 40000, 30], [y])


@pytest.mark.parametrize("dilation", [1, 2])
def test_depthwise_layers(portable, x86, dilation):
    rng, height, width, kernel = np.random.default_rng(5), 3, 7, 3
    for channels in LENGTHS:
        geometry = np.array(
            [
                *(height, width, channels, kernel, kernel, 1, 1, 1, 1, height, width, dilation, dilation),
                *(channels, dilation * channels, dilation * width * channels),
            ],
            np.int32,
        )
        x = rng.standard_normal(height * width * channels).astype(np.float32)
        weight, bias = (rng.standard_normal(size).astype(np.float32) for size in (9 * channels, channels))
        codes = rng.integers(-32768, 32767, x.size, np.int16, endpoint=True)
        integers = rng.integers(-127, 127, weight.size, np.int8, endpoint=True)
        matrix = matrix_of(integers, channels, 9, 0, 0, 0)
        for position in range(height * width):
            y = np.full(channels + 1, 7, np.float32)
            for activation in range(3):
                layer = (ctypes.c_uint64 * 4)(*matrix_of(weight, channels, 9, at(bias).value), activation)
                same(portable, x86, "osc_depthwise_f32", [layer, geometry, x, position, y], [y])
            y = np.full(channels + 1, 7, np.int32)
            same(portable, x86, "osc_depthwise_w8a16", [matrix, geometry, codes, position, y], [y])


@pytest.mark.parametrize("n_fft", [8, 16, 32, 64, 128, 256, 320, 512, 960, 1024, 1200])
def test_transforms(portable, x86, n_fft):
    rng = np.random.default_rng(n_fft)
    noise = rng.standard_normal(n_fft + 2).astype(np.float32)
    click = np.zeros_like(noise)
    click[2] = -1  # and all else zeros, whose signs count
    for data in (noise, click, np.zeros_like(noise)):
        spectra = []
        for library in (portable, x86):
            fft, _tables = fft_of(library, n_fft)
            spectrum, back = data.copy(), data.copy()
            for sign in (1.0, -1.0):
                library.osc_fft(ctypes.byref(fft), at(spectrum), ctypes.c_float(sign))
            library.osc_rfft_split(ctypes.byref(fft), at(spectrum), 0, n_fft // 4 + 1)
            library.osc_irfft_join(ctypes.byref(fft), at(back), 0, n_fft // 4 + 1)
            spectra.append(spectrum.tobytes() + back.tobytes())
        assert spectra[0] == spectra[1]
