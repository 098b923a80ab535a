"""Raw samples through a built suppressor, as they come."""

from typing import BinaryIO, Protocol

import numpy as np

from ossicle.errors import OssicleError
from ossicle.tasks.suppression.program import SuppressorProgram

RAW_BLOCK = 1600
"""Bytes read at once from a raw stream, at most: 50 ms."""
WAYS_OUT = "send samples of 2 bytes (S16_LE, mono)"
FILES = (b"RIFF", b"RIFX", b"RF64", b"fLaC", b"OggS", b"FORM", b"ID3", b".snd", b"caff")
"""How audio files begin, which somebody may send in place of samples."""


class RawSource(Protocol):
    """A stream of bytes, such as ``sys.stdin.buffer``."""

    def read1(self, size: int, /) -> bytes:
        """Up to ``size`` bytes as soon as there are some; none at the end."""


def denoise_raw(program: SuppressorProgram, source: RawSource, sink: BinaryIO) -> int:
    """Clean raw 16-bit samples as they come; as many go out, aligned with what came in.

    Returns how many bytes were left over: 1 where the input ends in the middle of a sample. Raises
    :class:`OssicleError` where no samples come, and where a file comes in their place.
    """
    stream = program.open()
    skip, received, sent, rest = program.latency, 0, 0, b""

    def send(samples: np.ndarray) -> None:
        nonlocal skip, sent
        kept = samples[skip:][: received - sent]
        skip -= min(skip, len(samples))
        sent += len(kept)
        sink.write(np.clip(np.rint(kept * 32768.0), -32768, 32767).astype("<i2").tobytes())
        sink.flush()

    while data := source.read1(RAW_BLOCK):
        data = rest + data
        if not received and data.startswith(FILES):
            raise OssicleError(
                f"standard input is an audio file and no raw samples; name the file, or {WAYS_OUT}"
            )
        whole = len(data) // 2 * 2
        rest = data[whole:]
        received += whole // 2
        send(stream.process(np.frombuffer(data[:whole], "<i2").astype(np.int16)))
    if not received:
        raise OssicleError(f"the raw input holds no samples; {WAYS_OUT}")
    send(stream.flush())
    return len(rest)
