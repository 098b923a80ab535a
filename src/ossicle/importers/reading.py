"""What a reader of a format takes and gives."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ossicle.errors import OssicleError
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
    usual_shapes: Mapping[str, Sequence[int | None]] = field(default_factory=dict)
    """Shapes that a front end knows: they fill the sizes that a file leaves open, and change no other."""
    usual_constants: Mapping[str, object] = field(default_factory=dict)
    """Constants that a front end knows."""

    def of(self, inputs: Collection[str]) -> "Choices":
        """Those for a network with inputs of these names.

        What is usual is left out for an input that the network lacks, or that something was chosen for.
        """
        constants = {name: self.usual_constants[name] for name in self.usual_constants if name in inputs}
        shapes = {name: self.usual_shapes[name] for name in self.usual_shapes if name in inputs}
        return replace(
            self,
            constants={**constants, **self.constants},
            usual_shapes={name: shape for name, shape in shapes.items() if name not in self.shapes},
            usual_constants={},
        )


@dataclass(frozen=True)
class Reading:
    """A network as far as it could be read, and what was in the way."""

    network: Network
    obstacles: tuple[Obstacle, ...]
    """In the order of execution; where there are any, values behind them are missing."""
    choices: Choices
    """Those that were of use."""

    def complete(self) -> Network:
        """The network; raises its first :class:`Obstacle`, which says how many there are."""
        if self.obstacles:
            raise self.obstacles[0]
        return self.network


def chosen_constant(name: str, given: object, dtype: str, shape: Sequence[int]) -> np.ndarray:
    """What the input of that name is set to, as an array of its type and shape.

    Raises :class:`OssicleError` where that type does not hold the value as it was given.
    """
    wanted = np.asarray(given)
    try:
        if wanted.dtype.kind not in "biuf":
            raise ValueError
        with np.errstate(all="ignore"):
            array = np.broadcast_to(wanted.astype(dtype), shape).copy()
        held = np.isfinite(array) if array.dtype.kind == "f" else wanted == array
        if not np.all(held):
            raise ValueError
    except (ValueError, TypeError):
        kind = "finite" if np.dtype(dtype).kind == "f" else "whole"
        raise OssicleError(
            f"the value {given!r} set for {name!r} is no {dtype} of the shape {list(shape)}; "
            f"give a {kind} number of that type"
        ) from None
    return array
