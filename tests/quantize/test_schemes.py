import numpy as np
import pytest
from networks import magnitudes, small_graph, small_model

from ossicle.errors import OssicleError
from ossicle.graph import DType
from ossicle.graph.types import Tensor
from ossicle.metrics.signal import snr
from ossicle.quantize import SCHEMES, calibrate, quantize
from ossicle.simulate import Simulator


def masks(graph, frames):
    simulator = Simulator(graph)
    return np.stack([simulator.step(frame) for frame in frames])


@pytest.mark.parametrize("cell", ["gru", "lstm"])
@pytest.mark.parametrize(("scheme", "floor_db"), [("fp32", 200), ("fp16", 55), ("mixed", 30), ("int8", 20)])
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
    assert graph.tensors[graph.input].dtype == graph.tensors[graph.output].dtype == DType.F32


def test_unknown_schemes_quantized_models_and_missing_calibration_are_refused():
    model = small_model("gru")
    with pytest.raises(OssicleError, match="no scheme 'int4'; choose one of fp32, fp16, int8, mixed"):
        quantize(model.graph, "int4", model.calibration)
    with pytest.raises(OssicleError, match="quantized already"):
        quantize(quantize(model.graph, "int8", model.calibration), "int8", model.calibration)
    with pytest.raises(OssicleError, match="no calibration of magnitude"):
        quantize(model.graph, "mixed", {})


def test_calibration_carries_the_state_and_resets_it_for_each_clip():
    graph = small_graph("gru")
    clip = magnitudes(graph, 40)
    low, high = calibrate(graph, [clip])["rnn0_h"]
    assert low < -0.1 and high > 0.1
    single_frames = np.split(clip, len(clip))
    assert calibrate(graph, single_frames)["rnn0_h"] == (0.0, 0.0)


def test_calibration_clips_the_rarest_values_only():
    graph = small_graph("gru")
    clip = magnitudes(graph, 2000)
    clip[7, 3] = 1000.0
    low, high = calibrate(graph, [clip])["magnitude"]
    assert low < 0.001
    assert np.quantile(clip, 0.99) < high < 100


@pytest.mark.parametrize(("low", "high"), [(0.0, 5.0), (-3.0, 1.0), (2.0, 5.0), (-2.0, -1.0), (0.0, 0.0)])
def test_an_affine_int8_spans_its_range_and_holds_zero(low, high):
    tensor = Tensor.affine_s8(1, low, high)
    codes = np.array([-128, 127])
    ends = tensor.scale * (codes - tensor.zero_point)
    assert -128 <= tensor.zero_point <= 127
    assert ends[0] <= min(low, 0) + tensor.scale
    assert ends[1] >= max(high, 0) - tensor.scale


@pytest.mark.parametrize("bound", [0.1, 0.9, 1.0, 3.7, 100.0])
def test_a_binary_int16_holds_its_bound_with_a_power_of_two_scale(bound):
    tensor = Tensor.binary_s16(1, bound)
    assert 32767 * tensor.scale >= bound
    assert np.log2(tensor.scale) % 1 == 0
    assert tensor.scale == 2.0**-15 or 32767 * tensor.scale < 2.6 * bound
