"""Products of several operands at once, and of activations: any shape, all codes, any step between them."""

import ctypes

import numpy as np
import pytest
from compiled import at, kernels
from products import random_matrix, random_operand

from ossicle.graph import Node, Tensor
from ossicle.lowering import PORTABLE
from ossicle.numerics.formats import PRECISIONS, DType
from ossicle.ops.matmul.simulate import LARGEST_K, factor
from ossicle.ops.matmul.simulate import simulate as matmul

__all__ = ["kernels"]

SHAPES = [(1, 1, 1), (3, 2, 1), (4, 5, 2), (7, 3, 3), (8, 24, 5), (16, 16, 33), (24, 8, 4), (45, 40, 3)]


def struct_of(weight, *pointers):
    """osc_matrix_..._t: weight, bias or requantization parameters, rows, columns."""
    rows, columns = weight.shape
    table = np.ascontiguousarray(weight.T)
    sizes = int.from_bytes(np.array([rows, columns], np.int32).tobytes(), "little")
    return (ctypes.c_uint64 * (2 + len(pointers)))(at(table).value, *pointers, sizes), table


def spread(operands, step):
    """The operands ``step`` elements apart in one array, and the address of the first one."""
    count, columns = operands.shape
    room = np.zeros((count - 1) * abs(step) + columns, operands.dtype)
    first = 0 if step > 0 else (count - 1) * -step
    for index, operand in enumerate(operands):
        room[first + index * step :][:columns] = operand
    return room, at(room).value + first * room.itemsize


@pytest.mark.parametrize("name", ["w8a8", "w8a16", "w16a16"])
@pytest.mark.parametrize("direction", [1, -1])
def test_integer_products_of_several_operands_are_exact(kernels, name, direction):
    rng, precision = np.random.default_rng(0), PRECISIONS[name]
    for rows, columns, count in SHAPES:
        constants = random_matrix(rng, precision, rows, columns)
        weight = constants["weight"]
        matrix, _table = struct_of(weight, 0, 0, 0)
        operands = np.stack([random_operand(rng, precision, columns) for _ in range(count)])
        _room, first = spread(operands, direction * (columns + 2))
        y = np.full((count, rows + 3), 7, np.int32)
        product = getattr(kernels, f"osc_matmat_{name}")
        product(matrix, ctypes.c_void_p(first), direction * (columns + 2), count, at(y), rows + 3)
        np.testing.assert_array_equal(y[:, :rows], operands.astype(np.int64) @ weight.astype(np.int64).T)
        assert (y[:, rows:] == 7).all()


@pytest.mark.parametrize("activation", [0, 1, 2])
def test_float_layers_at_several_positions_are_those_at_each(kernels, activation):
    rng = np.random.default_rng(1)
    for rows, columns, count in SHAPES:
        weight, bias = rng.standard_normal((rows, columns)), rng.standard_normal(rows)
        weight, bias = weight.astype(np.float32), bias.astype(np.float32)
        matrix, _table = struct_of(weight, at(bias).value)
        layer = (ctypes.c_uint64 * 4)(*matrix, activation)
        x = rng.standard_normal((count, columns)).astype(np.float32)
        y = np.full((count, rows + 1), 7, np.float32)
        kernels.osc_linear_positions_f32(layer, at(x), columns, count, at(y), rows + 1)
        sums = x.astype(np.float64) @ weight.T.astype(np.float64) + bias
        expected = [sums, np.maximum(sums, 0), 1 / (1 + np.exp(-sums))][activation]
        np.testing.assert_allclose(y[:, :rows], expected, rtol=1e-5, atol=1e-5)
        assert (y[:, rows:] == 7).all()


def codes(rng, dtype, size):
    """Codes, many of them at an end of their type."""
    limits = np.iinfo(dtype.numpy)
    found = rng.integers(limits.min, limits.max, size, endpoint=True)
    ends = rng.choice([limits.min, limits.max], size)
    return np.where(rng.random(size) < 0.3, ends, found).astype(dtype.numpy)


def in_c(kernels, node, tensors, a, b):
    (of_a, of_b, of_y), shape = tensors, node.attributes["shape"]
    c_shape = (ctypes.c_int * 5)(*shape, node.attributes["transposed"])
    y = np.zeros(of_y.size, of_y.dtype.numpy)
    passed = []
    if of_y.dtype != DType.F32:
        passed = list(factor(of_a, of_b, of_y))
    if of_y.dtype == DType.S8:
        passed = [of_a.zero_point, of_b.zero_point, *passed, of_y.zero_point]
    getattr(kernels, f"osc_matmul_{of_y.dtype}")(c_shape, at(a), at(b), at(y), *passed)
    return y


def node_of(shape, transposed):
    return Node(
        "matmul", "n", {"a": "a", "b": "b"}, {"y": "y"}, {}, {"shape": shape, "transposed": transposed}
    )


@pytest.mark.parametrize("dtype", [DType.S8, DType.S16])
@pytest.mark.parametrize("transposed", [0, 1])
def test_integer_products_of_activations_are_the_simulations(kernels, dtype, transposed):
    rng = np.random.default_rng(2)
    for shape in [(1, 1, 1, 1), (1, 5, 7, 3), (3, 2, 4, 9), (2, 11, 16, 11)]:
        batch, m, k, n = shape
        zeros = rng.integers(-128, 128, 3).tolist() if dtype == DType.S8 else [0, 0, 0]
        scale = np.sqrt(k) * (64 if dtype == DType.S8 else 2**13)
        sizes, scales = (batch * m * k, batch * k * n, batch * m * n), (0.1, 0.3, 0.03 * scale)
        tensors = [Tensor((size,), dtype, of, z) for size, of, z in zip(sizes, scales, zeros, strict=True)]
        a, b = (codes(rng, dtype, tensor.size) for tensor in tensors[:2])
        node = node_of(shape, transposed)
        (expected,) = matmul(node, [a, b], tensors[:2], tensors[2:])
        np.testing.assert_array_equal(in_c(kernels, node, tensors, a, b), expected)
        assert len(np.unique(expected)) > 1 or expected.size == 1


@pytest.mark.parametrize("dtype", [DType.S8, DType.S16])
def test_the_largest_sums_of_activations_do_not_overflow(kernels, dtype):
    low = np.iinfo(dtype.numpy).min
    zero = 127 if dtype == DType.S8 else 0
    largest = LARGEST_K * float(low - zero) ** 2
    tensors = [Tensor((LARGEST_K,), dtype, 1.0, zero)] * 2 + [Tensor((1,), dtype, largest / 100)]
    a = np.full(LARGEST_K, low, dtype.numpy)
    node = node_of((1, 1, LARGEST_K, 1), 0)
    (expected,) = matmul(node, [a, a], tensors[:2], tensors[2:])
    assert expected.tolist() == [100]
    np.testing.assert_array_equal(in_c(kernels, node, tensors, a, a), expected)


@pytest.mark.parametrize("transposed", [0, 1])
def test_float_products_of_activations_agree_within_rounding(kernels, transposed):
    rng = np.random.default_rng(3)
    for shape in [(1, 1, 1, 1), (3, 2, 4, 9), (2, 11, 16, 7)]:
        batch, m, k, n = shape
        tensors = [Tensor((size,)) for size in (batch * m * k, batch * k * n, batch * m * n)]
        a, b = (rng.standard_normal(tensor.size).astype(np.float32) for tensor in tensors[:2])
        node = node_of(shape, transposed)
        (expected,) = matmul(node, [a, b], tensors[:2], tensors[2:])
        np.testing.assert_allclose(in_c(kernels, node, tensors, a, b), expected, rtol=1e-5, atol=1e-5)


def test_four_bits_and_halves_are_multiplied_one_operand_after_the_other():
    assert PORTABLE.find("matmat", "w4a16") is None and PORTABLE.find("matmat", "fp16") is None
