"""Operations in one spelling, as they are written one after another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ossicle.importers.network import Operation, Quantization, Value
from ossicle.importers.obstacle import Obstacle


@dataclass(frozen=True)
class Call:
    """An operation as a file spells it, and the opset that says what that means."""

    operation: Operation
    opset: int


@dataclass
class Writer:
    """The values and operations of a network while they are brought into one spelling."""

    values: dict[str, Value]
    read: frozenset[str]
    """Values that an operation reads, or that the network gives."""
    operations: list[Operation] = field(default_factory=list)
    aliases: dict[str, str] = field(default_factory=dict)

    def name(self, name: str) -> str:
        """The value that another name stands for."""
        while name in self.aliases:
            name = self.aliases[name]
        return name

    def emit(
        self, op: str, of: str, inputs: Sequence[str], outputs: Sequence[str], **attributes: Any
    ) -> None:
        """Write an operation, in the name ``of`` one of the file."""
        self.operations.append(Operation(op, of, tuple(map(self.name, inputs)), tuple(outputs), attributes))

    def fresh(self, like: str, shape: Sequence[int]) -> str:
        """A new value of a shape, of the type of another one and named after it."""
        return self._add(replace(self.values[like], shape=tuple(shape), constant=None))

    def constant(self, like: str, array: np.ndarray) -> str:
        """A new constant, named after a value."""
        return self._add(Value(like, array.shape, array.dtype.name, array))

    def _add(self, value: Value) -> str:
        count = 1
        while f"{value.name}_{count}" in self.values:
            count += 1
        name = f"{value.name}_{count}"
        self.values[name] = replace(value, name=name)
        return name

    def quantize(self, name: str, quantization: Quantization, of: Operation) -> None:
        """Say what the integers of a value stand for."""
        known = self.values[name].quantization
        if known is not None and not _equal(known, quantization):
            raise Obstacle.at(of, f"{name!r} has two scales", "quantize the float file again")
        self.values[name] = replace(self.values[name], quantization=quantization)


def _equal(one: Quantization, other: Quantization) -> bool:
    return np.array_equal(one.scale, other.scale) and np.array_equal(one.zero_point, other.zero_point)


@dataclass(frozen=True)
class Spelled:
    """A call and all that a rule must know to write it in one spelling."""

    call: Call
    attributes: Mapping[str, Any]
    """Of the operation, with the defaults of its opset."""
    writer: Writer

    @property
    def operation(self) -> Operation:
        """The operation as the file has it."""
        return self.call.operation

    @property
    def x(self) -> Value:
        """The first input."""
        return self.writer.values[self.operation.inputs[0]]

    @property
    def y(self) -> Value:
        """The first output."""
        return self.writer.values[self.operation.outputs[0]]

    @property
    def rank(self) -> int:
        """Axes of the first input."""
        return len(self.x.shape)

    def input(self, index: int) -> Value | None:
        """An input that may be absent."""
        given = self.operation.inputs[index : index + 1]
        return self.writer.values[given[0]] if given and given[0] else None

    def more_are_read(self) -> bool:
        """Whether anybody reads another output than the first."""
        return not self.writer.read.isdisjoint(filter(None, self.operation.outputs[1:]))

    def numbers(self, index: int, attribute: str, what: str) -> list[Any] | None:
        """Numbers that older opsets have as an attribute and newer ones as an input; None where none are.

        Raises :class:`Obstacle` where the input is no constant.
        """
        value = self.input(index)
        if value is None:
            found = self.attributes.get(attribute)
            return found if found is None or isinstance(found, list) else [found]
        if value.constant is None:
            raise self.obstacle(f"{what} depends on the data", "export the network with a constant there")
        return list(np.ravel(value.constant).tolist())

    def axis(self, axis: int, rank: int | None = None) -> int:
        """An axis, counted from the front."""
        return axis % (self.rank if rank is None else rank) if self.rank else 0

    def obstacle(self, problem: str, way_out: str) -> Obstacle:
        """What is in the way of this operation."""
        return Obstacle.at(self.operation, problem, way_out)

    def require_features(self, given: int, needed: int) -> None:
        """Raise where the input has another number of features or channels than the weight is for."""
        if given != needed:
            raise self.obstacle(
                f"its weight is for {needed} values side by side, and its input has {given}",
                "give the shapes of the network's inputs, such as --shape x=1,1,257",
            )

    def emit(self, op: str = "", inputs: Sequence[str] = (), /, **attributes: Any) -> None:
        """Write the operation with all of its outputs; without more words, on its first input."""
        operation = self.operation
        self.writer.emit(
            op or operation.op,
            operation.name,
            inputs or operation.inputs[:1],
            operation.outputs,
            **attributes,
        )

    def alias(self) -> None:
        """Write nothing: the first output is the first input."""
        self.writer.aliases[self.operation.outputs[0]] = self.operation.inputs[0]
