"""Finding patterns of operations in a network, and putting others in their place."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ossicle.importers.network import Network, Operation, Value


@dataclass(frozen=True)
class Search:
    """A network, and which operation writes each value."""

    network: Network
    writers: Mapping[str, Operation]

    @classmethod
    def of(cls, network: Network) -> "Search":
        """All of a network."""
        return cls(network, {value: of for of in network.operations for value in of.outputs if value})

    def writer(self, value: str, *operators: str) -> Operation | None:
        """The operation that writes a value, where it is one of these operators."""
        found = self.writers.get(value)
        return found if found is not None and (not operators or found.op in operators) else None

    def constant(self, value: str) -> np.ndarray | None:
        """The numbers of a constant; None for any other value."""
        return self.network.values[value].constant if value else None

    def number(self, value: str) -> float | None:
        """The number of a constant that is one number; None for any other value."""
        found = self.constant(value)
        return float(found.reshape(-1)[0]) if found is not None and found.size == 1 else None

    def is_number(self, value: str, number: float) -> bool:
        """Whether a value is this constant, up to the rounding of a float32."""
        found = self.number(value)
        return found is not None and abs(found - number) <= 1e-6 * max(1.0, abs(number))

    def with_constant(self, operation: Operation | None) -> tuple[str, str] | None:
        """The variable and the constant input of an operation of two; None where it has not one each."""
        if operation is None or len(operation.inputs) != 2:
            return None
        left, right = operation.inputs
        known = [self.constant(value) is not None for value in (left, right)]
        if sum(known) != 1:
            return None
        return (right, left) if known[0] else (left, right)

    def shape(self, value: str) -> tuple[int, ...]:
        """Of a value."""
        return self.network.values[value].shape


Find = Callable[[Search, Operation], Sequence[Operation] | None]
"""What to put in the place of an operation; None where it may stay."""


def rewrite(network: Network, find: Find) -> Network:
    """Put other operations in the place of those that ``find`` has some for, and drop what is read no more.

    The last operation of a replacement writes what the old one wrote.
    """
    search = Search.of(network)
    operations: list[Operation] = []
    for operation in network.operations:
        found = find(search, operation)
        operations += [operation] if found is None else found
    return without_unread(replace(network, operations=tuple(operations)))


def without_unread(network: Network) -> Network:
    """Drop operations whose results nobody reads."""
    needed = {*network.outputs, *(state.output for state in network.states)}
    kept: list[Operation] = []
    for operation in reversed(network.operations):
        if needed & set(operation.outputs):
            kept.append(operation)
            needed |= set(operation.inputs)
    return replace(network, operations=tuple(reversed(kept)))


def single(
    operation: Operation, op: str, inputs: Iterable[str], attributes: Mapping[str, Any] | None = None
) -> list[Operation]:
    """One operation that writes what another wrote, under its name."""
    return [Operation(op, operation.name, tuple(inputs), operation.outputs, dict(attributes or {}))]


def with_values(network: Network, values: Iterable[Value]) -> Network:
    """The network with these values besides, or in place of others of their names."""
    return replace(network, values={**network.values, **{value.name: value for value in values}})
