"""What the rules of lowering share: a network, the graph that grows, and where each value lies."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ossicle.errors import OssicleError
from ossicle.importers.lower.builder import Builder
from ossicle.importers.network import Network, Operation


@dataclass
class Context:
    """One network on its way to a graph."""

    network: Network
    builder: Builder = field(default_factory=Builder)
    places: dict[str, np.ndarray] = field(default_factory=dict)
    """Addresses of the numbers of each value, of its shape."""

    def shape(self, value: str) -> tuple[int, ...]:
        """Of a value."""
        return self.network.values[value].shape

    def constant(self, value: str) -> np.ndarray | None:
        """The numbers of a constant; None for any other value, and where an optional input is absent."""
        return self.network.values[value].constant if value else None

    def place(self, value: str) -> np.ndarray:
        """Addresses of a value, also of a constant one."""
        if value not in self.places:
            constant = self.constant(value)
            if constant is None:
                raise OssicleError(
                    f"the value {value!r} is read before it is written; export the network again"
                )
            self.places[value] = self.builder.addresses.add_constants(constant)
        return self.places[value]

    def put(self, value: str, index: np.ndarray) -> None:
        """Say where a value lies."""
        if value:
            self.places[value] = index.reshape(self.shape(value))


Rule = Callable[[Context, Operation], None]
RULES: dict[str, Rule] = {}
"""What an operator of a network becomes, by its name."""


def rule(*operators: str) -> Callable[[Rule], Rule]:
    """Make a function the rule of some operators."""

    def register(function: Rule) -> Rule:
        for operator in operators:
            if RULES.setdefault(operator, function) is not function:
                raise ValueError(f"there are two rules for {operator}")
        return function

    return register
