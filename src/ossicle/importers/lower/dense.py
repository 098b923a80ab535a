"""Dense layers, and products of two activations."""

import numpy as np

from ossicle.graph.types import Attribute
from ossicle.importers.lower.arithmetic import affine
from ossicle.importers.lower.context import Context, rule
from ossicle.importers.lower.grouped import consecutive
from ossicle.importers.network import Operation
from ossicle.importers.obstacle import Obstacle

LINEAR: dict[str, Attribute] = {"activation": "none"}


def dense(
    context: Context, operation: Operation, rows: np.ndarray, weight: np.ndarray, bias: np.ndarray
) -> np.ndarray:
    """A dense layer over each of ``(rows, columns)`` values; returns addresses ``(rows, filters)``.

    ``weight`` is ``(filters, columns)``.
    """
    count, columns = rows.shape
    x, places, within = consecutive(context.builder, rows, operation.name)
    if (within != within[0]).any():
        x, places, within = context.builder.holding(rows, operation.name), np.arange(count), within * 0
        within = within + np.arange(columns)
    ordered = np.empty_like(weight)
    ordered[:, within[0]] = weight
    constants = {"weight": ordered.astype(np.float32), "bias": bias.astype(np.float32)}
    size = {"y": count * len(weight)}
    if count == 1:
        (y,) = context.builder.add("linear", operation.name, {"x": x}, size, constants, LINEAR)
    else:
        window = pointwise(count, columns)
        (y,) = context.builder.add("conv2d", operation.name, {"x": x}, size, constants, LINEAR | window)
    found: np.ndarray = y.reshape(count, -1)[places]
    return found


def pointwise(positions: int, channels: int, groups: int = 1) -> dict[str, Attribute]:
    """Attributes of a convolution of 1 x 1 over that many positions."""
    return {
        "map": (1, positions, channels),
        "kernel": (1, 1),
        "stride": (1, 1),
        "pad": (0, 0),
        "out": (1, positions),
        "dilation": (1, 1),
        "groups": groups,
    }


@rule("Gemm")
def _gemm(context: Context, operation: Operation) -> None:
    attributes = operation.attributes
    x, weight = context.place(operation.inputs[0]), context.constant(operation.inputs[1])
    if attributes.get("transA"):
        x = x.T
    if weight is None:
        raise Obstacle.at(operation, "its weight depends on the data", "write it as torch.matmul")
    weight = (weight if attributes.get("transB") else weight.T) * attributes.get("alpha", 1.0)
    bias = context.constant(operation.inputs[2]) if len(operation.inputs) > 2 else None
    added = np.zeros(1, np.float32) if bias is None else bias * attributes.get("beta", 1.0)
    index = dense(context, operation, x, weight, np.zeros(len(weight)))
    context.put(operation.outputs[0], affine(context.builder, index, 1.0, added, operation.name))


@rule("MatMul")
def _matmul(context: Context, operation: Operation) -> None:
    a, b = (operand(context, value) for value in operation.inputs)
    a = a[None] if a.ndim == 1 else a
    b = b[:, None] if b.ndim == 1 else b
    context.put(operation.outputs[0], multiply(context, operation, a, b))


def operand(context: Context, value: str) -> np.ndarray:
    """Addresses of a value, or the numbers of a constant."""
    constant = context.constant(value)
    return context.place(value) if constant is None else constant.astype(np.float32)


def multiply(context: Context, operation: Operation, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """``a @ b`` of operands ``(..., m, k)`` and ``(..., k, n)``, of which one may be constant."""
    if b.dtype.kind == "f":
        return _by_constant(context, operation, a, b)
    if a.dtype.kind == "f":
        return _by_constant(context, operation, b.swapaxes(-1, -2), a.swapaxes(-1, -2)).swapaxes(-1, -2)
    return product(context, operation, a, b)


def _by_constant(context: Context, operation: Operation, x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """``x @ weight``, the weight ``(..., columns, filters)``."""
    if weight.ndim == 2 or weight.size == weight.shape[-1] * weight.shape[-2]:
        weight = weight.reshape(weight.shape[-2:]).T
        found = dense(context, operation, x.reshape(-1, x.shape[-1]), weight, np.zeros(len(weight)))
        return found.reshape(*x.shape[:-1], -1)
    batch = np.broadcast_shapes(x.shape[:-2], weight.shape[:-2])
    x = np.broadcast_to(x, (*batch, *x.shape[-2:])).reshape(-1, *x.shape[-2:])
    weight = np.broadcast_to(weight, (*batch, *weight.shape[-2:])).reshape(-1, *weight.shape[-2:])
    found = dense_groups(context, operation, x, weight.swapaxes(1, 2))
    return found.reshape(*batch, *found.shape[1:])


def dense_groups(context: Context, operation: Operation, x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Dense layers side by side, ``(groups, rows, columns)`` by ``(groups, filters, columns)``."""
    groups, rows, columns = x.shape
    filters = weight.shape[1]
    source = context.builder.holding(x.transpose(1, 0, 2), operation.name)
    constants = {
        "weight": weight.reshape(-1, columns).astype(np.float32),
        "bias": np.zeros(groups * filters, np.float32),
    }
    window = pointwise(rows, groups * columns, groups)
    size = {"y": rows * groups * filters}
    (y,) = context.builder.add("conv2d", operation.name, {"x": source}, size, constants, LINEAR | window)
    return y.reshape(rows, groups, filters).transpose(1, 0, 2)


def product(context: Context, operation: Operation, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """``a @ b`` of two activations ``(..., m, k)`` and ``(..., k, n)``, in the way that moves least."""
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a = np.broadcast_to(a, (*batch, *a.shape[-2:])).reshape(-1, *a.shape[-2:])
    b = np.broadcast_to(b, (*batch, *b.shape[-2:])).reshape(-1, *b.shape[-2:])
    builder = context.builder
    count, m, k = a.shape
    n = b.shape[-1]
    turned_a, turned_b = a.swapaxes(1, 2), b.swapaxes(1, 2)
    ways = [(a, b, 0), (a, turned_b, 1), (turned_b, turned_a, 0), (turned_b, a, 1)]
    first, second, transposed = min(ways, key=lambda way: sum(not builder.holds(part) for part in way[:2]))
    swapped = first is turned_b
    rows, columns = (n, m) if swapped else (m, n)
    attributes: dict[str, Attribute] = {"shape": (count, rows, k, columns), "transposed": transposed}
    ports = {"a": builder.holding(first, operation.name), "b": builder.holding(second, operation.name)}
    (y,) = builder.add("matmul", operation.name, ports, {"y": count * m * n}, {}, attributes)
    y = y.reshape(count, rows, columns)
    return (y.swapaxes(1, 2) if swapped else y).reshape(*batch, m, n)
