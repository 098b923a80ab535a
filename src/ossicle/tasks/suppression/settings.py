"""What a model file keeps of a suppressor: its transform, what its network hears, and what that gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np

from ossicle.audio.estimates import ESTIMATES, Estimate, Mask
from ossicle.audio.features import COMPRESSED, FEATURES, Features, Magnitude
from ossicle.audio.stft import StftConfig
from ossicle.errors import OssicleError
from ossicle.graph.task import Clip
from ossicle.tasks import audio
from ossicle.tasks.front_ends import read_settings

if TYPE_CHECKING:
    from ossicle.graph import Graph

Kind = TypeVar("Kind", Features, Estimate)


@dataclass(frozen=True)
class Suppression(audio.AudioTask):
    """The transform around a network, the features that each of its inputs hears, and what its output is."""

    stft: StftConfig
    heard: tuple[Features, ...] = (Magnitude(),)
    estimate: Estimate = Mask()  # noqa: RUF009 - frozen
    name: ClassVar[str] = "suppression"

    def __post_init__(self) -> None:
        if [features.kind for features in self.heard].count(COMPRESSED) > 1:
            raise OssicleError(f"only one input can hear {COMPRESSED} features: they follow one level")

    @property
    def sample_rate(self) -> int:
        """Samples a second."""
        return self.stft.sample_rate

    @property
    def hop(self) -> int:
        """Samples that a frame takes."""
        return self.stft.hop

    @property
    def inputs(self) -> tuple[int, ...]:
        """Features of each input."""
        return tuple(features.size(self.stft) for features in self.heard)

    @property
    def outputs(self) -> tuple[int, ...]:
        """Values of the estimate."""
        return (self.estimate.size(self.stft),)

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for a file header."""
        inputs = [features.as_dict() for features in self.heard]
        return {"stft": self.stft.as_dict(), "inputs": inputs, "output": self.estimate.as_dict()}

    @property
    def linear(self) -> bool:
        """Whether the first input hears amplitudes as they are."""
        return self.heard[0].linear

    def hear(self, signal: np.ndarray) -> Clip:
        """Features of a float signal, ``(frames, size)``, of each input where there are several."""
        heard = [features.of(signal, self.stft) for features in self.heard]
        return heard if len(heard) > 1 else heard[0]


def task_of(graph: "Graph") -> Suppression:
    """The task of a suppressor's graph."""
    assert isinstance(graph.task, Suppression)
    return graph.task


def parse(data: Mapping[str, Any]) -> Suppression:
    """The task, from what :meth:`Suppression.as_dict` gave."""
    heard = tuple(_parse(FEATURES, features) for features in data["inputs"])
    stft = read_settings(StftConfig, data["stft"], "its transform")
    return Suppression(stft, heard, _parse(ESTIMATES, data["output"]))


def _parse(kinds: Mapping[str, type[Kind]], data: Mapping[str, Any]) -> Kind:
    settings = dict(data)
    kind = kind_named(kinds, settings.pop("kind"), "the model")
    return read_settings(kind, settings, f"its {kind.kind}")


def kind_named(kinds: Mapping[str, type[Kind]], name: object, where: str) -> type[Kind]:
    """The kind of that name; raises :class:`OssicleError` where there is none."""
    if name not in kinds:
        raise OssicleError(f"{where} has the unknown kind {name!r}; choose one of {', '.join(kinds)}")
    return kinds[str(name)]
