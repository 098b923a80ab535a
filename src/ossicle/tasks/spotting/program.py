"""A keyword spotter's emitted C: on this computer, called through ctypes, and its results on chips."""

import ctypes
from dataclasses import dataclass

import numpy as np

from ossicle.audio.pcm import as_float
from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.programs.interface import INTERFACES, Entry, Interface, Summary
from ossicle.programs.library import Stream
from ossicle.tasks import audio


@dataclass(frozen=True)
class Detection:
    """A word that was heard: when its frame ended, which it is, and its mean posterior."""

    seconds: float
    word: str
    confidence: float


@dataclass(frozen=True)
class Heard:
    """What some samples gave: posteriors ``(frames, classes)``, averaged, and the words among them."""

    posteriors: np.ndarray
    detections: list[Detection]


@dataclass(frozen=True)
class SpotterProgram(audio.AudioProgram):
    """A built spotter; ``open`` starts independent streams."""

    @property
    def labels(self) -> list[str]:
        """Names of the classes."""
        return list(self.summary["labels"])

    def open(self, threshold: float | None = None) -> "SpotterStream":
        """Start a stream; ``threshold`` over 0 and up to 1 takes the place of the model's."""
        return SpotterStream(self, threshold)

    def spot(self, signal: np.ndarray, threshold: float | None = None) -> Heard:
        """Listen to a whole signal of shape ``(n,)``: its posteriors, and the words in it.

        A word that ends with the signal is heard in the second of silence behind it, so that its time may lie
        behind the signal's end.
        """
        stream = self.open(threshold)
        heard = stream.push(self._whole_frames(signal))
        behind = stream.push(np.zeros(self.sample_rate // self.hop * self.hop, np.float32))
        return Heard(heard.posteriors, heard.detections + behind.detections)

    def run(self, inputs: np.ndarray) -> np.ndarray:
        """For each frame ``word``, the class of a word that was reported or -1, and mean ``posteriors``."""
        heard = self.open().push(self._whole_frames(inputs))
        results = np.zeros(len(heard.posteriors), result_type(self.summary))
        results["posteriors"], results["word"] = heard.posteriors, -1
        for word in heard.detections:
            frame = round(word.seconds * self.sample_rate / self.hop) - 1
            results["word"][frame] = self.labels.index(word.word)
        return results

    def _whole_frames(self, signal: np.ndarray) -> np.ndarray:
        """Float samples, and silence up to the end of the last frame."""
        return np.concatenate([as_float(signal), np.zeros(-len(signal) % self.hop, np.float32)])


class SpotterStream(Stream):
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
        self._frames = 0

    def push(self, chunk: np.ndarray) -> Heard:
        """Take float samples of -1..1 or int16, of shape ``(n,)``; gives what the whole frames in it do."""
        samples = np.concatenate([self._pending, as_float(chunk)])
        frames = len(samples) // self._program.hop
        whole, self._pending = np.split(samples, [frames * self._program.hop])
        posteriors = np.zeros((frames, len(self._program.labels)), np.float32)
        words = np.zeros(frames, np.int32)
        self._library.osc_host_push(
            *map(self._at, (self.state, np.ascontiguousarray(whole), posteriors, words)),
            *map(ctypes.c_size_t, (frames, self._program.hop, len(self._program.labels))),
        )
        first, self._frames = self._frames, self._frames + frames
        frame_s = self._program.hop / self._program.sample_rate
        detections = [
            Detection(
                (first + i + 1) * frame_s, self._program.labels[words[i]], float(posteriors[i, words[i]])
            )
            for i in np.flatnonzero(words >= 0)
        ]
        return Heard(posteriors, detections)

    def feed(self, inputs: np.ndarray) -> Heard:
        """:meth:`push`."""
        return self.push(inputs)

    @staticmethod
    def _at(array: np.ndarray) -> ctypes.c_void_p:
        return array.ctypes.data_as(ctypes.c_void_p)


def result_type(summary: Summary) -> np.dtype:
    """The result of a frame: the class of a word that was reported or -1, and the mean posteriors."""
    return np.dtype([("word", "<i4"), ("posteriors", "<f4", (len(summary["labels"]),))])


def _entry(graph: Graph) -> Entry:
    posteriors = 4 * graph.tensors[graph.outputs[0]].size
    return Entry(("push", "push_f32"), (audio.hop_bytes(graph),), (posteriors,), "samples", returns=True)


def _difference(found: np.ndarray, expected: np.ndarray) -> float:
    """Between posteriors; 1 where the words differ."""
    if (found["word"] != expected["word"]).any():
        return 1.0
    return float(np.abs(found["posteriors"] - expected["posteriors"]).max())


INTERFACES["spotting"] = Interface(
    SpotterProgram,
    entry=_entry,
    items=audio.pcm_items,
    result_type=result_type,
    read=audio.read_sound,
    stimulus=audio.voice_samples,
    difference=_difference,
    unit="between posteriors",
)
