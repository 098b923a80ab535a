"""Audio files, written block by block; each appears whole, or not at all."""

import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import soundfile

from ossicle.audio.formats import check_holds, encoding, output_format
from ossicle.audio.metadata import WAV_FAMILY, add_metadata
from ossicle.audio.reading import Stored
from ossicle.errors import OssicleError
from ossicle.files import replacing

WRITE_BLOCK = 16384
"""Frames handed to the encoder at once: Vorbis and Opus put a whole call's samples on the stack."""
LONGEST_WAV = (1 << 32) - (1 << 20)
"""Bytes of sound that a WAV file holds; more of it needs RF64."""


@dataclass(frozen=True)
class Writer:
    """A file that is being written."""

    file: soundfile.SoundFile
    sink: "_Sink"
    kind: str
    subtype: str

    def write(self, samples: np.ndarray) -> None:
        """Append float32 samples ``(frames, channels)``; integer formats limit them to full scale."""
        for start in range(0, len(samples), WRITE_BLOCK):
            self.file.write(_encode(samples[start : start + WRITE_BLOCK], self.subtype))
            self.sink.check()


@contextmanager
def create_audio(path: str | Path, like: Stored) -> Iterator[Writer]:
    """Write an audio file of the rate and channels of ``like``, by the ending of ``path``.

    Encoding and metadata are those of ``like`` as far as the format has them. A symbolic link is written
    through. The file appears when the context ends without an error; before, what was written is opened
    again and held against what was meant. Raises :class:`OssicleError` where it cannot be written.
    """
    path = Path(path)
    kind = _kind(path, like)
    check_holds(path, kind, like.rate, like.channels)
    subtype = encoding(path, kind, like.subtype, like.rate)
    sink: _Sink | None = None
    try:
        with replacing(path) as partial:
            with partial.open("x+b") as raw:
                sink = _Sink(raw)
                with soundfile.SoundFile(sink, "w", like.rate, like.channels, subtype, format=kind) as file:
                    _set_tags(file, like)
                    yield Writer(file, sink, kind, subtype)
                    file.flush()
                    frames = file.frames
                sink.flush()
                sink.check()
            add_metadata(partial, kind, like.metadata)
            _check_written(partial, path, kind, like, frames)
    except (OSError, soundfile.LibsndfileError) as error:
        raise OssicleError(
            f"cannot write {path} ({_reason(error, sink)}); choose another place or format"
        ) from None


def _kind(path: Path, like: Stored) -> str:
    """The format by the name's ending; of the WAV family, the one that the sound comes from and fits into."""
    kind = output_format(path)
    if kind == "WAV" and like.kind in WAV_FAMILY:
        kind = like.kind
    if kind in ("WAV", "WAVEX") and (like.frames or 0) * like.channels * 4 > LONGEST_WAV:
        kind = "RF64"
    return kind


def _set_tags(file: soundfile.SoundFile, like: Stored) -> None:
    """Tags by libsndfile, where they are not copied byte by byte."""
    if like.kind in WAV_FAMILY and file.format in WAV_FAMILY:
        return
    for name, value in like.metadata.tags.items():
        with suppress(soundfile.LibsndfileError):  # a format without tags
            setattr(file, name, value)


def _check_written(partial: Path, path: Path, kind: str, like: Stored, frames: int) -> None:
    with partial.open("rb") as raw, soundfile.SoundFile(raw) as file:
        found = (file.format, file.samplerate, file.channels)
        whole = abs(file.frames - frames) <= like.rate
    if found != (kind, like.rate, like.channels) or not whole:
        raise OssicleError(
            f"cannot write {path}: as {kind} it would be read as {found[0]} of {found[1]} Hz and {found[2]} "
            "channels; end the name in .wav"
        )


def _reason(error: Exception, sink: "_Sink | None") -> str:
    if sink is not None and sink.error is not None:
        error = sink.error
    return str(getattr(error, "strerror", None) or getattr(error, "error_string", None) or error)


class _Sink(io.RawIOBase):
    """A file for libsndfile, which forgets why a write failed: this remembers it, and goes on."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        self.error: OSError | None = None

    def write(self, data: Any) -> int:
        """Write bytes, unless a write failed before."""
        with self._remembering():
            self._file.write(data)
        return len(data)

    def readinto(self, buffer: Any) -> int:
        """Read what was written: some formats mend their header so."""
        data = b""
        with self._remembering():
            data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """As of any file; what is still to be written may fail here too."""
        with self._remembering():
            self._file.seek(offset, whence)
        return self.tell()

    def tell(self) -> int:
        """As of any file."""
        return self._file.tell() if self.error is None else 0

    def flush(self) -> None:
        """Hand what was written to the operating system."""
        with self._remembering():
            self._file.flush()

    def check(self) -> None:
        """Raise what went wrong."""
        if self.error is not None:
            raise self.error

    @contextmanager
    def _remembering(self) -> Iterator[None]:
        if self.error is None:
            try:
                yield
            except OSError as error:
                self.error = error
        else:
            with suppress(OSError):
                yield


def _encode(samples: np.ndarray, subtype: str) -> np.ndarray:
    """Round to the integers that are stored: libsndfile cuts the fraction off, which shifts every sample."""
    bits = {"PCM_16": 16, "PCM_24": 24, "PCM_32": 32}.get(subtype)
    if bits is None:
        return samples
    full_scale = 2.0 ** (bits - 1)
    codes = np.clip(np.rint(samples.astype(np.float64) * full_scale), -full_scale, full_scale - 1)
    return codes.astype(np.int16) if bits == 16 else (codes.astype(np.int64) << (32 - bits)).astype(np.int32)
