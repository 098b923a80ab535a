"""What a network is for: what is done to the samples before it, and to its results after it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ossicle.audio.stft import StftConfig


@dataclass(frozen=True)
class Suppression:
    """From the magnitudes of a spectrum to a mask for it, frame by frame."""

    stft: StftConfig

    @property
    def sample_rate(self) -> int:
        """Samples a second."""
        return self.stft.sample_rate

    @property
    def hop(self) -> int:
        """Samples that one step takes."""
        return self.stft.hop

    @property
    def inputs(self) -> int:
        """Values that the network reads."""
        return self.stft.bins

    @property
    def outputs(self) -> int:
        """Values that the network gives."""
        return self.stft.bins

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for a file header."""
        return {"stft": self.stft.as_dict()}


Task = Suppression


def task_from_dict(data: Mapping[str, Any]) -> Task:
    """What :meth:`as_dict` of a task was made from."""
    return Suppression(StftConfig(**data["stft"]))
