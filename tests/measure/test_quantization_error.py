import numpy as np
import pytest
from networks import magnitudes, small_graph

from ossicle.measure.quantization_error import node_errors, tensor_errors, weight_errors
from ossicle.measure.sensitivity import SensitivityContext
from ossicle.numerics.formats import DType
from ossicle.quantization import Ranges, calibrate, quantize
from ossicle.quantization.schemes import scheme_precisions


@pytest.fixture(scope="module")
def context():
    graph = small_graph("lstm")
    return SensitivityContext.of(graph, [magnitudes(graph, 200, seed) for seed in (1, 2)])


def accounts(context, scheme, ranges=None):
    clips = list(context.error.inputs[0].transpose(1, 0, 2))
    quantized = quantize(context.graph, scheme, calibrate(context.graph, clips, ranges))
    return {row.tensor: row for row in tensor_errors(context.graph, quantized, clips)}


def test_every_stored_tensor_is_compared_with_its_float_self(context):
    rows = accounts(context, "int8")
    assert set(rows) == {
        "magnitude_s8", "fc_in_y", "rnn0_h_s8", "rnn0_h_next", "rnn0_h_next_s8", "rnn0_c_next",
        "rnn1_h_s8", "rnn1_h_next", "rnn1_h_next_s8", "rnn1_c_next", "fc_mid_y", "mask",
    }  # fmt: skip
    assert rows["magnitude_s8"].dtype == DType.S8 and rows["mask"].dtype == DType.S16
    finer = accounts(context, "w8a16")
    assert finer["magnitude_s16"].sqnr_db > rows["magnitude_s8"].sqnr_db + 30
    assert finer["mask"].sqnr_db > rows["mask"].sqnr_db


def test_clipping_and_unused_bits_are_seen(context):
    clipping = accounts(context, "int8", Ranges(dense="std3"))["magnitude_s8"]
    wasting = accounts(context, "int8", Ranges(dense="minmax"))["magnitude_s8"]
    [values] = context.error.inputs
    limit = values.mean() + 3 * values.std()
    assert clipping.clipped == pytest.approx(np.mean(values > limit), rel=0.1)
    assert wasting.clipped == 0
    assert clipping.bits_used == 8 and wasting.bits_used < 7.5


def test_weights_are_compared_as_they_are_stored(context):
    rows = {}
    for scheme in ("fp32", "fp16", "w8a16", "w4a16"):
        quantized = quantize(context.graph, scheme, context.calibration)
        rows[scheme] = {row.weight: row for row in weight_errors(context.graph, quantized)}
    assert rows["w4a16"]["rnn1.weight_hh"].precision == "w4a16"
    assert rows["fp32"]["fc_in.weight"].sqnr_db == np.inf
    assert rows["fp16"]["rnn0.weight_ih"].sqnr_db > 65
    assert 38 < rows["w8a16"]["rnn0.weight_ih"].sqnr_db < 50
    assert 12 < rows["w4a16"]["rnn0.weight_ih"].sqnr_db < 25


def test_each_node_is_judged_alone(context):
    precisions = scheme_precisions(context.graph, "int8") | {"fc_out": "fp32"}
    rows = {row.node: row for row in node_errors(context, precisions)}
    assert list(rows) == ["fc_in", "rnn0", "rnn1", "fc_mid", "fc_out"]
    assert rows["fc_out"].error_db == -np.inf
    assert -90 < rows["fc_in"].error_db < -10
