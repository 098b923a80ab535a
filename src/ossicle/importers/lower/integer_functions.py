"""Functions of integers: as tables of their results where those are few, or in floats between conversions."""

from dataclasses import replace

import numpy as np

from ossicle.importers.lower.arithmetic import beside
from ossicle.importers.lower.builder import FLOATS
from ossicle.importers.lower.context import RULES, Context
from ossicle.importers.lower.integer_types import codes_of, reals_of, type_of
from ossicle.importers.lower.tables import constant_table, function_table
from ossicle.importers.network import Operation
from ossicle.numerics.fixed_point import Rounding
from ossicle.numerics.formats import DType
from ossicle.ops.softmax.codes import powers
from ossicle.ops.softmax.wide import softmax_tables

CLAMPS = ("Relu", "Clip")
"""Functions that int16 has too, and that a layer has itself."""
GATES = ("Sigmoid", "Tanh")
"""Functions that int16 has too, with results in Q15."""
WIDE = ("Add", "Sub", "Mul")
"""Functions of two values that int16 has too."""


def in_floats(context: Context, operation: Operation) -> None:
    """An operation that has no form in integers, between conversions."""
    builder, result = context.builder, context.builder.result
    values, places = dict(context.network.values), dict(context.places)
    builder.result = FLOATS
    for name in operation.inputs:
        value = values.get(name)
        if value is None or value.quantization is None:
            continue
        constant = None if value.constant is None else reals_of(value)
        values[name] = replace(value, dtype="float32", quantization=None, constant=constant)
        places.pop(name, None)
        if constant is None:
            x = builder.holding(context.place(name), operation.name)
            (index,) = builder.add("convert", operation.name, {"x": x}, {"y": builder.tensors[x].size})
            places[name] = index.reshape(value.shape)
    inside = Context(replace(context.network, values=values), builder, places)
    RULES[operation.op](inside, operation)
    builder.result = result
    for name in filter(None, operation.outputs):
        y = builder.holding(inside.place(name), operation.name)
        (index,) = builder.add("convert", operation.name, {"x": y}, {"y": builder.tensors[y].size})
        context.put(name, index)


def function(context: Context, operation: Operation) -> None:
    """A function of each code: a table of the function's results, on the scales of input and output."""
    builder, before = context.builder, len(context.builder.nodes)
    gate = operation.op in GATES and builder.result.is_q15
    if builder.result.dtype == DType.S16 and not (gate or operation.op in CLAMPS):
        in_floats(context, operation)
        return
    RULES[operation.op](context, operation)
    for number, node in enumerate(builder.nodes[before:], before):
        if node.op != "unary":
            continue
        source, target = (builder.tensors[name] for name in (node.inputs["x"], node.outputs["y"]))
        if source.dtype == DType.S16:
            continue
        table = function_table(node, source, target)
        builder.nodes[number] = replace(node, constants={"table": table})


def arithmetic(context: Context, operation: Operation) -> None:
    """A function of two values; with a constant, a table for each number of that."""
    builder, known = context.builder, [context.constant(name) for name in operation.inputs]
    if builder.result.dtype == DType.S16:
        _wide(context, operation)
        return
    at = next((place for place, constant in enumerate(known) if constant is not None), -1)
    if at < 0 or len(known) != 2:
        RULES[operation.op](context, operation)
        return
    values = [context.network.values[name] for name in operation.inputs]
    codes, kind = codes_of(values[at]), type_of(values[at])
    moving = np.broadcast_to(context.place(operation.inputs[1 - at]), context.shape(operation.outputs[0]))
    x, places, (inner, (entries,)) = beside(builder, moving, [codes], operation.name)
    source, target = builder.tensors[x], builder.result
    attributes = {"function": operation.op.lower(), "rounding": str(builder.rounding)}
    table = np.stack([constant_table(attributes, source, kind, int(code), at, target) for code in entries])
    size = {"y": source.size}
    (y,) = builder.add("lookup", operation.name, {"x": x}, size, {"table": table}, {"inner": inner})
    context.put(operation.outputs[0], y[places])


def _wide(context: Context, operation: Operation) -> None:
    """A function of two values of int16; a constant one is written as floats, and converted to its codes."""
    if operation.op not in WIDE:
        in_floats(context, operation)
        return
    builder, values, places = context.builder, dict(context.network.values), dict(context.places)
    result = builder.result
    for name in operation.inputs:
        value = values[name]
        if value.constant is None:
            continue
        builder.result = FLOATS
        reals = builder.addresses.add_constants(reals_of(value))
        x = builder.holding(reals, operation.name)
        builder.result = type_of(value)
        (index,) = builder.add("convert", operation.name, {"x": x}, {"y": value.constant.size})
        values[name], places[name] = replace(value, constant=None), index.reshape(value.constant.shape)
    builder.result = result
    inside = Context(replace(context.network, values=values), builder, places)
    RULES[operation.op](inside, operation)
    context.put(operation.outputs[0], inside.place(operation.outputs[0]))


def softmax(context: Context, operation: Operation) -> None:
    """A softmax, which keeps a table of powers where it computes in single precision."""
    before, builder = len(context.builder.nodes), context.builder
    RULES["Softmax"](context, operation)
    for number, node in enumerate(builder.nodes[before:], before):
        if node.op != "softmax" or node.rounding == Rounding.ONCE:
            continue
        source = builder.tensors[node.inputs["x"]]
        if source.dtype == DType.S16:
            builder.nodes[number] = replace(node, constants=softmax_tables())
        elif node.rounding == Rounding.FLOAT32:
            builder.nodes[number] = replace(node, constants={"powers": powers(source.scale)})
