"""Integers at the ends of a network: a graph is given floats, and gives floats."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ossicle.importers.network import Network, Operation, Quantization, StatePair, Value


def with_float_ends(network: Network) -> Network:
    """Inputs and outputs of integers as floats, converted by their own scales.

    An integer has one float that it stands for, and that float has this one integer: so equal floats at the
    ends are equal integers. A state that comes back on another scale than it is read on is converted too.
    """
    values = dict(network.values)
    states = {name for state in network.states for name in (state.input, state.output)}
    first, last = [], []
    codes: dict[str, str] = {}
    for name in network.inputs:
        if name not in states and values[name].quantization is not None:
            codes[name] = _as_codes(values, name)
            first.append(Operation("QuantizeLinear", f"codes of {name}", (name,), (codes[name],), {}))
    for name in network.outputs:
        if name not in states and values[name].quantization is not None:
            codes[name] = _as_codes(values, name)
            last.append(Operation("DequantizeLinear", f"floats of {name}", (codes[name],), (name,), {}))
    body = tuple(_renamed(operation, codes) for operation in network.operations)
    pairs, kept = [], {}
    for state in network.states:
        conversions, pair = _on_one_scale(values, state)
        last += conversions
        pairs.append(pair)
        kept[state.output] = pair.output
    outputs = tuple(kept.get(name, name) for name in network.outputs)
    operations = (*first, *body, *last)
    return replace(network, values=values, operations=operations, outputs=outputs, states=tuple(pairs))


def _as_codes(values: dict[str, Value], name: str) -> str:
    """Give a value another name, and its own name to its floats."""
    value = values[name]
    values[name] = Value(name, value.shape, "float32")
    values[f"{name} codes"] = replace(value, name=f"{name} codes")
    return f"{name} codes"


def _renamed(operation: Operation, names: Mapping[str, str]) -> Operation:
    inputs, outputs = (
        tuple(names.get(name, name) for name in ports) for ports in (operation.inputs, operation.outputs)
    )
    return replace(operation, inputs=inputs, outputs=outputs)


def _on_one_scale(values: dict[str, Value], state: StatePair) -> tuple[list[Operation], StatePair]:
    """A state pair whose new value has the scale of the old one, and what converts it."""
    old, new = values[state.input].quantization, values[state.output].quantization
    if old is None or new is None or _equal(old, new):
        return [], state
    between, kept = f"{state.output} as floats", f"{state.output} as {state.input}"
    values[between] = replace(values[state.output], name=between, dtype="float32", quantization=None)
    values[kept] = replace(values[state.input], name=kept)
    conversions = [
        Operation("DequantizeLinear", between, (state.output,), (between,), {}),
        Operation("QuantizeLinear", kept, (between,), (kept,), {}),
    ]
    return conversions, replace(state, output=kept)


def _equal(a: Quantization, b: Quantization) -> bool:
    return np.array_equal(a.scale, b.scale) and np.array_equal(a.zero_point, b.zero_point)
