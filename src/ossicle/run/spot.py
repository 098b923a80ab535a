"""A keyword spotter's emitted C on this computer, called through ctypes."""

import ctypes
from dataclasses import dataclass

import numpy as np

from ossicle.audio.pcm import as_float
from ossicle.errors import OssicleError
from ossicle.run.library import Program


@dataclass(frozen=True)
class Detection:
    """A word that was heard: when its step ended, which it is, and its mean posterior."""

    seconds: float
    word: str
    confidence: float


@dataclass(frozen=True)
class Heard:
    """What some samples gave: posteriors ``(steps, classes)``, averaged, and the words among them."""

    posteriors: np.ndarray
    detections: list[Detection]


@dataclass(frozen=True)
class SpotterProgram(Program):
    """A built spotter; ``open`` starts independent streams."""

    @property
    def labels(self) -> list[str]:
        """Names of the classes."""
        labels: list[str] = self.summary["labels"]
        return labels

    def open(self, threshold: float | None = None) -> "SpotterStream":
        """Start a stream; ``threshold`` over 0 and up to 1 takes the place of the model's."""
        return SpotterStream(self, threshold)

    def spot(self, signal: np.ndarray, threshold: float | None = None) -> Heard:
        """Listen to a whole signal of shape ``(n,)``, and to silence up to the end of its last step."""
        padded = np.concatenate([as_float(signal), np.zeros(-len(signal) % self.hop, np.float32)])
        return self.open(threshold).push(padded)


class SpotterStream:
    """One audio stream through a built spotter, in chunks of any length."""

    def __init__(self, program: SpotterProgram, threshold: float | None = None) -> None:
        if threshold is not None and not 0 < threshold <= 1:
            raise OssicleError(f"a threshold must be over 0 and up to 1, not {threshold}")
        self._library, self._program = program.library.load(), program
        self.state = np.zeros(self._library.osc_host_state_bytes() // 4, np.float32)
        self._library.osc_host_reset(self._at(self.state))
        if threshold is not None:
            self._library.osc_host_set_threshold(self._at(self.state), ctypes.c_float(threshold))
        self._pending = np.zeros(0, np.float32)
        self._steps = 0

    def push(self, chunk: np.ndarray) -> Heard:
        """Take float samples of -1..1 or int16, of shape ``(n,)``; gives what the whole steps in it do."""
        samples = np.concatenate([self._pending, as_float(chunk)])
        steps = len(samples) // self._program.hop
        whole, self._pending = np.split(samples, [steps * self._program.hop])
        posteriors = np.zeros((steps, len(self._program.labels)), np.float32)
        words = np.zeros(steps, np.int32)
        self._library.osc_host_push(
            *map(self._at, (self.state, np.ascontiguousarray(whole), posteriors, words)),
            *map(ctypes.c_size_t, (steps, self._program.hop, len(self._program.labels))),
        )
        first, self._steps = self._steps, self._steps + steps
        step_s = self._program.hop / self._program.sample_rate
        detections = [
            Detection(
                (first + i + 1) * step_s, self._program.labels[words[i]], float(posteriors[i, words[i]])
            )
            for i in np.flatnonzero(words >= 0)
        ]
        return Heard(posteriors, detections)

    @staticmethod
    def _at(array: np.ndarray) -> ctypes.c_void_p:
        return array.ctypes.data_as(ctypes.c_void_p)
