"""Networks of integers: the bits of LiteRT, and C that equals the simulation."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tflite")

from single import run_both
from tflite_files import TYPES, Function, Step, constant, quantized, ring, small_network, write

from ossicle.importers.importing import prepare
from ossicle.importers.lower import lower
from ossicle.importers.reading import Choices
from ossicle.numerics.fixed_point import Rounding
from ossicle.simulate import Simulator
from ossicle.tasks.frames.record import Frames

WAKE_WORDS = ("okay_nabu", "hey_jarvis", "alexa")


def graph_of(path, rounding=Rounding.FLOAT32):
    return lower(prepare(path, Choices(), {}).step, Frames(), rounding).graph


def original_of(path):
    """A step of a file's own engine on codes, and the scales of its ends."""
    engine = pytest.importorskip("ai_edge_litert.interpreter")
    interpreter = engine.Interpreter(str(path), num_threads=1)
    interpreter.allocate_tensors()
    (first,), (last,) = interpreter.get_input_details(), interpreter.get_output_details()

    def step(codes):
        interpreter.set_tensor(first["index"], codes)
        interpreter.invoke()
        return interpreter.get_tensor(last["index"])

    return step, first, last


def real(codes, details):
    scale, zero_point = details["quantization"]
    return (codes.astype(np.float32) - np.float32(zero_point)) * np.float32(scale)


def compare(path, steps, level=1.0):
    """Run the original and the simulation; all results must be equal. Returns how many are distinct."""
    step, first, last = original_of(path)
    simulator, rng, found = Simulator(graph_of(path)), np.random.default_rng(6), []
    for _ in range(steps):
        limits = np.iinfo(first["dtype"])
        codes = np.clip(np.rint(rng.normal(0, 50 * level, first["shape"])), limits.min, limits.max)
        codes = codes.astype(first["dtype"])
        (ours,) = simulator.step(real(codes, first).reshape(-1))
        np.testing.assert_array_equal(ours, real(step(codes), last).reshape(-1))
        found.append(ours)
    return len(np.unique(found))


@pytest.mark.parametrize("network", ["layers", "ring"])
def test_a_small_network_gives_the_bits_of_litert(tmp_path, network):
    functions = [small_network()] if network == "layers" else ring()
    assert compare(write(tmp_path / "x.tflite", *functions), 60) > 20


@pytest.mark.parametrize("name", WAKE_WORDS)
def test_a_wake_word_gives_the_bits_of_litert_with_its_variables_carried_along(name):
    package = find_spec("pymicro_wakeword")
    if package is None:
        pytest.skip("pymicro-wakeword is not installed")
    path = Path(package.submodule_search_locations[0]) / "models" / f"{name}.tflite"
    graph = graph_of(path)
    assert len(graph.states) >= 6 and all(node.op != "gather" or node.outputs for node in graph.nodes)
    compare(path, 40)


@pytest.mark.parametrize("rounding", [Rounding.FLOAT32, Rounding.TWICE])
def test_the_c_of_a_network_equals_its_simulation_from_the_first_frame(tmp_path, rounding):
    for functions in ([small_network()], ring()):
        graph = graph_of(write(tmp_path / "net.tflite", *functions), rounding)
        folder = tmp_path / f"{rounding}{len(functions)}"
        rng = np.random.default_rng(7)
        frames = [[rng.normal(0, 2, graph.tensors[graph.inputs[0]].size)] for _ in range(6)]
        simulator = Simulator(graph)
        for (found, _), (x,) in zip(run_both(graph, folder, frames), frames, strict=True):
            (expected,) = simulator.step(x.astype(np.float32))
            np.testing.assert_array_equal(found[graph.outputs[0]], expected)


def test_a_state_of_codes_begins_at_its_zero_point(tmp_path):
    graph = graph_of(write(tmp_path / "x.tflite", *ring()))
    simulator = Simulator(graph)
    (start,) = simulator.state.values()
    assert (start == -7).all()
    (silent,) = simulator.step(np.zeros(4, np.float32))
    np.testing.assert_array_equal(silent, np.zeros(4, np.float32))


def test_the_two_roundings_give_different_bits(tmp_path):
    path = write(tmp_path / "x.tflite", small_network())
    rng = np.random.default_rng(8)
    once, twice = (Simulator(graph_of(path, rounding)) for rounding in (Rounding.FLOAT32, Rounding.TWICE))
    frames = rng.normal(0, 1.5, (200, 60)).astype(np.float32)
    assert any((once.step(x)[0] != twice.step(x)[0]).any() for x in frames)


def test_what_has_no_integer_form_is_computed_in_float_between_conversions(tmp_path):
    parts = [
        quantized("x", (1, 8), 0.05, 3),
        quantized("z", (1, 8), 0.04, -6),
        quantized("least", (1, 8), 0.05, 3),
        quantized("y", (1, 8), 0.1, 2),
    ]
    steps = [
        Step("MINIMUM", ["x", "z"], ["least"]),
        Step("DIV", ["least", "z"], ["y"], "DivOptions", {}),
    ]
    graph = graph_of(write(tmp_path / "x.tflite", Function(parts, steps, ["x", "z"], ["y"])))
    ops = [node.op for node in graph.nodes]
    assert ops.count("binary") == 2 and ops.count("convert") >= 6
    x, z = np.float32([2, -1, 3, 1.5, 0.5, -2, 4, 1]), np.float32([1, 2, 2, -1, 1.5, 1, -3, 2])
    (y,) = Simulator(graph).step(x, z)
    assert np.abs(y - np.minimum(x, z) / z).max() < 0.1


def test_layers_of_16_bits_keep_their_codes(tmp_path):
    rng = np.random.default_rng(9)
    codes = rng.integers(-127, 128, (5, 12)).astype(np.int8)
    scales = tuple(float(scale) for scale in np.float32(rng.uniform(0.002, 0.004, 5)))
    biases = rng.integers(-(10**6), 10**6, 5)
    parts = [
        quantized("x", (1, 12), 1e-4, 0, "int16"),
        constant("w", codes, "int8", scales),
        constant("b", biases, "int64", tuple(1e-4 * scale for scale in scales)),
        quantized("y", (1, 5), 2e-4, 0, "int16"),
    ]
    dense = [Step("FULLY_CONNECTED", ["x", "w", "b"], ["y"], "FullyConnectedOptions", {})]
    path = write(tmp_path / "x.tflite", Function(parts, dense, ["x"], ["y"]))
    graph, other = graph_of(path), graph_of(path, Rounding.TWICE)
    layer, short = (next(node for node in of.nodes if node.op == "linear") for of in (graph, other))
    assert layer.precision == "w8a16" and layer.constants["multiplier"].max() >= 2**30
    assert short.constants["multiplier"].max() < 2**15
    x = rng.integers(-20000, 20000, 12)
    (y,) = Simulator(graph).step(np.float32(x * 1e-4))
    exact = (codes.astype(np.int64) @ x + biases) * (1e-4 * np.array(scales) / 2e-4)
    assert np.abs(y / 2e-4 - exact).max() < 1.0


def wide_network():
    """Gates, sums, products, a mean, a dense layer and a softmax in int16, as a recurrent cell has them."""
    rng = np.random.default_rng(10)
    codes = rng.integers(-127, 128, (6, 12)).astype(np.int8)
    scales = tuple(float(scale) for scale in np.float32(rng.uniform(0.002, 0.004, 6)))
    wide = {
        "x": 1.3e-4,
        "z": 2.0**-12,
        "sum": 1.6e-4,
        "gate": 2.0**-15,
        "rest": 3.1e-5,
        "candidate": 2.0**-15,
    }
    wide |= {"kept": 1.1e-4, "mixed": 1.4e-4}
    parts = [quantized(name, (1, 5, 12), scale, 0, "int16") for name, scale in wide.items()]
    parts += [
        constant("one", np.array(32767, np.int16), "int16", (1 / 32767,)),
        constant("axis", [1]),
        quantized("mean", (1, 12), 6e-5, 0, "int16"),
        constant("w", codes, "int8", scales),
        constant("b", rng.integers(-(10**5), 10**5, 6), "int64", tuple(6e-5 * scale for scale in scales)),
        quantized("scores", (1, 6), 1e-4, 0, "int16"),
        quantized("y", (1, 6), 2.0**-15, 0, "int16"),
    ]
    dense = {"QuantizedBiasType": TYPES["int64"]}
    steps = [
        Step("ADD", ["x", "x"], ["z"], "AddOptions", {}),
        Step("ADD", ["x", "z"], ["sum"], "AddOptions", {}),
        Step("LOGISTIC", ["sum"], ["gate"]),
        Step("SUB", ["one", "gate"], ["rest"], "SubOptions", {}),
        Step("TANH", ["z"], ["candidate"]),
        Step("MUL", ["rest", "candidate"], ["kept"], "MulOptions", {}),
        Step("ADD", ["kept", "x"], ["mixed"], "AddOptions", {}),
        Step("MEAN", ["mixed", "axis"], ["mean"], "ReducerOptions", {"KeepDims": False}),
        Step("FULLY_CONNECTED", ["mean", "w", "b"], ["scores"], "FullyConnectedOptions", dense),
        Step("SOFTMAX", ["scores"], ["y"], "SoftmaxOptions", {"Beta": 1.0}),
    ]
    return Function(parts, steps, ["x"], ["y"])


def test_16_bits_give_the_bits_of_litert(tmp_path):
    path = write(tmp_path / "wide.tflite", wide_network())
    # Floats go in and out, and are what the constant is written as.
    assert [node.op for node in graph_of(path).nodes].count("convert") == 3
    assert compare(path, 100, level=200.0) > 300
