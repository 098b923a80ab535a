"""A suppressor's C: called through ctypes on this computer, and what it reads and writes on chips."""

import ctypes
from dataclasses import dataclass

import numpy as np

from ossicle.audio.pcm import as_float, to_pcm16
from ossicle.graph import Graph
from ossicle.programs.interface import Entry, Interface
from ossicle.programs.library import Stream
from ossicle.tasks import audio


@dataclass(frozen=True)
class SuppressorProgram(audio.AudioProgram):
    """A built suppressor; ``open`` starts independent streams."""

    @property
    def latency(self) -> int:
        """Lag of a stream's output behind its input, in samples."""
        return int(self.summary["latency_samples"])

    def open(self) -> "SuppressorStream":
        """Start a stream, its state reset."""
        return SuppressorStream(self)

    def run(self, inputs: np.ndarray) -> np.ndarray:
        """As many int16 samples as go in, ``latency`` samples later, of float or int16 ones, ``(n,)``."""
        stream = self.open()
        cleaned = np.concatenate([stream.process(inputs), stream.flush()])[: len(inputs)]
        return to_pcm16(cleaned).astype("<i2")

    def denoise(self, signal: np.ndarray) -> np.ndarray:
        """Clean a whole float32 signal of shape ``(n,)``; the output has its length and alignment."""
        stream = self.open()
        return np.concatenate([stream.process(signal), stream.flush()])[self.latency :]


class SuppressorStream(Stream):
    """One audio stream through a built model.

    ``process`` takes chunks of any length and returns the samples that are ready; all returned samples
    together are the input, cleaned, ``latency`` samples later. How the input is cut into chunks does not
    change a bit of it.
    """

    def __init__(self, program: SuppressorProgram) -> None:
        self._library = library = program.library.load()
        self._program = program
        self.state = np.zeros(library.osc_host_state_bytes() // 4, np.float32)
        program.library.keep(self.state, self)
        self.reset()

    def reset(self) -> None:
        """Forget all samples and states."""
        self._library.osc_host_reset(self.state.ctypes.data_as(ctypes.c_void_p))
        self._pending = np.zeros(0, np.float32)

    def process(self, chunk: np.ndarray) -> np.ndarray:
        """Take float samples of -1..1 or int16, of shape ``(n,)``; returns float32 samples."""
        samples = as_float(chunk)
        samples = np.concatenate([self._pending, samples])
        hop = self._program.hop
        whole = len(samples) // hop * hop
        self._pending = samples[whole:]
        return self._run(samples[:whole])

    def feed(self, inputs: np.ndarray) -> np.ndarray:
        """:meth:`process`."""
        return self.process(inputs)

    def flush(self) -> np.ndarray:
        """Return what is still inside, so that the whole output is ``latency`` samples longer than the input.

        The stream is reset and can be used again.
        """
        hop, latency = self._program.hop, self._program.latency
        due = len(self._pending) + latency
        tail = np.zeros(-(-due // hop) * hop, np.float32)
        tail[: len(self._pending)] = self._pending
        output = self._run(tail)[:due]
        self.reset()
        return output

    def _run(self, samples: np.ndarray) -> np.ndarray:
        samples = np.ascontiguousarray(samples)
        output = np.empty_like(samples)
        self._library.osc_host_run(
            self.state.ctypes.data_as(ctypes.c_void_p),
            samples.ctypes.data_as(ctypes.c_void_p),
            output.ctypes.data_as(ctypes.c_void_p),
            ctypes.c_size_t(len(samples) // self._program.hop),
            ctypes.c_size_t(self._program.hop),
        )
        return output


def _entry(graph: Graph) -> Entry:
    hop = audio.hop_bytes(graph)
    return Entry(("process", "process_f32"), (hop,), (hop,), "samples")


def _difference(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.abs(found.astype(int) - expected).max())


INTERFACE = Interface(
    SuppressorProgram,
    entry=_entry,
    items=audio.pcm_items,
    result_type=lambda summary: np.dtype("<i2"),
    read=audio.read_sound,
    stimulus=audio.voice_samples,
    difference=_difference,
    unit="LSB of 16 bits",
)
