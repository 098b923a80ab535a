"""What the translation of operators writes to: values and operations in the vocabulary of a network."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ossicle.importers.network import Operation, Quantization, StatePair, Value
from ossicle.importers.obstacle import Obstacle
from ossicle.importers.tflite.model import OperatorRecord

TO_CHANNELS_FIRST = (0, 3, 1, 2)
TO_CHANNELS_LAST = (0, 2, 3, 1)
UNFIT = (ValueError, IndexError, KeyError, TypeError, ZeroDivisionError)
"""What a translation raises where options and shapes of an operator contradict each other."""


@dataclass
class Translation:
    """Collects a network, operator by operator."""

    values: dict[str, Value] = field(default_factory=dict)
    operations: list[Operation] = field(default_factory=list)
    states: list[StatePair] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Sentences on what the network does not keep of its file."""

    def declare(self, value: Value) -> str:
        """Add a value; returns its name."""
        self.values[value.name] = value
        return value.name

    def unused(self, name: str) -> str:
        """A name like this one that no value has."""
        found, number = name, 1
        while found in self.values:
            found, number = f"{name}_{number}", number + 1
        return found

    def note(self, sentence: str) -> None:
        """Keep a sentence, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)


class Site:
    """One operator of a subgraph, as its translation sees it: what it reads, and where it writes."""

    def __init__(self, into: Translation, names: Sequence[str], record: OperatorRecord, index: int) -> None:
        self.into, self.record, self._names = into, record, names
        self.name = f"{record.kind.lower()}_{index}"
        self.options: Mapping[str, Any] = record.options

    def input(self, port: int) -> str:
        """Name of the value at an input; empty where an optional one is absent."""
        inputs = self.record.inputs
        return self._names[inputs[port]] if port < len(inputs) and inputs[port] >= 0 else ""

    @property
    def inputs(self) -> list[str]:
        """Names of the values at all inputs."""
        return [self.input(port) for port in range(len(self.record.inputs))]

    @property
    def outputs(self) -> list[str]:
        """Names of the values at all outputs."""
        return [self._names[index] for index in self.record.outputs]

    def value(self, name: str) -> Value:
        """A value by its name."""
        return self.into.values[name]

    def at(self, port: int) -> Value:
        """The value at an input; an obstacle where there is none."""
        if not self.input(port):
            raise self.obstacle(f"its input {port} is absent", "export the network again")
        return self.value(self.input(port))

    def numbers(self, port: int) -> tuple[int, ...]:
        """The integers of a constant input."""
        constant = self.at(port).constant
        if constant is None:
            raise self.obstacle(
                f"its input {port} is computed while the network runs",
                "export it with fixed shapes, so that this is a constant",
            )
        return tuple(int(number) for number in constant.ravel())

    def obstacle(self, problem: str, way_out: str) -> Obstacle:
        """What stands in the way here."""
        return Obstacle(self.name, self.record.kind, problem, way_out)

    def constant(self, of: str, array: np.ndarray, quantization: Quantization | None = None) -> str:
        """Declare a constant made of another value; returns its name."""
        name = self.into.unused(f"{of}_{self.name}")
        return self.into.declare(Value(name, array.shape, array.dtype.name, array, quantization))

    def between(self, like: str, shape: Sequence[int] | None = None) -> str:
        """Declare a value of the type of another one, between two operations; returns its name."""
        source = self.value(like)
        name = self.into.unused(f"{self.name}_value")
        sizes = source.shape if shape is None else tuple(int(size) for size in shape)
        return self.into.declare(replace(source, name=name, shape=sizes, constant=None))

    def emit(self, op: str, inputs: Sequence[str], outputs: Sequence[str], **attributes: Any) -> None:
        """Append an operation."""
        count = sum(operation.name.startswith(self.name + ".") for operation in self.into.operations[-8:])
        name = f"{self.name}.{count}"
        self.into.operations.append(Operation(op, name, tuple(inputs), tuple(outputs), attributes))

    def transposed(self, name: str, order: Sequence[int]) -> str:
        """Append a transpose to a new value; returns its name."""
        shape = self.value(name).shape
        moved = self.between(name, [shape[axis] for axis in order])
        self.emit("Transpose", [name], [moved], perm=tuple(order))
        return moved

    def reshaped(self, name: str, shape: Sequence[int]) -> str:
        """The same values in another shape; returns their name."""
        if self.value(name).shape == tuple(shape):
            return name
        moved = self.between(name, shape)
        self.emit("Reshape", [name], [moved], shape=tuple(int(size) for size in shape))
        return moved

    def reshape_to(self, name: str, output: str) -> None:
        """Append the reshape of a value to an output."""
        self.emit("Reshape", [name], [output], shape=self.value(output).shape)

    def float_weight(self, port: int) -> Value:
        """A constant input as it is multiplied: integers beside floats stand for floats."""
        weight = self.at(port)
        if weight.constant is None:
            raise self.obstacle(
                f"its input {port} is no constant", "export the network with its weights as constants"
            )
        if weight.quantization is None or self.at(0).dtype != "float32":
            return weight
        self.into.note(
            "weights are int8 beside float activations: they are multiplied out to floats, "
            "and activations are not rounded at run time as LiteRT would"
        )
        return replace(weight, constant=dequantized(weight), dtype="float32", quantization=None)


def dequantized(value: Value) -> np.ndarray:
    """The float32 that the codes of a constant stand for."""
    assert value.constant is not None and value.quantization is not None
    shape = [1] * value.constant.ndim
    if value.quantization.scale.size > 1:
        shape[value.quantization.axis] = -1
    scale, zero_point = (
        part.reshape(shape) if value.constant.ndim else part[0]
        for part in (value.quantization.scale, value.quantization.zero_point)
    )
    result: np.ndarray = (value.constant.astype(np.float32) - zero_point.astype(np.float32)) * scale
    return result.astype(np.float32)


Translator = Callable[[Site], None]
TRANSLATORS: dict[str, Translator] = {}
"""By the name of the operator; the modules of this folder fill it."""


def translates(*kinds: str) -> Callable[[Translator], Translator]:
    """Make a function known as the translation of operators of these kinds."""

    def register(translator: Translator) -> Translator:
        TRANSLATORS.update(dict.fromkeys(kinds, translator))
        return translator

    return register


ACTIVATIONS = {0: None, 1: "RELU", 2: "RELU_N1_TO_1", 3: "RELU6", 4: "TANH", 5: "SIGN_BIT"}
"""Activation functions that are fused into other operators, by their numbers."""


def activated(site: Site, output: str) -> str:
    """Where an operator writes so that its fused activation function ends in ``output``.

    The value before it has the type of the output: what the function does to codes of that type is the same
    as what it would do to finer ones. :func:`finish` writes the function.
    """
    kind = ACTIVATIONS.get(site.options.get("FusedActivationFunction", 0), "?")
    return output if kind is None else site.between(output)


def finish(site: Site, before: str, output: str) -> None:
    """Append the fused activation function between two values, where there is one."""
    if before == output:
        return
    kind = ACTIVATIONS.get(site.options["FusedActivationFunction"], "?")
    if kind == "RELU":
        site.emit("Relu", [before], [output])
    elif kind == "RELU6":
        site.emit("Clip", [before], [output], min=0.0, max=6.0)
    elif kind == "RELU_N1_TO_1":
        site.emit("Clip", [before], [output], min=-1.0, max=1.0)
    elif kind == "TANH" and site.value(output).quantization is None:
        site.emit("Tanh", [before], [output])
    else:
        raise site.obstacle(
            f"its fused activation function {kind} is not known here", "make it an operator of its own"
        )
