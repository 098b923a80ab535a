"""Every portable kernel against the simulation: integers bit for bit, floats within a stated error."""

import ctypes
from dataclasses import replace

import numpy as np
import pytest
from compiled import POINTER, Factors, at, kernels, transform
from networks import ACTIVATIONS, small_model, still

from ossicle.graph import Node, Tensor
from ossicle.graph.operator import OPS
from ossicle.lowering import PORTABLE, stored_constants
from ossicle.metrics.signal import snr
from ossicle.numerics.fixed_point import fixed_point
from ossicle.numerics.formats import PRECISIONS, Q15, DType
from ossicle.numerics.functions import TANH_TABLE
from ossicle.ops.convert.simulate import simulate as convert
from ossicle.ops.linear import simulate as linear
from ossicle.ops.products import by_row, integer_product
from ossicle.ops.softmax.simulate import exponent_factor
from ossicle.ops.softmax.simulate import simulate as softmax
from ossicle.quantization import quantize
from ossicle.quantization.integer import integer_constants
from ossicle.simulate import Simulator

__all__ = ["kernels"]


class Matrix(ctypes.Structure):
    """osc_matrix_f32_t and osc_matrix_f16_t, whose pointers differ in type only."""

    _fields_ = (("weight", POINTER), ("bias", POINTER), ("rows", ctypes.c_int), ("columns", ctypes.c_int))


class IntegerMatrix(ctypes.Structure):
    """osc_matrix_s8_t, osc_matrix_s4_t and osc_matrix_s16_t, likewise."""

    _fields_ = (
        ("weight", POINTER),
        ("factors", Factors),
        ("rows", ctypes.c_int),
        ("columns", ctypes.c_int),
    )


class Linear(ctypes.Structure):
    _fields_ = (("matrix", Matrix), ("activation", ctypes.c_int))


def matrix(constants, suffix=""):
    return Matrix(
        *(at(constants[name + suffix]).value for name in ("weight", "bias")),
        *constants["weight" + suffix].shape,
    )


def node_of(model, scheme, name):
    graph = quantize(model.graph, scheme, model.calibration)
    return graph, next(node for node in graph.nodes if node.name == name)


def random_codes(rng, tensor):
    limits = np.iinfo(tensor.dtype.numpy)
    return rng.integers(limits.min, limits.max, tensor.size, endpoint=True).astype(tensor.dtype.numpy)


def test_the_tanh_table_is_the_one_of_the_simulation(kernels):
    table = (ctypes.c_int16 * 513).in_dll(kernels, "osc_tanh_table")
    np.testing.assert_array_equal(np.array(table), TANH_TABLE)


@pytest.mark.parametrize("columns", [1, 2, 7, 16, 33, 257])
@pytest.mark.parametrize("precision", ["w8a8", "w8a16", "w4a16", "w16a16"])
def test_integer_products_are_bit_exact_at_all_codes(kernels, precision, columns):
    rng = np.random.default_rng(3)
    weight = rng.standard_normal((9, columns)) * rng.gamma(1.0, 1.0, (9, 1))
    node = Node(
        "linear",
        "n",
        {"x": "x"},
        {"y": "y"},
        {"weight": weight, "bias": rng.normal(0, 3, 9)},
        {},
        (PRECISIONS[precision],),
    )
    of = Tensor.affine_s8 if node.product(0).operand == DType.S8 else Tensor.symmetric_s16
    operand, (matrix,) = of((columns,), -0.7, 2.0), OPS["linear"].matrices
    constants = integer_constants(matrix, node.constants, node.product(0), operand, 2.0**-10, still(columns))
    stored = stored_constants(replace(node, constants=constants), PORTABLE)
    factors = Factors(*(at(stored[name]).value for name in ("bias", "multiplier", "shift")))
    layer = IntegerMatrix(at(stored["weight"]).value, factors, 9, columns)
    largest = 0
    for limit in (255, 32768, 65535):
        for _ in range(30):
            x, y = random_codes(rng, operand), np.zeros(9, np.int32)
            getattr(kernels, f"osc_matvec_{precision}")(ctypes.byref(layer), at(x), at(y))
            np.testing.assert_array_equal(y, by_row(constants["weight"].astype(np.int64), x))
            kernels.osc_requantize_s32(ctypes.byref(factors), at(y), 9, limit)
            np.testing.assert_array_equal(y, np.clip(integer_product(constants, "", x), -limit, limit))
            largest = max(largest, np.abs(y).max())
    assert largest > 1000


@pytest.mark.parametrize("activation", ["none", "relu", "sigmoid"])
@pytest.mark.parametrize("dtype", [DType.S8, DType.S16])
def test_results_of_integer_dense_layers_are_bit_exact(kernels, dtype, activation):
    n = 3000
    rng = np.random.default_rng(4)
    sums = np.concatenate([rng.integers(-66000, 66000, n - 600), np.arange(-300, 300)])
    output = Tensor((n,), DType.S16, Q15)
    if activation != "sigmoid":
        output = Tensor((n,), dtype, 1.0, -17 if dtype == DType.S8 else 0)
    # An identity on operands of any size gives the very sums to the activation.
    constants = {
        "weight": np.eye(n, dtype=np.int8),
        "bias": np.zeros(n, np.int32),
        "multiplier": np.full(n, 2**30, np.int32),
        "shift": np.full(n, 30, np.uint8),
    }
    node = Node(
        "linear", "n", {"x": "x"}, {"y": "y"}, constants, ACTIVATIONS[activation], (PRECISIONS["w8a8"],)
    )
    (wanted,) = linear(node, [sums], [Tensor((n,))], [output])
    x, y = sums.astype(np.int32), np.zeros(n, output.dtype.numpy)
    factors = Factors(*(at(constants[name]).value for name in ("bias", "multiplier", "shift")))
    if activation == "sigmoid":
        kernels.osc_requantize_s32(ctypes.byref(factors), at(x), n, 65535)
        kernels.osc_sigmoid_s16(at(x), at(y), n)
    elif dtype == DType.S16:
        low = 0 if activation == "relu" else -32768
        kernels.osc_requantize_s16(ctypes.byref(factors), at(x), n, low, at(y))
    else:
        low = -17 if activation == "relu" else -128
        kernels.osc_requantize_s8(ctypes.byref(factors), at(x), n, -17, low, at(y))
    np.testing.assert_array_equal(y, wanted)


@pytest.mark.parametrize("hidden", [1, 7, 16, 33])
@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_integer_recurrent_layers_are_bit_exact_from_any_gates_and_state(kernels, cell, hidden):
    graph, node = node_of(small_model(cell, hidden=hidden), "w8a16", "rnn0")
    # Weights of zero, and the gates as biases, give any gates to the layer.
    constants = {name: np.zeros_like(array) for name, array in node.constants.items()}
    for end in ("_ih", "_hh"):
        constants |= {
            "multiplier" + end: np.full_like(constants["multiplier" + end], 2**30),
            "shift" + end: np.full_like(constants["shift" + end], 30),
        }
    rng = np.random.default_rng(4)
    states = [graph.tensors[name] for name in node.outputs.values()]
    for _ in range(100):
        gates = rng.integers(-65535, 65535, 2 * len(constants["bias_ih"]), endpoint=True).astype(np.int32)
        gates = np.where(rng.random(len(gates)) < 0.7, gates // 16, gates).astype(np.int32)
        constants["bias_ih"], constants["bias_hh"] = np.split(gates, 2)
        values = [random_codes(rng, state) for state in states]
        x, operand = (random_codes(rng, graph.tensors[name]) for name in list(node.inputs.values())[:2])
        expected = Simulator(graph).run(replace(node, constants=constants), [x, operand, *values])
        getattr(kernels, f"osc_{cell}_s16")(at(gates), *map(at, values), hidden)
        for state, wanted in zip(values, expected, strict=True):
            np.testing.assert_array_equal(state, wanted)


@pytest.mark.parametrize("scheme", ["fp32", "fp16"])
@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_the_float_recurrent_layer_agrees_within_rounding(kernels, cell, scheme):
    graph, node = node_of(small_model(cell), scheme, "rnn1")
    rng = np.random.default_rng(5)
    kind = graph.tensors[node.inputs["x"]].dtype
    rows = len(node.constants["bias_ih"])
    sizes = [graph.tensors[name].size for port, name in node.inputs.items() if port != "h_operand"]
    for _ in range(20):
        values = [rng.uniform(-1, 1, size).astype(kind.numpy) for size in sizes]
        expected = Simulator(graph).run(node, [*values[:2], *values[1:]])
        gates = np.zeros((2, rows), np.float32)
        for end, operand, result in zip(("_ih", "_hh"), values[:2], gates, strict=True):
            layer, x = matrix(node.constants, end), operand.astype(np.float32)
            getattr(kernels, f"osc_matvec_{kind}")(ctypes.byref(layer), at(x), at(result))
        getattr(kernels, f"osc_{cell}_{kind}")(at(gates), *map(at, values[1:]), len(values[1]))
        for state, wanted in zip(values[1:], expected, strict=True):
            assert np.abs(state.astype(float) - wanted).max() < (2e-6 if scheme == "fp32" else 1e-3)
            assert snr(state, wanted) > (110 if scheme == "fp32" else 65)


@pytest.mark.parametrize("kind", ["f32", "f16", "s16"])
@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_parts_of_a_recurrent_layer_are_the_whole_of_it(kernels, cell, kind):
    units, states = 33, 1 + (cell == "lstm")
    rng = np.random.default_rng(10)
    if kind == "s16":
        gates = rng.integers(-65535, 65535, (2, 2 + states, units), endpoint=True).astype(np.int32)
        types = (np.int16, np.int32)[:states]
        whole = [rng.integers(-32768, 32767, units).astype(dtype) for dtype in types]
    else:
        gates = rng.normal(0, 2, (2, 2 + states, units)).astype(np.float32)
        dtype = np.float32 if kind == "f32" else np.float16
        whole = [rng.uniform(-1, 1, units).astype(dtype) for _ in range(states)]
    run = getattr(kernels, f"osc_{cell}_{kind}")
    parts = []
    for begin, end in ((0, 5), (5, 21), (21, 33)):
        of_part = [state[begin:end].copy() for state in whole]
        run(at(np.ascontiguousarray(gates[:, :, begin:end])), *map(at, of_part), end - begin)
        parts.append(of_part)
    run(at(gates), *map(at, whole), units)
    for state, found in zip(whole, zip(*parts, strict=True), strict=True):
        np.testing.assert_array_equal(np.concatenate(found), state)


@pytest.mark.parametrize("name", ["fc_in", "fc_out"])
@pytest.mark.parametrize("scheme", ["fp32", "fp16"])
def test_the_float_dense_layer_agrees_within_rounding(kernels, scheme, name):
    graph, node = node_of(small_model("gru"), scheme, name)
    x_type, y_type = graph.tensors[node.inputs["x"]], graph.tensors[node.outputs["y"]]
    layer = Linear(matrix(node.constants), 2 if node.attributes["activation"] == "sigmoid" else 1)
    x = np.random.default_rng(6).normal(0, 2, x_type.size).astype(x_type.dtype.numpy)
    y = np.zeros(y_type.size, y_type.dtype.numpy)
    if scheme == "fp32":
        kernels.osc_linear_f32(ctypes.byref(layer), at(x), at(y))
    else:
        kernels.osc_linear_f16(ctypes.byref(layer), at(x), at(y), at(np.zeros(200, np.float32)))
    assert snr(y, Simulator(graph).run(node, [x])[0]) > (120 if scheme == "fp32" else 70)


def test_every_half_widens_exactly(kernels):
    finite = np.arange(65536, dtype=np.uint16).view(np.float16)
    finite = np.ascontiguousarray(finite[np.isfinite(finite)])
    wide = np.zeros(len(finite), np.float32)
    kernels.osc_convert_f16_f32(at(finite), at(wide), len(finite))
    np.testing.assert_array_equal(wide, finite.astype(np.float32))


def test_halves_are_rounded_to_nearest_even_and_saturated(kernels):
    rng = np.random.default_rng(7)
    bits = rng.integers(0, 2**32, 200_000, dtype=np.uint64).astype(np.uint32).view(np.float32)
    halves = np.arange(0x7C00, dtype=np.uint16).view(np.float16).astype(np.float32)
    between = (halves[:-1] + halves[1:]) / 2
    x = np.concatenate([bits[np.isfinite(bits)], between, -between, [0.0, -0.0, 1e9, -1e9]]).astype(
        np.float32
    )
    y = np.zeros(len(x), np.float16)
    kernels.osc_convert_f32_f16(at(x), at(y), len(x))
    source, target = Tensor((len(x),)), Tensor((len(x),), DType.F16)
    (wanted,) = convert(Node("convert", "c", {"x": "x"}, {"y": "y"}), [x], [source], [target])
    np.testing.assert_array_equal(y.view(np.uint16), wanted.view(np.uint16))


@pytest.mark.parametrize(
    "target",
    [Tensor.affine_s8((4000,), -1.3, 7.0), Tensor.symmetric_s16((4000,), -1.3, 7.0)],
    ids=["s8", "s16"],
)
def test_floats_become_integer_codes_bit_for_bit(kernels, target):
    rng = np.random.default_rng(8)
    reach = 1.2 * np.iinfo(target.dtype.numpy).max
    steps = np.rint(rng.uniform(-reach, reach, 2000)) + rng.choice([0.0, 0.5], 2000)
    x = np.concatenate([steps * target.scale, rng.normal(0, 1e6, 2000)]).astype(np.float32)
    y = np.zeros(4000, target.dtype.numpy)
    inverse = ctypes.c_float(np.float32(1 / target.scale))
    offset = (target.zero_point,) if target.dtype == DType.S8 else ()
    getattr(kernels, f"osc_convert_f32_{target.dtype}")(at(x), at(y), 4000, inverse, *offset)
    (wanted,) = convert(Node("convert", "c", {"x": "x"}, {"y": "y"}), [x], [Tensor((4000,))], [target])
    np.testing.assert_array_equal(y, wanted)


def test_integers_become_floats_and_narrower_integers_bit_for_bit(kernels):
    node = Node("convert", "c", {"x": "x"}, {"y": "y"})
    codes = np.arange(-128, 128).astype(np.int8)
    source = Tensor.affine_s8((256,), -1.0, 2.0)
    y = np.zeros(256, np.float32)
    kernels.osc_convert_s8_f32(at(codes), at(y), 256, ctypes.c_float(source.scale), source.zero_point)
    np.testing.assert_array_equal(y, convert(node, [codes], [source], [Tensor((256,))])[0])

    words = np.arange(-32768, 32768).astype(np.int16)
    source = Tensor((65536,), DType.S16, Q15)
    wide, narrow = np.zeros(65536, np.float32), np.zeros(65536, np.int8)
    kernels.osc_convert_s16_f32(at(words), at(wide), 65536, ctypes.c_float(Q15))
    np.testing.assert_array_equal(wide, convert(node, [words], [source], [Tensor((65536,))])[0])
    for target in (
        Tensor((65536,), DType.S8, 2.0**-7),
        Tensor.affine_s8((65536,), -0.9, 0.4),
        Tensor.affine_s8((65536,), 0, 3e-5),
    ):
        multiplier, shift = fixed_point(np.float64(Q15 / target.scale))
        kernels.osc_convert_s16_s8(
            at(words), at(narrow), 65536, int(multiplier), int(shift), target.zero_point
        )
        (wanted,) = convert(node, [words], [source], [target])
        np.testing.assert_array_equal(narrow, wanted)
        exact = np.clip(np.floor(words * (Q15 / target.scale) + 0.5) + target.zero_point, -128, 127)
        assert np.abs(wanted - exact).max() <= 1 and np.mean(wanted != exact) < 1e-3


def test_the_scalar_functions_are_as_exact_as_floats_allow(kernels):
    x = np.linspace(-100, 100, 400_001).astype(np.float32)
    y = np.zeros_like(x)
    inside = np.abs(x) < 87
    kernels.probe_exp(at(x), at(y), len(x))
    exact = np.exp(x[inside].astype(np.float64))
    assert np.abs(y[inside] / exact - 1).max() < 3e-7
    assert np.isfinite(y).all()
    kernels.probe_sigmoid(at(x), at(y), len(x))
    assert np.abs(y - 1 / (1 + np.exp(-x.astype(np.float64)))).max() < 2e-7
    kernels.probe_tanh(at(x), at(y), len(x))
    assert np.abs(y - np.tanh(x.astype(np.float64))).max() < 3e-7


@pytest.mark.parametrize(
    "n_fft", [2, 4, 6, 10, 12, 16, 30, 64, 90, 320, 400, 450, 480, 512, 960, 1024, 1200, 1536, 3750, 4096]
)
def test_the_real_transform_is_numpys_and_its_inverse_undoes_it(kernels, n_fft):
    config, _tables = transform(kernels, n_fft, n_fft // 2, n_fft)
    x = np.random.default_rng(9).normal(0, 1, n_fft).astype(np.float32)
    data = np.concatenate([x, np.zeros(2, np.float32)])
    kernels.osc_rfft(ctypes.byref(config.fft), at(data))
    assert snr(data, np.fft.rfft(x.astype(np.float64)).astype(np.complex64).view(np.float32)) > 120
    kernels.osc_irfft(ctypes.byref(config.fft), at(data))
    assert snr(data[:n_fft], x) > 120


@pytest.mark.parametrize(
    ("window", "hop", "n_fft"), [(64, 16, 64), (40, 16, 64), (50, 25, 64), (400, 160, 512), (320, 160, 480)]
)
def test_the_forward_transform_takes_the_newest_window_of_a_stream(kernels, window, hop, n_fft):
    config, (hann, *_) = transform(kernels, window, hop, n_fft)
    stream = np.random.default_rng(11).normal(0, 1, 9 * hop).astype(np.float32)
    padded = np.concatenate([np.zeros(window - hop, np.float32), stream])
    history, spectrum = np.zeros(window - hop, np.float32), np.zeros(n_fft + 2, np.float32)
    for begin in range(0, len(stream), hop):
        kernels.osc_stft(ctypes.byref(config), at(history), at(stream[begin:]), at(spectrum))
        frame = padded[begin:][:window]
        np.testing.assert_array_equal(history, frame[hop:])
        assert snr(spectrum, np.fft.rfft(frame * hann, n_fft).astype(np.complex64).view(np.float32)) > 120


def test_samples_are_rounded_and_saturated_to_16_bits(kernels):
    x = np.array([0.0, 1.0, -1.0, 1.4 / 32768, 1.6 / 32768, -1.6 / 32768, 40.0, -40.0], np.float32)
    y = np.zeros(len(x), np.int16)
    kernels.osc_to_pcm16(at(x), at(y), len(x))
    np.testing.assert_array_equal(y, [0, 32767, -32768, 1, 2, -2, 32767, -32768])
    samples = np.arange(-32768, 32768).astype(np.int16)
    wide, back = np.zeros(65536, np.float32), np.zeros(65536, np.int16)
    kernels.osc_from_pcm16(at(samples), at(wide), 65536)
    kernels.osc_to_pcm16(at(wide), at(back), 65536)
    np.testing.assert_array_equal(back, samples)


@pytest.mark.parametrize("scale", [2.0**-14, 1e-3, 0.03, 2.0])
@pytest.mark.parametrize("size", [1, 2, 6, 35])
def test_softmax_of_integers_is_bit_exact_at_all_codes(kernels, size, scale):
    rng, source, target = (
        np.random.default_rng(5),
        Tensor((size,), DType.S16, scale),
        Tensor((size,), DType.S16, Q15),
    )
    multiplier, shift = (int(part) for part in exponent_factor(scale))
    for spread in (3, 300, 65535):
        for _ in range(20):
            x = (rng.integers(0, spread, size, endpoint=True) - 32768).astype(np.int16)
            y = np.zeros(size, np.int16)
            kernels.osc_softmax_s16(at(x), at(y), size, multiplier, shift)
            (expected,) = softmax(Node("softmax", "n", {"x": "x"}, {"y": "y"}), [x], [source], [target])
            np.testing.assert_array_equal(y, expected)
            assert abs(int(y.astype(np.int64).sum()) - 32768) <= size
