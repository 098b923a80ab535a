"""A suppressor's emitted C on this computer, called through ctypes."""

import ctypes
import weakref
from dataclasses import dataclass

import numpy as np

from ossicle.audio.pcm import as_float
from ossicle.run.library import Program


@dataclass(frozen=True)
class HostProgram(Program):
    """A built suppressor; ``open`` starts independent streams."""

    @property
    def latency(self) -> int:
        """Lag of a stream's output behind its input, in samples."""
        latency: int = self.summary["latency_samples"]
        return latency

    def open(self) -> "Stream":
        """Start a stream, its state reset."""
        return Stream(self)

    def denoise(self, signal: np.ndarray) -> np.ndarray:
        """Clean a whole float32 signal of shape ``(n,)``; the output has its length and alignment."""
        stream = self.open()
        return np.concatenate([stream.process(signal), stream.flush()])[self.latency :]


class Stream:
    """One audio stream through a built model.

    ``process`` takes chunks of any length and returns the samples that are ready; all returned samples
    together are the input, cleaned, ``latency`` samples later. How the input is cut into chunks does not
    change a bit of it.
    """

    def __init__(self, program: HostProgram) -> None:
        self._library = library = program.library.load()
        self._program = program
        self.state = np.zeros(library.osc_host_state_bytes() // 4, np.float32)
        if "backend" in program.summary:
            weakref.finalize(self, _let_go, library, self.state)
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


def _let_go(library: ctypes.CDLL, state: np.ndarray) -> None:
    """Wait for the copies that a cluster's engines still make into a state that is in use no more."""
    library.osc_host_quiet()
