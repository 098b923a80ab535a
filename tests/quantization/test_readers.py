"""Ranges that cost the nodes that read a tensor too much are searched; what no int8 suits is named."""

import numpy as np
import pytest
from networks import ACTIVATIONS, magnitudes, small_graph

from ossicle.graph import Graph, Node, Tensor, check
from ossicle.graph.calibration import HEADROOM
from ossicle.graph.file import load_model, save_model
from ossicle.graph.model import Model
from ossicle.metrics.signal import snr
from ossicle.quantization import Ranges, calibrate, quantize
from ossicle.simulate import Simulator
from ossicle.tasks.frames.record import Frames

SIZE = 8
FRAMES = 400


def dense_graph(activation, size=SIZE):
    """A dense layer each of whose rows takes one value."""
    constants = {"weight": np.eye(4, size, dtype=np.float32), "bias": np.zeros(4, np.float32)}
    node = Node("linear", "layer", {"x": "x"}, {"y": "y"}, constants, ACTIVATIONS[activation])
    graph = Graph("heavy", Frames(), ("x",), ("y",), (), {"x": Tensor((size,)), "y": Tensor((4,))}, (node,))
    check(graph)
    return graph


def bursts(largest, seed=0):
    """Frames of about 1, and rare ones up to ``largest``."""
    rng = np.random.default_rng(seed)
    frames = rng.normal(0, 1.0, (FRAMES, SIZE)).astype(np.float32)
    frames[::40] *= largest
    return frames


def outputs(graph, frames):
    simulator = Simulator(graph)
    return np.stack([simulator.step(frame)[0] for frame in frames])


@pytest.mark.parametrize(("scheme", "largest"), [("int8", 300.0), ("w8a16", 1e6)])
def test_what_saturates_in_a_layer_is_clamped_before_it(scheme, largest):
    graph, frames = dense_graph("sigmoid"), bursts(largest)
    calibration = calibrate(graph, [frames])
    span = calibration.spans["x"]
    reach = {"int8": span.s8_high, "w8a16": span.s16 / HEADROOM}[scheme]
    assert reach < 0.1 * span.high and (scheme == "w8a16" or not calibration.wide)
    plain = quantize(graph, scheme, calibrate(graph, [frames], Ranges(dense="minmax")))
    fitted = quantize(graph, scheme, calibration)
    soft = [frame for frame in range(FRAMES) if frame % 40]
    exact = outputs(graph, frames)[soft]
    plain_db, fitted_db = (snr(outputs(of, frames)[soft], exact) for of in (plain, fitted))
    assert fitted_db > 25
    assert scheme == "w8a16" or fitted_db > plain_db + 10


def test_an_operand_that_no_int8_suits_has_16_bits_in_int8():
    graph, frames = dense_graph("none"), bursts(1000.0)
    calibration = calibrate(graph, [frames])
    assert calibration.wide == {"layer.weight"}
    quantized = quantize(graph, "int8", calibration)
    assert [node.precision for node in quantized.nodes if node.op == "linear"] == ["w8a16"]
    forced = quantize(graph, {"layer": "w8a8"}, calibration)
    assert [node.precision for node in forced.nodes if node.op == "linear"] == ["w8a8"]


def test_ranges_that_suffice_and_those_of_another_rule_stay():
    graph = small_graph("gru")
    clips = [magnitudes(graph, 200)]
    calibration = calibrate(graph, clips)
    assert not calibration.wide
    for span in calibration.spans.values():
        assert span.s16 == HEADROOM * max(-span.low, span.high)
    heavy = dense_graph("sigmoid")
    span = calibrate(heavy, [bursts(300.0)], Ranges(dense="minmax")).spans["x"]
    assert (span.s8_low, span.s8_high) == (span.low, span.high)


def test_a_model_file_keeps_the_fitted_ranges(tmp_path):
    graph = dense_graph("none")
    calibration = calibrate(graph, [bursts(1000.0)])
    save_model(Model(graph, calibration), tmp_path / "heavy.ossicle")
    read = load_model(tmp_path / "heavy.ossicle").calibration
    assert read.spans == calibration.spans and read.wide == calibration.wide
