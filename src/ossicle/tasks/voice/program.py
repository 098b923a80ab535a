"""A voice detector's emitted C: on this computer, called through ctypes, and its results on chips."""

import ctypes
from dataclasses import dataclass

import numpy as np

from ossicle.audio.pcm import as_float
from ossicle.graph import Graph
from ossicle.programs.interface import INTERFACES, Entry, Interface, Summary
from ossicle.programs.library import Stream
from ossicle.tasks import audio
from ossicle.tasks.voice.segments import Segment, SegmentRules, find_segments


@dataclass(frozen=True)
class VoiceFrames:
    """What some samples gave: the ``probabilities`` of their frames, and whether there is ``voice``.

    Voice ends as soon as that is known, and so later than a :class:`~ossicle.tasks.voice.segments.Segment`.
    """

    probabilities: np.ndarray
    """float32 ``(frames,)``."""
    voice: np.ndarray
    """bool ``(frames,)``."""


@dataclass(frozen=True)
class VoiceProgram(audio.AudioProgram):
    """A built voice detector; ``open`` starts independent streams."""

    @property
    def rules(self) -> SegmentRules:
        """When a probability is taken for voice."""
        return SegmentRules(**self.summary["rules"])

    def open(self, threshold: float | None = None) -> "VoiceStream":
        """Start a stream; ``threshold`` takes the place of the model's start, and its end moves along."""
        return VoiceStream(self, threshold)

    def listen(self, signal: np.ndarray, threshold: float | None = None) -> VoiceFrames:
        """Listen to a whole signal of shape ``(n,)``, and to silence up to the end of its last frame."""
        padded = np.concatenate([as_float(signal), np.zeros(-len(signal) % self.hop, np.float32)])
        return self.open(threshold).push(padded)

    def segment(self, signal: np.ndarray, threshold: float | None = None) -> list[Segment]:
        """Where somebody speaks in a signal of shape ``(n,)``."""
        probabilities = self.listen(signal, threshold).probabilities
        return find_segments(probabilities, self.rules.starting_at(threshold), len(signal), self.summary)

    def run(self, inputs: np.ndarray) -> np.ndarray:
        """For each frame whether there is ``voice``, 0 or 1, and the ``probability``."""
        found = self.listen(inputs)
        results = np.zeros(len(found.voice), RESULT)
        results["voice"], results["probability"] = found.voice, found.probabilities
        return results


class VoiceStream(Stream):
    """One audio stream through a built voice detector, in chunks of any length."""

    def __init__(self, program: VoiceProgram, threshold: float | None = None) -> None:
        self._library, self._program = program.library.load(), program
        self.state = np.zeros(self._library.osc_host_state_bytes() // 4, np.float32)
        self._library.osc_host_reset(self._at(self.state))
        rules = program.rules.starting_at(threshold)
        self._library.osc_host_set_thresholds(
            self._at(self.state), ctypes.c_float(rules.start), ctypes.c_float(rules.end)
        )
        self._pending = np.zeros(0, np.float32)

    def push(self, chunk: np.ndarray) -> VoiceFrames:
        """Take float samples of -1..1 or int16, of shape ``(n,)``; gives what the whole frames in it do."""
        samples = np.concatenate([self._pending, as_float(chunk)])
        frames = len(samples) // self._program.hop
        whole, self._pending = np.split(samples, [frames * self._program.hop])
        probabilities, voice = np.zeros(frames, np.float32), np.zeros(frames, np.int32)
        self._library.osc_host_push(
            *map(self._at, (self.state, np.ascontiguousarray(whole), probabilities, voice)),
            *map(ctypes.c_size_t, (frames, self._program.hop)),
        )
        return VoiceFrames(probabilities, voice.astype(bool))

    def feed(self, inputs: np.ndarray) -> VoiceFrames:
        """:meth:`push`."""
        return self.push(inputs)

    @staticmethod
    def _at(array: np.ndarray) -> ctypes.c_void_p:
        return array.ctypes.data_as(ctypes.c_void_p)


RESULT = np.dtype([("voice", "<i4"), ("probability", "<f4")])
"""The result of a frame: whether there is voice, and how probable it is."""


def _result_type(summary: Summary) -> np.dtype:
    return RESULT


def _entry(graph: Graph) -> Entry:
    return Entry(("push", "push_f32"), (audio.hop_bytes(graph),), (4,), "samples", returns=True)


def _difference(found: np.ndarray, expected: np.ndarray) -> float:
    """Between probabilities."""
    return float(np.abs(found["probability"] - expected["probability"]).max())


INTERFACES["voice"] = Interface(
    VoiceProgram,
    entry=_entry,
    items=audio.pcm_items,
    result_type=_result_type,
    read=audio.read_sound,
    stimulus=audio.voice_samples,
    difference=_difference,
    unit="between probabilities",
)
