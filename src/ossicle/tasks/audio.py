"""What tasks share that hear sound: samples, hops, transforms, recordings."""

from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ossicle.audio.pcm import as_float, to_pcm16
from ossicle.audio.sound import Sound, sound_to_run, synthetic_voice
from ossicle.errors import OssicleError
from ossicle.graph.task import Clip, Task
from ossicle.programs.interface import Given, Summary
from ossicle.programs.library import LibraryProgram

if TYPE_CHECKING:
    from ossicle.graph import Graph


class AudioTask(Task):
    """A task whose frames are hops of samples."""

    @property
    @abstractmethod
    def sample_rate(self) -> int:
        """Samples a second."""

    @property
    @abstractmethod
    def hop(self) -> int:
        """Samples that a frame takes."""

    @property
    def frame_items(self) -> int:
        """The hop size."""
        return self.hop

    @property
    def rate(self) -> float:
        """Hops a second."""
        return self.sample_rate / self.hop

    @property
    def frame_ms(self) -> float:
        """Milliseconds that a frame lasts."""
        return 1e3 * self.hop / self.sample_rate

    @property
    def timing(self) -> str:
        """Sample rate and hop."""
        return f"{self.sample_rate} Hz, a hop of {self.frame_ms:g} ms"

    @property
    def linear(self) -> bool:
        """Whether what the first input hears grows as the amplitude of the sound does."""
        return False

    @abstractmethod
    def hear(self, signal: np.ndarray) -> Clip:
        """What the network hears of a float signal at its rate, ``(frames, size)`` for each input."""


@dataclass(frozen=True)
class AudioProgram(LibraryProgram):
    """A built program that hears samples."""

    @property
    def sample_rate(self) -> int:
        """Samples a second that the model hears."""
        return int(self.summary["sample_rate"])

    @property
    def hop(self) -> int:
        """Samples that a frame takes."""
        return int(self.summary["hop"])

    @property
    def rate(self) -> float:
        """Hops a second."""
        return self.sample_rate / self.hop

    def noise(self, frames: int) -> np.ndarray:
        """Float noise at a level of speech."""
        return np.random.default_rng(0).normal(0, 0.05, frames * self.hop).astype(np.float32)


def audio_task(graph: "Graph") -> AudioTask:
    """The task of a graph that hears sound."""
    assert isinstance(graph.task, AudioTask)
    return graph.task


def hop_bytes(graph: "Graph") -> int:
    """Bytes of a hop of 16-bit samples."""
    return 2 * audio_task(graph).hop


def pcm_items(summary: Summary, given: Given) -> np.ndarray:
    """Float samples of -1..1 or int16 ones, ``(n,)``, as little-endian int16."""
    if not isinstance(given, np.ndarray):
        raise OssicleError(f"{summary['name']} hears samples: give one array")
    return to_pcm16(as_float(given)).astype("<i2")


def read_sound(graph: "Graph", given: str | Path | Given | None, seconds: float) -> Sound:
    """The first seconds of a recording, of samples, or of a synthetic voice in noise."""
    if not (given is None or isinstance(given, str | Path | np.ndarray)):
        raise OssicleError(f"{graph.name} hears samples: give a recording or one array")
    return sound_to_run(given, audio_task(graph).sample_rate, seconds)


def voice_samples(graph: "Graph", frames: int) -> np.ndarray:
    """Int16 samples of a synthetic voice in noise."""
    task = audio_task(graph)
    return synthetic_voice(task.sample_rate, frames * task.hop / task.sample_rate)
