import numpy as np
import pytest
from networks import magnitudes, small_graph

from ossicle.graph.calibration import Moments
from ossicle.graph.operator import Matrix
from ossicle.graph.types import Tensor
from ossicle.metrics.signal import snr
from ossicle.numerics.formats import PRECISIONS
from ossicle.quantization import calibrate, quantize
from ossicle.quantization.integer import integer_constants
from ossicle.quantization.rounding import round_to_fit
from ossicle.simulate import Simulator


def layer(seed=0, rows=24, columns=40):
    """A weight, and operands that move together as those of a network do."""
    rng = np.random.default_rng(seed)
    mixing = rng.normal(0, 1, (8, columns)) * rng.gamma(1, 1, columns)
    return rng.normal(0, 0.1, (rows, columns)), rng.normal(0, 1, (500, 8)) @ mixing + rng.normal(
        0, 0.1, columns
    )


def nearest(weight, scale, largest):
    return np.clip(np.rint(weight / scale[:, None]), -largest, largest)


def moment(operand):
    return operand.T @ operand / len(operand)


@pytest.mark.parametrize("largest", [7, 127])
def test_rounding_to_fit_has_less_error_on_other_operands_of_the_kind(largest):
    weight, operand = layer()
    scale = np.abs(weight).max(axis=1) / largest
    fitted = round_to_fit(weight, scale, largest, moment(operand[:250]))
    errors = [
        np.square(operand[250:] @ (weight - codes * scale[:, None]).T).sum()
        for codes in (nearest(weight, scale, largest), fitted)
    ]
    assert errors[1] < 0.5 * errors[0]
    assert np.abs(fitted).max() <= largest and (fitted == np.rint(fitted)).all()


def test_without_correlation_rounding_to_fit_is_rounding_to_the_nearest():
    weight, _ = layer()
    scale = np.abs(weight).max(axis=1) / 7
    codes = round_to_fit(weight, scale, 7, np.eye(weight.shape[1]))
    np.testing.assert_array_equal(codes, nearest(weight, scale, 7))


@pytest.mark.parametrize("operand", [np.zeros((10, 40)), np.ones((1, 40))], ids=["silence", "one frame"])
def test_operands_without_information_do_no_harm(operand):
    weight, _ = layer()
    scale = np.abs(weight).max(axis=1) / 127
    codes = round_to_fit(weight, scale, 127, moment(operand))
    assert np.abs(codes * scale[:, None] - weight).max() < 3 * scale.max()


def test_moments_are_those_of_the_values_and_fit_rounding_even_where_columns_are_copies():
    rng = np.random.default_rng(3)
    values = np.repeat(rng.normal(0, [0, 1e-5, 3.0, 100.0], (200, 4)), 50, axis=1).astype(np.float32)
    moments = Moments.of(values[None], values[None])
    found, expected = moments.second_moment(0), moment(values.astype(np.float64))
    unit = np.sqrt(np.maximum(np.outer(np.diag(expected), np.diag(expected)), 1e-30))
    assert np.abs((found - expected) / unit).max() < 1.1e-3
    np.testing.assert_allclose(moments.mean[0], values.mean(axis=0), rtol=1e-4, atol=1e-9)
    weight = rng.normal(0, 1, (5, 200))
    assert np.isfinite(round_to_fit(weight, np.full(5, 0.03), 127, found)).all()


def test_of_wide_operands_the_powers_alone_are_kept():
    values = np.random.default_rng(0).normal(0, 1, (1, 5, 1025)).astype(np.float32)
    moments = Moments.of(values, values)
    assert moments.correlation.size == 0
    np.testing.assert_array_equal(moments.second_moment(0), np.diag(np.diag(moments.second_moment(0))))


def test_the_bias_of_a_dense_layer_makes_up_for_what_8_bits_lose_of_small_values():
    rng = np.random.default_rng(1)
    values = rng.gamma(0.2, 1.0, (2000, 40)).astype(np.float32)
    constants = {"weight": rng.random((5, 40)), "bias": np.zeros(5)}
    operand = Tensor.affine_s8((40,), 0.0, values.max() * 4)
    codes = np.clip(np.rint(values / operand.scale) + operand.zero_point, -128, 127)
    rounded = ((codes - operand.zero_point) * operand.scale).astype(np.float32)
    for s8, least, most in ((values, 0.05, np.inf), (rounded, 0.0, 0.01)):
        moments = Moments.of(values[None], s8[None])
        integer = integer_constants(Matrix("", 0), constants, PRECISIONS["w8a8"], operand, 2.0**-12, moments)
        sums = codes @ integer["weight"].T.astype(np.int64) + integer["bias"]
        results = sums * (integer["multiplier"] / 2.0 ** integer["shift"]) * 2.0**-12
        bias = np.abs((results - values @ constants["weight"].T).mean(axis=0)).max()
        assert least <= bias <= most


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_a_network_of_four_bits_gains_by_it_on_frames_that_it_was_not_fitted_to(cell):
    graph = small_graph(cell, hidden=32)
    calibration = calibrate(graph, [magnitudes(graph, 300, seed) for seed in (1, 2)])
    frames = magnitudes(graph, 300, seed=9)

    def masks(quantized):
        simulator = Simulator(quantized)
        return np.stack([simulator.step(frame)[0] for frame in frames])

    reference = masks(graph)
    to_nearest, fitted = (
        snr(masks(quantize(graph, "w4a16", of)), reference)
        for of in (calibration.without_moments(), calibration)
    )
    assert fitted > to_nearest
