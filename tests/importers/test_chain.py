"""Two networks in a chain: the model is what both compute, each in its own engine."""

from importlib.util import find_spec

import numpy as np
import pytest
from foreign import graph_of, write_onnx
from onnx import helper
from tflite_files import Function, Part, Step, constant, write

import ossicle
from ossicle.audio.stft import StftConfig, istft, stft
from ossicle.errors import OssicleError
from ossicle.metrics.signal import snr

SAMPLES, BINS, WIDTH = 64, 33, 6
RNG = np.random.default_rng(4)
needs_engine = pytest.mark.skipif(not find_spec("onnxruntime"), reason="needs onnxruntime")
FRONT_END = f"""
task = "suppression"

[transform]
sample_rate = 16000
window = {SAMPLES}
hop = {SAMPLES // 4}
n_fft = {SAMPLES}
analysis = "rectangular"
synthesis = "rectangular"
overlap = "plain"

[[inputs]]
kind = "samples"

[output]
kind = "samples"
"""


def floats(*shape):
    return (RNG.normal(size=shape) / 3).astype(np.float32)


def part(path, size, last):
    """A GRU with its state and a dense layer, from values to as many."""
    nodes = [
        helper.make_node(
            "GRU",
            ["x", "w", "r", "", "", "h"],
            ["g", "h_out"],
            "layer",
            hidden_size=WIDTH,
            linear_before_reset=1,
        ),
        helper.make_node("Squeeze", ["g", "axis"], ["s"], "flat"),
        helper.make_node("MatMul", ["s", "d"], ["p"], "product"),
        helper.make_node(last, ["p"], ["y"], "last"),
    ]
    constants = {"w": floats(1, 3 * WIDTH, size), "r": floats(1, 3 * WIDTH, WIDTH), "d": floats(WIDTH, size)}
    constants["axis"] = np.array([1], np.int64)
    ends = {"x": (1, 1, size), "h": (1, 1, WIDTH)}
    return write_onnx(path, graph_of(nodes, ends, ["y", "h_out"], constants))


@pytest.fixture
def parts(tmp_path):
    return part(tmp_path / "net_1.onnx", BINS, "Sigmoid"), part(tmp_path / "net_2.onnx", SAMPLES, "Tanh")


@needs_engine
def test_the_whole_agrees_with_both_engines_node_by_node(parts):
    model = ossicle.import_network(parts, steps=20)
    assert model.graph.name == "net" and len(model.graph.states) == 2
    assert model.proof.engine.startswith("onnxruntime ") and model.proof.snr_db > 90
    nodes = {one.node for one in model.proof.nodes}
    assert nodes >= {"part1/layer", "part1/last", "part2/layer", "part2/last"}
    functions = [node.attributes["function"] for node in model.graph.nodes if node.op == "fourier"]
    assert functions == ["rfft", "irfft"]


@needs_engine
def test_sound_goes_through_both_networks(tmp_path, parts):
    """The C against the networks in their engine, between transforms in NumPy."""
    import onnxruntime

    (tmp_path / "net.toml").write_text(FRONT_END)
    model = ossicle.import_network(parts, front_end=tmp_path / "net.toml", steps=0)
    signal = RNG.uniform(-0.5, 0.5, 40 * SAMPLES).astype(np.float32)
    found = ossicle.compile(model).denoise(signal)

    config = StftConfig(16000, SAMPLES, SAMPLES // 4, SAMPLES, "rectangular", "rectangular", "plain")
    sessions = [onnxruntime.InferenceSession(str(path)) for path in parts]
    states = [np.zeros((1, 1, WIDTH), np.float32)] * 2
    frames = []
    for spectrum in stft(signal, config):
        mask, states[0] = sessions[0].run(None, {"x": np.abs(spectrum)[None, None], "h": states[0]})
        masked = np.fft.irfft(spectrum * mask.reshape(-1), SAMPLES).astype(np.float32)
        clean, states[1] = sessions[1].run(None, {"x": masked[None, None], "h": states[1]})
        frames.append(np.fft.rfft(clean.reshape(-1)))
    assert snr(found, istft(np.array(frames, np.complex64), config, len(signal))) > 90


def test_parts_in_the_wrong_order_are_refused(parts):
    with pytest.raises(
        OssicleError, match="it must take and give one for each of the 17 bins: check the order"
    ):
        ossicle.import_network(parts[::-1], steps=0)


@pytest.mark.parametrize(
    ("names", "more", "sentence"),
    [
        ("121", {}, "a chain has 2 parts, not 3"),
        ("12", {"constants": {"x": 1}}, "--set and --shape are for a single file"),
        ("12", {"states": {"k": "k_out"}}, "no part has an input 'k'"),
    ],
)
def test_a_chain_that_cannot_be_made_is_refused(parts, names, more, sentence):
    with pytest.raises(OssicleError, match=sentence):
        ossicle.import_network([parts[int(name) - 1] for name in names], steps=0, **more)


def test_a_front_end_that_sets_inputs_is_not_for_a_chain(parts, tmp_path):
    (tmp_path / "chain.toml").write_text(FRONT_END + "[network]\nset = { x = 1 }\n")
    with pytest.raises(OssicleError, match=r"and so is \[network\] of a front end"):
        ossicle.import_network(parts, front_end=tmp_path / "chain.toml", steps=0)


def tflite_part(path, size, activation):
    """A dense layer and an activation, from values to as many."""
    parts = [
        Part("x", (1, size), "float32"),
        constant("w", floats(size, size), "float32"),
        constant("b", floats(size), "float32"),
        Part("z", (1, size), "float32"),
        Part("y", (1, size), "float32"),
    ]
    steps = [
        Step("FULLY_CONNECTED", ["x", "w", "b"], ["z"], "FullyConnectedOptions", {}),
        Step(activation, ["z"], ["y"]),
    ]
    return write(path, Function(parts, steps, ["x"], ["y"]))


def test_parts_may_be_files_of_tflite(tmp_path):
    pytest.importorskip("ai_edge_litert")
    first = tflite_part(tmp_path / "net_1.tflite", BINS, "LOGISTIC")
    second = tflite_part(tmp_path / "net_2.tflite", SAMPLES, "TANH")
    proof = ossicle.import_network([first, second], steps=20).proof
    assert proof.engine.startswith("ai-edge-litert ") and proof.snr_db > 90
