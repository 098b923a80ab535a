"""A suppressor's C: called through ctypes on this computer, and what it reads and writes on chips."""

import ctypes
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ossicle.audio.pcm import as_float, to_pcm16
from ossicle.errors import OssicleError
from ossicle.programs.interface import INTERFACES, Entry, Interface
from ossicle.programs.library import Stream
from ossicle.tasks import audio

if TYPE_CHECKING:
    from ossicle.graph import Graph


@dataclass(frozen=True)
class SuppressorProgram(audio.AudioProgram):
    """A built suppressor; ``open`` starts independent streams."""

    @property
    def latency(self) -> int:
        """Lag of a stream's output behind its input, in samples."""
        return int(self.summary["latency_samples"])

    def open(self, streams: int | None = None) -> "SuppressorStream":
        """Start a stream, its state reset; or so many of them side by side.

        Raises :class:`OssicleError` for several where the program was not compiled for many streams.
        """
        return SuppressorStream(self, streams)

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
    """An audio stream through a built model, or several of them side by side.

    ``process`` takes chunks of any length and returns the samples that are ready; all returned samples
    together are the input, cleaned, ``latency`` samples later. How the input is cut into chunks does not
    change a bit of it, nor do the streams beside a stream. ``state`` holds the states one after another, a
    row for each stream.
    """

    def __init__(self, program: SuppressorProgram, streams: int | None = None) -> None:
        if streams is not None and not program.summary.get("streams"):
            raise OssicleError(
                f"{program.summary['name']} takes one stream at a time; compile it with streams=True"
            )
        if streams is not None and streams < 1:
            raise OssicleError(f"{streams} streams are none; open one or more")
        self._library = library = program.library.load()
        self._program = program
        self._shape = () if streams is None else (streams,)
        self.state = np.zeros((*self._shape, library.osc_host_state_bytes() // 4), np.float32)
        program.library.keep(self.state, self)
        self.reset()

    def reset(self) -> None:
        """Forget all samples and states."""
        for state in np.atleast_2d(self.state):
            self._library.osc_host_reset(state.ctypes.data_as(ctypes.c_void_p))
        self._pending = np.zeros((*self._shape, 0), np.float32)

    def process(self, chunk: np.ndarray) -> np.ndarray:
        """Take float samples of -1..1 or int16, of shape ``(n,)``; returns float32 samples.

        Of several streams, ``(streams, n)`` in and out: all get equally many samples.
        """
        samples = np.concatenate([self._pending, as_float(chunk, self._shape)], axis=-1)
        hop = self._program.hop
        whole = samples.shape[-1] // hop * hop
        self._pending = samples[..., whole:]
        return self._run(samples[..., :whole])

    def feed(self, inputs: np.ndarray) -> np.ndarray:
        """:meth:`process`."""
        return self.process(inputs)

    def flush(self) -> np.ndarray:
        """Return what is still inside, so that the whole output is ``latency`` samples longer than the input.

        The stream is reset and can be used again.
        """
        hop, latency = self._program.hop, self._program.latency
        pending = self._pending.shape[-1]
        due = pending + latency
        tail = np.zeros((*self._shape, -(-due // hop) * hop), np.float32)
        tail[..., :pending] = self._pending
        output = self._run(tail)[..., :due]
        self.reset()
        return output

    def _run(self, samples: np.ndarray) -> np.ndarray:
        samples = np.ascontiguousarray(samples)
        output = np.empty_like(samples)
        hop = self._program.hop
        arrays = [samples.ctypes.data_as(ctypes.c_void_p), output.ctypes.data_as(ctypes.c_void_p)]
        frames = [ctypes.c_size_t(samples.shape[-1] // hop), ctypes.c_size_t(hop)]
        state = self.state.ctypes.data_as(ctypes.c_void_p)
        if self._shape:
            self._library.osc_host_run_streams(state, ctypes.c_int(*self._shape), *arrays, *frames)
        else:
            self._library.osc_host_run(state, *arrays, *frames)
        return output


def _entry(graph: "Graph") -> Entry:
    hop = audio.hop_bytes(graph)
    return Entry(("process", "process_f32"), (hop,), (hop,), "samples")


def _difference(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.abs(found.astype(int) - expected).max())


INTERFACES["suppression"] = Interface(
    SuppressorProgram,
    entry=_entry,
    items=audio.pcm_items,
    result_type=lambda summary: np.dtype("<i2"),
    read=audio.read_sound,
    stimulus=audio.voice_samples,
    difference=_difference,
    unit="LSB of 16 bits",
    flags=lambda summary: ("-DOSC_STREAMS",) if summary.get("streams") else (),
)
