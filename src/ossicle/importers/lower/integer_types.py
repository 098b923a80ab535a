"""Types of the tensors that hold the values of a network, also where these are integers."""

from dataclasses import replace

import numpy as np

from ossicle.graph.types import Tensor
from ossicle.importers.network import Value
from ossicle.numerics.formats import DType

MIDDLE = {"uint8": 128, "int8": 0, "uint16": 32768, "int16": 0}
"""What a code of each type has more than the signed one that it becomes."""


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
    signed = zero_point - MIDDLE.get(value.dtype, 0)
    if value.dtype in ("uint8", "int8"):
        return Tensor((1,), DType.S8, scale, signed)
    if value.dtype in ("uint16", "int16") and signed == 0:
        return Tensor((1,), DType.S16, scale)
    raise ValueError(f"{value.dtype} with the zero point {zero_point} is no type of activations here")


def codes_of(value: Value) -> np.ndarray:
    """The codes of a constant, as its type has them."""
    assert value.constant is not None
    return value.constant.astype(np.int64) - MIDDLE.get(value.dtype, 0)


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
