import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import magnitudes, small_graph

from ossicle.errors import OssicleError
from ossicle.graph.types import Tensor
from ossicle.numerics.formats import DType
from ossicle.quantization import calibrate, collect_activations, quantize
from ossicle.quantization.histogram import Histogram
from ossicle.quantization.ranges import RULES, Ranges, bounds


def heavy_tailed(size=200_000, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal(size) * rng.gamma(0.3, 1.0, size)


@given(st.integers(0, 2**32 - 1))
def test_a_histogram_has_the_moments_and_quantiles_of_the_values(seed):
    values = heavy_tailed(5000, seed)
    seen = Histogram.of(values)
    width = (seen.high - seen.low) / 4096
    assert (seen.low, seen.high) == (values.min(), values.max())
    assert seen.counts.sum() == values.size
    assert abs(seen.mean - values.mean()) <= width
    assert abs(seen.std - values.std()) <= width
    for share in (0.01, 0.5, 0.9):
        below = np.mean(values <= seen.quantile(share) + width)
        assert below >= share - 1e-3 and np.mean(values < seen.quantile(share) - width) <= share + 1e-3


def test_values_that_are_all_the_same_have_a_histogram():
    seen = Histogram.of(np.full(7, 0.25))
    assert (seen.low, seen.high, seen.counts.sum()) == (0.25, 0.25, 7)
    for rule in RULES.values():
        low, high = rule(seen)
        assert low <= high


def test_each_rule_keeps_what_it_says():
    values = heavy_tailed()
    seen = Histogram.of(values)
    assert RULES["minmax"](seen) == (values.min(), values.max())
    low, high = RULES["std3"](seen)
    assert (low, high) == pytest.approx(
        (values.mean() - 3 * values.std(), values.mean() + 3 * values.std()), rel=0.01
    )
    low, high = RULES["percentile"](seen)
    assert np.mean(values > high) == pytest.approx(3e-4, rel=0.5)
    assert np.mean(values < low) == pytest.approx(3e-4, rel=0.5)


def squared_error(values, bounds):
    tensor = Tensor.affine_s8((1,), *bounds)
    codes = np.clip(np.rint(values / tensor.scale) + tensor.zero_point, -128, 127)
    return np.mean((tensor.scale * (codes - tensor.zero_point) - values) ** 2)


@pytest.mark.parametrize(
    "values", [heavy_tailed(), np.abs(heavy_tailed()), np.random.default_rng(1).random(9999)]
)
def test_the_rule_of_least_error_is_no_worse_than_the_others(values):
    seen = Histogram.of(values)
    errors = {name: squared_error(values, rule(seen)) for name, rule in RULES.items()}
    assert errors["mse"] <= 1.02 * min(errors.values())


def test_each_kind_of_tensor_has_its_knob():
    graph = small_graph("lstm")
    clips = [magnitudes(graph, 200)]
    ranges, values = (
        Ranges(dense="percentile", rnn_input="std3", rnn_state="minmax"),
        collect_activations(graph, clips),
    )
    of = bounds(graph, calibrate(graph, clips, ranges).spans)
    rules = {"magnitude": "percentile", "fc_mid_y": "percentile", "fc_in_y": "std3", "rnn0_h": "minmax"}
    for name, rule in rules.items():
        assert of(name, DType.S8) == RULES[rule](Histogram.of(values[name]))


def test_speech_12_db_louder_than_the_calibration_does_not_clip_16_bits():
    graph = small_graph("gru")
    clip = magnitudes(graph, 200)
    quantized = quantize(graph, "w8a16", calibrate(graph, [clip]))
    loudest = {}
    for gain in (3.9, 4.2):
        codes = collect_activations(quantized, [np.float32(gain) * clip])["magnitude_s16"]
        loudest[gain] = np.abs(codes.astype(int)).max()
    assert 31000 < loudest[3.9] < 32767 and loudest[4.2] == 32767


def test_an_unknown_rule_is_refused():
    with pytest.raises(OssicleError, match="no rule 'entropy' for ranges; choose one of minmax"):
        Ranges(rnn_state="entropy")
