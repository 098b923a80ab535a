"""Reductions, norms and softmax."""

import numpy as np

from ossicle.graph.types import Attribute
from ossicle.importers.lower.arithmetic import affine, unary
from ossicle.importers.lower.context import Context, rule
from ossicle.importers.lower.grouped import along_last, consecutive, strided
from ossicle.importers.network import Operation
from ossicle.importers.obstacle import Obstacle

REDUCTIONS = {"ReduceMean": "mean", "ReduceSum": "sum", "ReduceMax": "max", "ReduceMin": "min"}


@rule(*REDUCTIONS)
def _reduce(context: Context, operation: Operation) -> None:
    index = context.place(operation.inputs[0])
    context.put(operation.outputs[0], _reduced(context, operation, index, REDUCTIONS[operation.op]))


@rule("ReduceL2")
def _length(context: Context, operation: Operation) -> None:
    squares = unary(context.builder, "square", context.place(operation.inputs[0]), operation.name)
    sums = _reduced(context, operation, squares, "sum")
    context.put(operation.outputs[0], unary(context.builder, "sqrt", sums, operation.name))


@rule("ReduceSumSquare")
def _energy(context: Context, operation: Operation) -> None:
    squares = unary(context.builder, "square", context.place(operation.inputs[0]), operation.name)
    context.put(operation.outputs[0], _reduced(context, operation, squares, "sum"))


@rule("ReduceL1")
def _sum_of_absolutes(context: Context, operation: Operation) -> None:
    absolutes = unary(context.builder, "abs", context.place(operation.inputs[0]), operation.name)
    context.put(operation.outputs[0], _reduced(context, operation, absolutes, "sum"))


def _reduced(context: Context, operation: Operation, index: np.ndarray, function: str) -> np.ndarray:
    axes = tuple(int(axis) % index.ndim for axis in operation.attributes.get("axes") or range(index.ndim))
    groups = along_last(index, axes)
    if groups.shape[1] == 1:
        return groups[:, 0]
    x, shape, places = strided(context.builder, groups, operation.name)
    attributes: dict[str, Attribute] = {"function": function, "shape": shape}
    (y,) = context.builder.add("reduce", operation.name, {"x": x}, {"y": len(groups)}, {}, attributes)
    found: np.ndarray = y[places]
    return found


@rule("Softmax", "LogSoftmax")
def _softmax(context: Context, operation: Operation) -> None:
    index = context.place(operation.inputs[0])
    axis = operation.attributes.get("axis", -1) % index.ndim
    groups = along_last(index, (axis,))
    x, rows, within = consecutive(context.builder, groups, operation.name)
    attributes = {"rows": len(groups)}
    (y,) = context.builder.add("softmax", operation.name, {"x": x}, {"y": groups.size}, {}, attributes)
    found = y[rows[:, None] * groups.shape[1] + within]
    if operation.op == "LogSoftmax":
        found = unary(context.builder, "log", found, operation.name)
    shape = (*np.delete(index.shape, axis), index.shape[axis])
    context.put(operation.outputs[0], np.moveaxis(found.reshape(shape), -1, axis))


@rule("LayerNormalization")
def _layer_norm(context: Context, operation: Operation) -> None:
    index = context.place(operation.inputs[0])
    first = operation.attributes.get("axis", -1) % index.ndim
    groups = index.reshape(int(np.prod(index.shape[:first])), -1)
    scale, offset = (
        None if found is None else np.broadcast_to(found, index.shape[first:]).reshape(-1)
        for found in (_constant(context, operation, 1), _constant(context, operation, 2))
    )
    found = _normalized(context, operation, groups, scale, offset)
    context.put(operation.outputs[0], found)


@rule("InstanceNormalization")
def _instance_norm(context: Context, operation: Operation) -> None:
    index = context.place(operation.inputs[0])
    groups = index.reshape(index.shape[0] * index.shape[1], -1)
    found = _normalized(context, operation, groups, None, None).reshape(index.shape)
    shape = (-1, *[1] * (index.ndim - 2))
    scale, offset = (_constant(context, operation, port) for port in (1, 2))
    if scale is None or offset is None:
        raise Obstacle.at(operation, "its scale or offset depends on the data", "multiply and add behind it")
    line = affine(context.builder, found, scale.reshape(shape), offset.reshape(shape), operation.name)
    context.put(operation.outputs[0], line)


def _normalized(
    context: Context,
    operation: Operation,
    groups: np.ndarray,
    scale: np.ndarray | None,
    offset: np.ndarray | None,
) -> np.ndarray:
    """Each group less its mean and divided by its deviation; scale and offset are those of its values."""
    x, rows, within = consecutive(context.builder, groups, operation.name)
    size = groups.shape[1]
    same = (within == within[0]).all()
    constants = {"scale": np.ones(size, np.float32), "offset": np.zeros(size, np.float32)}
    for name, values in (("scale", scale), ("offset", offset)):
        if values is not None and same:
            constants[name][within[0]] = values
    attributes: dict[str, Attribute] = {
        "shape": (len(groups), size),
        "epsilon": float(operation.attributes.get("epsilon", 1e-5)),
    }
    (y,) = context.builder.add(
        "normalize", operation.name, {"x": x}, {"y": groups.size}, constants, attributes
    )
    found: np.ndarray = y[rows[:, None] * size + within]
    if not same and scale is not None:
        zero = np.zeros(size, np.float32) if offset is None else offset
        found = affine(context.builder, found, scale, zero, operation.name)
    return found


def _constant(context: Context, operation: Operation, port: int) -> np.ndarray | None:
    return context.constant(operation.inputs[port]) if port < len(operation.inputs) else None


@rule("BatchNormalization")
def _batch_norm(context: Context, operation: Operation) -> None:
    """A scale and an offset for each channel."""
    index = context.place(operation.inputs[0])
    constants = [context.constant(value) for value in operation.inputs[1:]]
    shape = (-1, *[1] * (index.ndim - 2))
    gain, offset, mean, variance = (np.float64(one).reshape(shape) for one in constants if one is not None)
    scale = gain / np.sqrt(variance + operation.attributes.get("epsilon", 1e-5))
    found = affine(context.builder, index, scale, offset - mean * scale, operation.name)
    context.put(operation.outputs[0], found)
