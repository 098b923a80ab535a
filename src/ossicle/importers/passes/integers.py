"""Operators between DequantizeLinear and QuantizeLinear become operators on integers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ossicle.importers.lower.integer_types import reals_of
from ossicle.importers.network import Network, Operation, Quantization, Value
from ossicle.importers.passes.search import Search, without_unread

LAYERS = ("Conv", "Gemm", "MatMul")
FUNCTIONS = ("Relu", "Clip", "Sigmoid", "Tanh", "LeakyRelu", "Elu", "HardSwish")
MOVEMENTS = (
    *(
        "Reshape",
        "Flatten",
        "Squeeze",
        "Unsqueeze",
        "Transpose",
        "Slice",
        "Concat",
        "Pad",
        "Gather",
        "MaxPool",
    ),
    *("Identity", "Expand", "Tile"),
)


def join_integers(network: Network) -> Network:
    """Make each such operator read and write codes itself, so that nothing is a float on the way.

    Sums and products of activations, means and softmaxes stay floats between their conversions: that is what
    the file says they are.
    """
    joined = _Joined(network)
    for operation in network.operations:
        joined.add(operation)
    for operation in joined.operations:
        name = operation.inputs[0] if operation.op == "DequantizeLinear" else ""
        if name and joined.values[name].constant is not None:
            # No layer took the codes of this constant.
            result = joined.values[operation.outputs[0]]
            joined.values[result.name] = replace(result, constant=reals_of(joined.values[name]))
    kept = [of for of in joined.operations if not _is_known(of, joined.values)]
    return without_unread(replace(network, values=joined.values, operations=tuple(kept)))


def _is_known(operation: Operation, values: Mapping[str, Value]) -> bool:
    return operation.op == "DequantizeLinear" and values[operation.outputs[0]].constant is not None


class _Joined:
    """The operations of a network one after another, joined where they can be."""

    def __init__(self, network: Network) -> None:
        self.search, self.values = Search.of(network), dict(network.values)
        self.operations: list[Operation] = []
        ends = (*network.outputs, *(state.output for state in network.states))
        self.readers = Counter([name for of in network.operations for name in of.inputs] + list(ends))

    def add(self, operation: Operation) -> None:
        """Append an operation; a quantization brings what it reads into integers, if that can be."""
        self.operations += [operation]
        if operation.op != "QuantizeLinear":
            return
        made = self.search.writer(operation.inputs[0])
        found = self.integers(made, self.values[operation.outputs[0]]) if made else None
        if found is not None:
            self.operations[-1:] = found

    def integers(self, operation: Operation, result: Value) -> Sequence[Operation] | None:
        """Operations on codes that give ``result`` in the place of one on floats; None if there are none."""
        if self.readers[operation.outputs[0]] > 1 or result.quantization is None:
            return None
        if operation.op in MOVEMENTS:
            return self.moved(operation, result)
        codes = [self.codes(name) for name in operation.inputs]
        if operation.op in LAYERS and all(codes):
            weight = self.values[codes[1] or ""]
            return [self.on(operation, codes, result)] if weight.constant is not None else None
        if operation.op in FUNCTIONS and codes[0]:
            return [self.on(operation, codes[:1], result)]
        before = self.search.writer(operation.inputs[0], *LAYERS)
        if operation.op in ("Relu", "Clip") and before is not None:
            return self.clamped(operation, before, result)
        return None

    def clamped(self, operation: Operation, layer: Operation, result: Value) -> Sequence[Operation] | None:
        """A layer and the clamp behind it: on codes of one scale they are the same as before rounding."""
        between = replace(result, name=f"{operation.outputs[0]} before {operation.op}")
        found = self.integers(layer, between)
        if found is None:
            return None
        self.values[between.name] = between
        return [*found, replace(operation, inputs=(between.name,), outputs=(result.name,))]

    def moved(self, operation: Operation, result: Value) -> Sequence[Operation]:
        """Codes that are moved instead of floats; those of another scale are converted before."""
        found: list[Operation] = []
        inputs = list(operation.inputs)
        for place, name in enumerate(inputs[:1] if operation.op != "Concat" else inputs):
            codes = self.codes(name)
            if codes is None or not _equal(self.values[codes].quantization, result.quantization):
                codes = f"{name} for {result.name}"
                self.values[codes] = replace(result, name=codes, shape=self.values[name].shape)
                found.append(Operation("QuantizeLinear", f"{operation.name} input", (name,), (codes,), {}))
            inputs[place] = codes
        return [*found, replace(operation, inputs=tuple(inputs), outputs=(result.name,))]

    def codes(self, name: str) -> str | None:
        """The integers that a float value stands for; empty for an absent one, None where there are none."""
        writer = self.search.writer(name, "DequantizeLinear")
        return "" if not name else writer.inputs[0] if writer else None

    def on(self, operation: Operation, codes: Sequence[str | None], result: Value) -> Operation:
        """The operation that reads codes and writes the result."""
        inputs = tuple(name or "" for name in codes)
        return replace(operation, inputs=inputs, outputs=(result.name,))


def _equal(a: Quantization | None, b: Quantization | None) -> bool:
    if a is None or b is None:
        return a is b
    return np.array_equal(a.scale, b.scale) and np.array_equal(a.zero_point, b.zero_point)
