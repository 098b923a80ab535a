import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import still

from ossicle.errors import OssicleError
from ossicle.graph.operator import Matrix
from ossicle.graph.types import Tensor
from ossicle.numerics.fixed_point import fixed_point, rescale
from ossicle.numerics.formats import PRECISIONS, DType
from ossicle.quantization.integer import LARGEST_OPERAND, integer_constants


@given(st.floats(2.0**-30, 2.0**29), st.integers(-(2**31) + 1, 2**31 - 1))
def test_a_fixed_point_factor_is_exact_to_31_bits_and_rounds_once(factor, accumulator):
    multiplier, shift = fixed_point(np.array([factor]))
    assert 2**30 <= multiplier[0] < 2**31
    assert 1 <= shift[0] <= 62
    exact = accumulator * (int(multiplier[0]) / 2.0 ** int(shift[0]))
    assert abs(int(multiplier[0]) / 2.0 ** int(shift[0]) / factor - 1) <= 2.0**-31
    result = int(rescale(np.array([accumulator]), multiplier, shift)[0])
    assert abs(result - exact) <= 0.5 + abs(exact) * 2.0**-52


def test_factors_too_small_to_matter_give_zero_and_too_large_ones_are_refused():
    multiplier, shift = fixed_point(np.array([2.0**-40, 1e-30]))
    assert (rescale(np.array([2**31 - 1, -(2**31) + 1]), multiplier, shift) == 0).all()
    with pytest.raises(OssicleError, match="too fine"):
        fixed_point(np.array([2.0**31]))


@pytest.mark.parametrize("name", ["w8a8", "w8a16", "w4a16", "w16a16"])
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_the_integer_product_is_the_float_product_within_its_quantization_step(name, seed, one_sided):
    rng, precision = np.random.default_rng(seed), PRECISIONS[name]
    constants = {
        "weight": rng.normal(0, rng.uniform(0.01, 2), (7, 33)).astype(np.float32),
        "bias": rng.normal(0, 1, 7).astype(np.float32),
    }
    constants["weight"][2] = 0  # a pruned row keeps its bias
    of = Tensor.affine_s8 if precision.operand == DType.S8 else Tensor.symmetric_s16
    operand = of(33, 0.0 if one_sided else -3.0, 3.0)
    limits = np.iinfo(operand.dtype.numpy)
    codes = rng.integers(limits.min, limits.max, 33, endpoint=True)
    x = operand.scale * (codes.astype(np.float64) - operand.zero_point)
    scale = 2.0**-12
    integer = integer_constants(Matrix("", 0), constants, precision, operand, scale, still(33))
    assert np.abs(integer["weight"].astype(int)).max() <= precision.largest_weight
    accumulator = integer["weight"].astype(np.int64) @ codes + integer["bias"]
    result = rescale(accumulator, integer["multiplier"], integer["shift"]) * scale
    expected = constants["weight"].astype(np.float64) @ x + constants["bias"]
    magnitude = np.abs(constants["weight"])
    longest = magnitude.sum(axis=1) * LARGEST_OPERAND[precision.operand] / (1.25 * 2**30)
    weight_step = np.maximum(magnitude.max(axis=1) / precision.largest_weight, longest)
    allowed = weight_step / 2 * np.abs(x).sum() + weight_step * operand.scale + scale
    assert (np.abs(result - expected) <= allowed + 1e-6).all()
    assert abs(result[2] - constants["bias"][2]) <= scale


def test_weights_are_symmetric_per_row():
    weight = np.array([[1.0, -2.0], [0.001, 0.0002]], np.float32)
    constants = {"weight": weight, "bias": np.zeros(2, np.float32)}
    operand = Tensor((2,), DType.S8, 0.1)
    for name, codes in (("w8a8", [[64, -127], [127, 25]]), ("w4a16", [[4, -7], [7, 1]])):
        integer = integer_constants(Matrix("", 0), constants, PRECISIONS[name], operand, 0.01, still(2))
        np.testing.assert_array_equal(integer["weight"], codes)


def test_a_large_bias_beside_tiny_weights_stays_inside_the_accumulator():
    constants = {"weight": np.full((1, 4), 1e-12, np.float32), "bias": np.array([50.0], np.float32)}
    operand = Tensor.affine_s8((4,), 0, 20)
    integer = integer_constants(Matrix("", 0), constants, PRECISIONS["w8a8"], operand, 2.0**-12, still(4))
    result = rescale(integer["bias"].astype(np.int64), integer["multiplier"], integer["shift"]) * 2.0**-12
    assert abs(result[0] - 50) < 2.0**-11


@pytest.mark.parametrize("name", ["w8a8", "w8a16", "w4a16", "w16a16"])
@pytest.mark.parametrize("columns", [1, 257, 2048])
def test_rows_of_any_length_keep_the_accumulator_within_32_bits(name, columns):
    rng, precision = np.random.default_rng(0), PRECISIONS[name]
    weight = np.where(rng.random((3, columns)) < 0.5, -1.0, 1.0)
    constants = {"weight": weight, "bias": np.array([0.0, 1e3, -1e6])}
    of = Tensor.affine_s8 if precision.operand == DType.S8 else Tensor.symmetric_s16
    operand = of(columns, -2.0, 5.0)
    integer = integer_constants(Matrix("", 0), constants, precision, operand, 1.0, still(columns))
    products = np.abs(integer["weight"].astype(np.int64)).sum(axis=1) * LARGEST_OPERAND[precision.operand]
    assert (products + np.abs(integer["bias"].astype(np.int64)) < 2**31).all()
