"""Types of the tensors that hold the values of a network, also where these are integers."""

from dataclasses import replace

import numpy as np

from ossicle.graph.types import Tensor
from ossicle.importers.network import Value
from ossicle.numerics.formats import DType

UNSIGNED = 128
"""What an uint8 has more than the int8 that it becomes."""


def type_of(value: Value) -> Tensor:
    """The type of a tensor that holds a value; its shape is left open.

    Raises :class:`ValueError` where there is none.
    """
    quantization = value.quantization
    if quantization is None:
        return Tensor((1,))
    if quantization.scale.size > 1:
        raise ValueError("its activations have a scale for each channel; give them one scale")
    scale, zero_point = float(quantization.scale[0]), int(quantization.zero_point[0])
    if value.dtype == "uint8":
        return Tensor((1,), DType.S8, scale, zero_point - UNSIGNED)
    if value.dtype == "int8":
        return Tensor((1,), DType.S8, scale, zero_point)
    if value.dtype == "int16" and zero_point == 0:
        return Tensor((1,), DType.S16, scale)
    raise ValueError(f"{value.dtype} with the zero point {zero_point} is no type of activations here")


def codes_of(value: Value) -> np.ndarray:
    """The codes of a constant, as its type has them."""
    assert value.constant is not None
    return value.constant.astype(np.int64) - (UNSIGNED if value.dtype == "uint8" else 0)


def turned(weight: Value) -> Value:
    """A weight ``(columns, rows)`` as ``(rows, columns)``, with its scales."""
    assert weight.constant is not None and weight.quantization is not None
    scales = replace(weight.quantization, axis=0)
    return replace(weight, constant=weight.constant.T, shape=weight.constant.T.shape, quantization=scales)


def reals_of(value: Value) -> np.ndarray:
    """The float32 that the codes of a constant stand for."""
    assert value.constant is not None and value.quantization is not None
    scale, zero_point = value.quantization.scale, value.quantization.zero_point
    shape = [1] * value.constant.ndim
    if scale.size > 1:
        shape[value.quantization.axis] = -1
    steps = value.constant.astype(np.float32) - zero_point.reshape(shape).astype(np.float32)
    reals: np.ndarray = steps * scale.reshape(shape)
    return reals
