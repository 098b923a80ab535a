"""Operations that compute the same from the same are one."""

from dataclasses import replace

import numpy as np

from ossicle.importers.network import Network, Operation
from ossicle.importers.passes.search import without_unread


def join_duplicates(network: Network) -> Network:
    """Let all readers of equal results read the first of them."""
    first: dict[object, Operation] = {}
    same: dict[str, str] = {}
    operations: list[Operation] = []
    for operation in network.operations:
        operation = replace(operation, inputs=tuple(same.get(name, name) for name in operation.inputs))
        attributes = {key: _comparable(value) for key, value in operation.attributes.items()}
        kinds = tuple(_kind(network, name) for name in operation.outputs)
        key = (operation.op, operation.inputs, tuple(sorted(attributes.items())), kinds)
        known = first.setdefault(key, operation)
        if known is not operation and all(known.outputs):
            same |= zip(operation.outputs, known.outputs, strict=True)
        operations.append(operation)
    # An output of the network keeps its name, so its own operation stays.
    return without_unread(replace(network, operations=tuple(operations)))


def _kind(network: Network, name: str) -> object:
    """The type of a result: the same conversion to another scale is another one."""
    value = network.values[name] if name else None
    if value is None or value.quantization is None:
        return value and value.dtype
    return (value.dtype, value.quantization.scale.tobytes(), value.quantization.zero_point.tobytes())


def _comparable(value: object) -> object:
    if isinstance(value, np.ndarray):
        return (value.shape, value.dtype.str, value.tobytes())
    return tuple(value) if isinstance(value, list) else value
