import numpy as np
import pytest
from networks import magnitudes, small_graph

from ossicle.graph.ops import Matrix
from ossicle.graph.types import PRECISIONS, Tensor
from ossicle.metrics.signal import snr
from ossicle.quantize import calibrate, quantize, record
from ossicle.quantize.integer import integer_constants
from ossicle.quantize.rounding import round_to_fit, round_to_nearest
from ossicle.simulate import Simulator


def layer(seed=0, rows=24, columns=40):
    """A weight, and operands that move together as those of a network do."""
    rng = np.random.default_rng(seed)
    mixing = rng.normal(0, 1, (8, columns)) * rng.gamma(1, 1, columns)
    return rng.normal(0, 0.1, (rows, columns)), rng.normal(0, 1, (500, 8)) @ mixing + rng.normal(
        0, 0.1, columns
    )


@pytest.mark.parametrize("largest", [7, 127])
def test_rounding_to_fit_has_less_error_on_other_operands_of_the_kind(largest):
    weight, operand = layer()
    scale = np.abs(weight).max(axis=1) / largest
    nearest = round_to_nearest(weight, scale, largest)
    fitted = round_to_fit(weight, scale, largest, operand[:250])
    errors = [
        np.square(operand[250:] @ (weight - codes * scale[:, None]).T).sum() for codes in (nearest, fitted)
    ]
    assert errors[1] < 0.5 * errors[0]
    for codes in (nearest, fitted):
        assert np.abs(codes).max() <= largest and (codes == np.rint(codes)).all()


def test_without_correlation_rounding_to_fit_is_rounding_to_the_nearest():
    weight, _ = layer()
    scale = np.abs(weight).max(axis=1) / 7
    codes = round_to_fit(weight, scale, 7, np.eye(weight.shape[1]))
    np.testing.assert_array_equal(codes, round_to_nearest(weight, scale, 7))


@pytest.mark.parametrize("operand", [np.zeros((10, 40)), np.ones((1, 40))], ids=["silence", "one frame"])
def test_operands_without_information_do_no_harm(operand):
    weight, _ = layer()
    scale = np.abs(weight).max(axis=1) / 127
    codes = round_to_fit(weight, scale, 127, operand)
    assert np.abs(codes * scale[:, None] - weight).max() < 3 * scale.max()


def test_the_bias_of_a_dense_layer_makes_up_for_what_8_bits_lose_of_small_values():
    rng = np.random.default_rng(1)
    values = rng.gamma(0.2, 1.0, (2000, 40))
    constants = {"weight": rng.random((5, 40)), "bias": np.zeros(5)}
    operand = Tensor.affine_s8(40, 0.0, values.max() * 4)
    for given, least, most in ((None, 0.05, np.inf), (values, 0.0, 0.01)):
        integer = integer_constants(Matrix("", 0), constants, PRECISIONS["w8a8"], operand, 2.0**-12, given)
        codes = np.clip(np.rint(values / operand.scale) + operand.zero_point, -128, 127)
        sums = codes @ integer["weight"].T.astype(np.int64) + integer["bias"]
        results = sums * (integer["multiplier"] / 2.0 ** integer["shift"]) * 2.0**-12
        bias = np.abs((results - values @ constants["weight"].T).mean(axis=0)).max()
        assert least <= bias <= most


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_a_network_of_four_bits_gains_by_it_on_frames_that_it_was_not_fitted_to(cell):
    graph = small_graph(cell, hidden=32)
    clips = [magnitudes(graph, 300, seed) for seed in (1, 2)]
    calibration, values = calibrate(graph, clips), record(graph, clips)
    frames = magnitudes(graph, 300, seed=9)

    def masks(quantized):
        simulator = Simulator(quantized)
        return np.stack([simulator.step(frame) for frame in frames])

    reference = masks(graph)
    nearest, fitted = (
        snr(masks(quantize(graph, "w4a16", calibration, values=given)), reference) for given in (None, values)
    )
    assert fitted > nearest
