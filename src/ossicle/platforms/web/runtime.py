"""A built model in wasmtime, which compiles WebAssembly for this computer."""

import importlib.util
import time
from typing import Any

import numpy as np

from ossicle.errors import OssicleError


def check_wasmtime() -> None:
    """Raise :class:`OssicleError` where the runtime is missing."""
    if not importlib.util.find_spec("wasmtime"):
        raise OssicleError("wasmtime is not installed; pip install 'ossicle[web]'")


class WasmModel:
    """An instance of a built model, its state reset.

    ``rate`` is that of its stream in Hz; ``latency`` the lag of the stream's output, in samples at that rate.
    Raises :class:`OssicleError` where the rate cannot be resampled.
    """

    def __init__(self, wasm: bytes, rate: int) -> None:
        check_wasmtime()
        import wasmtime

        self._store = wasmtime.Store()
        module = wasmtime.Module(self._store.engine, wasm)
        exports = wasmtime.Instance(self._store, module, []).exports(self._store)
        self._exports: Any = exports
        self.latency = int(self._call("reset", rate))
        if self.latency < 0:
            raise OssicleError(f"{rate} Hz cannot be resampled to the rate of this model")

    def _call(self, name: str, *arguments: float) -> Any:
        return self._exports[name](self._store, *arguments)

    def _write(self, address: int, values: np.ndarray) -> None:
        self._exports["memory"].write(self._store, values.tobytes(), address)

    def read(self, address: int, size: int) -> bytes:
        """Bytes of its memory."""
        return bytes(self._exports["memory"].read(self._store, address, address + size))

    def state(self, size: int) -> bytes:
        """The state struct as the last frame left it."""
        return self.read(self._call("state"), size)

    def process_frame(self, samples: np.ndarray) -> tuple[np.ndarray, float]:
        """A frame of int16 samples, ``(hop,)``; also returns the seconds that it took."""
        address = self._call("frame")
        self._write(address, samples)
        begun = time.perf_counter()
        self._call("process_frame")
        elapsed = time.perf_counter() - begun
        return np.frombuffer(self.read(address, samples.nbytes), "<i2"), elapsed

    def process(self, samples: np.ndarray, kept: float, block: int) -> np.ndarray:
        """Floats, ``(n,)``, through the stream in blocks; ``kept`` is the part of the input that stays."""
        address, output = self._call("samples"), [np.zeros(0, np.float32)]
        for start in range(0, len(samples), block):
            part = samples[start : start + block].astype("<f4")
            self._write(address, part)
            self._call("process", len(part), float(kept))
            output.append(np.frombuffer(self.read(address, part.nbytes), "<f4"))
        return np.concatenate(output)
