"""What a network is for: what is done to the samples before it, and to its results after it."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ossicle.audio.mel import MelConfig
from ossicle.audio.stft import StftConfig
from ossicle.errors import OssicleError

LABEL = re.compile(r"[a-z0-9_ -]{1,32}")


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


@dataclass(frozen=True)
class Detector:
    """When a spotter reports a word; times are in steps.

    Posteriors are averaged over the newest ``smoothing`` steps. A word whose mean reaches ``threshold`` is
    reported, and none in the ``refractory`` steps after it.
    """

    smoothing: int = 4
    threshold: float = 0.8
    refractory: int = 24

    def __post_init__(self) -> None:
        if not (1 <= self.smoothing <= 1000 and 0 <= self.refractory <= 10**6 and 0 < self.threshold <= 1):
            raise OssicleError(
                f"a detector needs 1 to 1000 steps of smoothing, not {self.smoothing}, a threshold over 0 "
                f"and up to 1, not {self.threshold}, and a refractory period of 0 steps or more"
            )


@dataclass(frozen=True)
class Spotting:
    """From a patch of mel features to the posteriors of words, once every ``frames`` feature frames."""

    mel: MelConfig
    labels: tuple[str, ...]
    keywords: tuple[str, ...]
    """The labels that are reported."""
    frames: int = 1
    detector: Detector = Detector()

    def __post_init__(self) -> None:
        if len(set(self.labels)) < max(len(self.labels), 2) or not all(map(LABEL.fullmatch, self.labels)):
            raise OssicleError(f"labels must be two or more different short words, not {list(self.labels)}")
        if not self.keywords or set(self.keywords) - set(self.labels):
            raise OssicleError(f"keywords must be some of the labels, not {list(self.keywords)}")
        if self.frames < 1:
            raise OssicleError(f"a step takes at least one frame, not {self.frames}")

    @property
    def sample_rate(self) -> int:
        """Samples a second."""
        return self.mel.sample_rate

    @property
    def hop(self) -> int:
        """Samples that one step takes."""
        return self.frames * self.mel.hop

    @property
    def inputs(self) -> int:
        """Values that the network reads."""
        return self.mel.inputs

    @property
    def outputs(self) -> int:
        """Values that the network gives."""
        return len(self.labels)

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for a file header."""
        return {
            "mel": self.mel.as_dict(),
            "labels": list(self.labels),
            "keywords": list(self.keywords),
            "frames": self.frames,
            "detector": asdict(self.detector),
        }


Task = Suppression | Spotting


def task_from_dict(data: Mapping[str, Any]) -> Task:
    """What :meth:`as_dict` of a task was made from."""
    if "stft" in data:
        return Suppression(StftConfig(**data["stft"]))
    return Spotting(
        MelConfig(**data["mel"]),
        tuple(data["labels"]),
        tuple(data["keywords"]),
        data["frames"],
        Detector(**data["detector"]),
    )
