"""What a reader of a format takes and gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ossicle.importers.network import Network
from ossicle.importers.obstacle import Obstacle

LARGEST_FILE = 256 << 20
"""Bytes of a file, and of the tensors that it claims to hold: far more than any firmware."""


@dataclass(frozen=True)
class Choices:
    """What a file leaves open and the user decides."""

    shapes: Mapping[str, Sequence[int | None]] = field(default_factory=dict)
    """Shapes of inputs by name; None is a length that stays open: a sequence of steps runs along it."""
    constants: Mapping[str, object] = field(default_factory=dict)
    """Values of inputs that become constants, such as a sample rate: numbers or arrays."""
    frames: int = 1
    """Frames of an open length that one step takes."""


@dataclass(frozen=True)
class Reading:
    """A network as far as it could be read, and what was in the way."""

    network: Network
    obstacles: tuple[Obstacle, ...]
    """In the order of execution; where there are any, values behind them are missing."""

    def complete(self) -> Network:
        """The network; raises its first :class:`Obstacle`, which says how many there are."""
        if self.obstacles:
            raise self.obstacles[0]
        return self.network
