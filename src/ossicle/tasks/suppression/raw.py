"""Raw samples through a built suppressor, as they come."""

from collections.abc import Callable
from typing import BinaryIO, Protocol

import numpy as np

from ossicle.audio.level import LevelMeter, factor
from ossicle.audio.pcm import as_float, to_pcm16
from ossicle.errors import OssicleError
from ossicle.tasks.suppression.enhance import kept_part, mixed
from ossicle.tasks.suppression.program import SuppressorProgram

RAW_BLOCK = 1600
"""Bytes read at once from a raw stream, at most: 50 ms."""
LEVEL_S = 10
"""Seconds of sound after which its level is told, unless it ends before."""
WAYS_OUT = "send samples of 2 bytes (S16_LE, mono)"
FILES = (b"RIFF", b"RIFX", b"RF64", b"fLaC", b"OggS", b"FORM", b"ID3", b".snd", b"caff")
"""How audio files begin, which somebody may send in place of samples."""


class RawSource(Protocol):
    """A stream of bytes, such as ``sys.stdin.buffer``."""

    def read1(self, size: int, /) -> bytes:
        """Up to ``size`` bytes as soon as there are some; none at the end."""


def denoise_raw(
    program: SuppressorProgram,
    source: RawSource,
    sink: BinaryIO,
    gain_db: float = 0.0,
    tell_level: Callable[[float], None] = lambda dbfs: None,
    attenuation_db: float | None = None,
) -> int:
    """Clean raw 16-bit samples as they come; as many go out, aligned with what came in.

    The network hears them amplified by ``gain_db``; noise loses at most ``attenuation_db``. ``tell_level``
    is called once, with the level in dBFS that the network heard in the first seconds. Returns how many bytes
    were left over: 1 where the input ends in the middle of a sample. Raises :class:`OssicleError` where no
    samples come, and where a file comes instead.
    """
    stream, gain = program.open(), np.float32(factor(gain_db))
    meter: LevelMeter | None = LevelMeter(program.sample_rate, 1)
    skip, received, sent, rest = program.latency, 0, 0, b""
    before, kept = np.zeros(0, np.float32), kept_part(attenuation_db)

    def send(samples: np.ndarray) -> None:
        nonlocal skip, sent, before
        ready = samples[skip:][: received - sent]
        skip -= min(skip, len(samples))
        sent += len(ready)
        output = mixed(ready / gain, before[: len(ready)], kept)
        before = before[len(ready) :]
        sink.write(to_pcm16(output).astype("<i2").tobytes())
        sink.flush()

    def measure(samples: np.ndarray, last: bool) -> None:
        nonlocal meter
        if meter is None:
            return
        meter.push(samples[:, None])
        if last or received >= LEVEL_S * program.sample_rate:
            tell_level(float(meter.levels_dbfs()[0]))
            meter = None

    while data := source.read1(RAW_BLOCK):
        data = rest + data
        if not received and data.startswith(FILES):
            raise OssicleError(
                f"standard input is an audio file and no raw samples; name the file, or {WAYS_OUT}"
            )
        whole = len(data) // 2 * 2
        rest = data[whole:]
        received += whole // 2
        heard = as_float(np.frombuffer(data[:whole], "<i2").astype(np.int16))
        before = np.concatenate([before, heard])
        samples = heard * gain
        measure(samples, last=False)
        send(stream.process(samples))
    if not received:
        raise OssicleError(f"the raw input holds no samples; {WAYS_OUT}")
    measure(np.zeros(0, np.float32), last=True)
    send(stream.flush())
    return len(rest)
