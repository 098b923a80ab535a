import numpy as np
import pytest
from networks import frames_model, magnitudes, random_cell, small_graph, small_model

from ossicle.errors import OssicleError
from ossicle.graph import Calibration, Node, State
from ossicle.graph.types import Tensor
from ossicle.metrics.signal import snr
from ossicle.numerics.formats import DType
from ossicle.quantization import SCHEMES, calibrate, quantize
from ossicle.quantization.calibrate import collect_activations
from ossicle.simulate import Simulator


def masks(graph, frames):
    simulator = Simulator(graph)
    return np.stack([simulator.step(frame)[0] for frame in frames])


@pytest.mark.parametrize("cell", ["gru", "lstm"])
@pytest.mark.parametrize(
    ("scheme", "floor_db"),
    [("fp32", 200), ("fp16", 55), ("w8a16", 35), ("w4a16", 15), ("w16a16", 50), ("mixed", 30), ("int8", 20)],
)
def test_each_scheme_stays_close_to_float(cell, scheme, floor_db):
    model = small_model(cell)
    frames = magnitudes(model.graph, 200, seed=5)
    reference = masks(model.graph, frames)
    assert snr(masks(quantize(model.graph, scheme, model.calibration), frames), reference) > floor_db


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_mixed_is_int8_in_the_recurrent_layers_and_fp16_elsewhere(cell):
    model = small_model(cell)
    graph = quantize(model.graph, "mixed", model.calibration)
    precisions = {node.name: node.precision for node in graph.nodes if node.op != "convert"}
    assert precisions == {
        "fc_in": "fp16",
        "rnn0": "w8a8",
        "rnn1": "w8a8",
        "fc_mid": "fp16",
        "fc_out": "fp16",
    }
    recurrent = next(node for node in graph.nodes if node.name == "rnn1")
    assert recurrent.constants["weight_hh"].dtype == np.int8
    assert graph.tensors["rnn1_h"].dtype == DType.S16


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_ends_of_a_quantized_graph_stay_float(scheme):
    model = small_model("gru")
    graph = quantize(model.graph, scheme, model.calibration)
    assert graph.tensors[graph.inputs[0]].dtype == graph.tensors[graph.outputs[0]].dtype == DType.F32


def test_unknown_schemes_quantized_models_and_missing_calibration_are_refused():
    model = small_model("gru")
    with pytest.raises(OssicleError, match="no scheme 'int4'; choose one of fp32, fp16, int8, mixed, w8a16"):
        quantize(model.graph, "int4", model.calibration)
    with pytest.raises(OssicleError, match="quantized already"):
        quantize(quantize(model.graph, "int8", model.calibration), "int8", model.calibration)
    with pytest.raises(OssicleError, match="no calibration of magnitude"):
        quantize(model.graph, "mixed", Calibration())


def test_calibration_carries_the_state_and_resets_it_for_each_clip():
    graph = small_graph("gru")
    clip = magnitudes(graph, 40)
    seen = calibrate(graph, [clip]).spans["rnn0_h"]
    assert seen.low < -0.1 and seen.high > 0.1
    seen = calibrate(graph, np.split(clip, len(clip))).spans["rnn0_h"]
    assert (seen.low, seen.high) == (0.0, 0.0)


def test_clips_of_any_length_are_measured_as_if_each_ran_alone():
    graph = small_graph("lstm")
    clips = [magnitudes(graph, frames, seed=frames) for frames in (7, 30, 1)]
    together = collect_activations(graph, clips)
    alone = [collect_activations(graph, [clip]) for clip in clips]
    for name, values in together.items():
        assert len(values) == 38
        expected = np.concatenate([one[name] for one in alone])
        np.testing.assert_allclose(np.sort(values, axis=0), np.sort(expected, axis=0), atol=1e-5)


def test_an_empty_calibration_is_refused():
    graph = small_graph("gru")
    for clips in ([], [np.zeros((0, graph.task.stft.bins))]):
        with pytest.raises(OssicleError, match="at least one"):
            calibrate(graph, clips)


def test_products_of_one_layer_may_differ_and_a_tensor_takes_the_finest_type_that_is_read():
    model = small_model("lstm")
    precisions = {
        "fc_in": "w8a8",
        "rnn0": "w8a8+w8a16",
        "rnn1": "w4a16+w8a8",
        "fc_mid": "w8a16",
        "fc_out": "fp16",
    }
    graph = quantize(model.graph, precisions, model.calibration)
    types = {name: tensor.dtype for name, tensor in graph.tensors.items()}
    assert (types["magnitude_s8"], types["fc_in_y"]) == (DType.S8, DType.S8)
    nodes = {node.name: node for node in graph.nodes}
    assert tuple(nodes["rnn0"].inputs.values()) == ("fc_in_y", "rnn0_h", "rnn0_h", "rnn0_c")
    assert tuple(nodes["rnn1"].inputs.values()) == ("rnn0_h_next", "rnn1_h_s8", "rnn1_h", "rnn1_c")
    assert np.abs(nodes["rnn1"].constants["weight_ih"]).max() == 7
    assert types["fc_mid_y"] == DType.S16
    frames = magnitudes(model.graph, 200, seed=5)
    assert snr(masks(graph, frames), masks(model.graph, frames)) > 15


@pytest.mark.parametrize("wrong", ["w8a8+fp16", "fp16+fp32", "w8a8+w8a8+w8a8", "w3a16"])
def test_a_precision_that_does_not_exist_is_refused(wrong):
    model = small_model("gru")
    precisions = {node.name: wrong if node.op == "gru" else "fp16" for node in model.graph.nodes}
    with pytest.raises(OssicleError, match="precision"):
        quantize(model.graph, precisions, model.calibration)


@pytest.mark.parametrize(("low", "high"), [(0.0, 5.0), (-3.0, 1.0), (2.0, 5.0), (-2.0, -1.0), (0.0, 0.0)])
def test_an_affine_int8_spans_its_range_and_holds_zero(low, high):
    tensor = Tensor.affine_s8((1,), low, high)
    codes = np.array([-128, 127])
    ends = tensor.scale * (codes - tensor.zero_point)
    assert -128 <= tensor.zero_point <= 127
    assert ends[0] <= min(low, 0) + tensor.scale
    assert ends[1] >= max(high, 0) - tensor.scale


def test_a_cell_of_an_lstm_is_no_output_in_integers():
    ports = {"x": "x", "h_operand": "h", "h": "h", "c": "c"}
    after = {"h_next": "h_next", "c_next": "c_next"}
    layer = Node("lstm", "rnn", ports, after, random_cell(np.random.default_rng(0), 4, 3, 5))
    shapes = {"x": (3,), **dict.fromkeys(("h", "c", "h_next", "c_next"), (5,))}
    states = [State("h", "h_next"), State("c", "c_next")]
    model = frames_model("cells", [layer], shapes, ("x",), ("h_next", "c_next"), states)
    assert len(quantize(model.graph, "fp16", model.calibration).outputs) == 2
    with pytest.raises(OssicleError, match="'c_next' is the cell of an LSTM"):
        quantize(model.graph, "int8", model.calibration)
