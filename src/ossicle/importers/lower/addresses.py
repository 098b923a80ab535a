"""Where each number of a network lies: an address for each value that the graph's tensors hold.

While a network is lowered, a value of it is an array of addresses, of the value's own shape. So whatever
only moves data (a transpose, a slice, a concatenation, a padding, a scatter) is the same movement of
addresses, and costs nothing until an operator needs its operand in another order than the one it lies in.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

ZERO = -1
"""Address of the constant 0; other constants have the addresses below it."""


class Place(NamedTuple):
    """Where a tensor lies."""

    name: str
    start: int
    size: int


@dataclass
class Addresses:
    """Hands out addresses for tensors, from 0 up, and for constants, from -1 down."""

    names: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    total: int = 0
    constants: list[float] = field(default_factory=lambda: [0.0])
    known: dict[float, int] = field(default_factory=lambda: {0.0: ZERO})

    def add(self, name: str, size: int) -> np.ndarray:
        """The addresses of a new tensor's values, in their order."""
        self.names.append(name)
        self.starts.append(self.total)
        self.total += size
        return np.arange(self.total - size, self.total)

    def add_constants(self, values: np.ndarray) -> np.ndarray:
        """Addresses of constants, of the shape of ``values``."""
        distinct, places = np.unique(values.astype(np.float32), return_inverse=True)
        found = np.array([self._constant(float(value)) for value in distinct], np.int64)
        return found[places].reshape(values.shape)

    def _constant(self, value: float) -> int:
        if value not in self.known:
            self.constants.append(value)
            self.known[value] = -len(self.constants)
        return self.known[value]

    def constants_at(self, index: np.ndarray) -> np.ndarray:
        """float32 values of constant addresses; 0 where an address is that of a tensor."""
        table = np.array(self.constants, np.float32)
        return np.where(index < 0, table[np.where(index < 0, -1 - index, 0)], np.float32(0))

    def tensor(self, address: int) -> Place:
        """The tensor that an address lies in."""
        at = bisect_right(self.starts, address) - 1
        end = self.starts[at + 1] if at + 1 < len(self.starts) else self.total
        return Place(self.names[at], self.starts[at], end - self.starts[at])

    def place(self, name: str) -> Place:
        """Where a tensor lies."""
        return self.tensor(self.starts[self.names.index(name)])

    def tensors(self, index: np.ndarray) -> list[Place]:
        """The tensors that hold any of these values, in the order in which they were added."""
        found: list[Place] = []
        for address in np.unique(index[index >= 0]):
            if not found or address >= found[-1].start + found[-1].size:
                found.append(self.tensor(int(address)))
        return found

    def holder(self, index: np.ndarray) -> Place | None:
        """The one tensor that holds all of these values; None where there is none."""
        place = None if index.min() < 0 else self.tensor(int(index.min()))
        return place if place and index.max() < place.start + place.size else None
