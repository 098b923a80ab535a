"""Activations of 16 bits with zero points become floats: integer layers here have 16 bits around 0 alone."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ossicle.importers.lower.integer_types import MIDDLE, reals_of
from ossicle.importers.network import Network, Operation, Quantization, Value

NOTE = (
    "activations of 16 bits have zero points other than that of int16: the network is computed in floats, "
    "within the ranges of the file"
)
WIDE = ("int16", "uint16")


def widen(network: Network) -> Network:
    """A network of such activations without conversions: each is a clamp to the range of its codes."""
    operations = network.operations
    written = [network.values[name] for of in operations for name in of.outputs if name]
    if not any(_is_off_centre(value) for value in written):
        return network
    values = {name: _as_floats(value) for name, value in network.values.items()}
    found = []
    for operation in operations:
        constant = values[operation.inputs[0]].constant if operation.op == "DequantizeLinear" else None
        if constant is None:
            found.append(_clamped(operation, network.values))
        else:
            (result,) = operation.outputs
            values[result] = replace(values[result], constant=constant)
    return replace(network, values=values, operations=tuple(found), notes=(*network.notes, NOTE))


def _is_off_centre(value: Value) -> bool:
    zero_points = None if value.quantization is None else value.quantization.zero_point
    return (
        value.dtype in WIDE and zero_points is not None and bool((zero_points != MIDDLE[value.dtype]).any())
    )


def _as_floats(value: Value) -> Value:
    if value.quantization is None:
        return value
    constant = None if value.constant is None else reals_of(value)
    return replace(value, dtype="float32", constant=constant, quantization=None)


def _clamped(operation: Operation, values: Mapping[str, Value]) -> Operation:
    if operation.op == "DequantizeLinear":
        return replace(operation, op="Identity", inputs=operation.inputs[:1], attributes={})
    if operation.op != "QuantizeLinear":
        return operation
    low, high = _range(values[operation.outputs[0]])
    return replace(operation, op="Clip", inputs=operation.inputs[:1], attributes={"min": low, "max": high})


def _range(value: Value) -> tuple[float, float]:
    """The numbers that the least and the largest code stand for."""
    quantization, limits = value.quantization, np.iinfo(value.dtype)
    assert isinstance(quantization, Quantization)
    scale, zero_point = quantization.scale.item(), quantization.zero_point.item()
    return scale * (int(limits.min) - zero_point), scale * (int(limits.max) - zero_point)
