"""Audio files, read block by block: of any length, whatever their headers say of it."""

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np
import soundfile

from ossicle.audio import ffmpeg
from ossicle.audio.formats import HIGHEST_RATE, LOWEST_RATE
from ossicle.audio.headers import Header, examine
from ossicle.audio.metadata import Metadata, read_metadata
from ossicle.audio.patched import PatchedFile
from ossicle.errors import OssicleError
from ossicle.files import check_file

BLOCK = 1 << 16
"""Frames that are read at once."""
LOSSY = "MPEG_LAYER_III"
"""Stands for the encodings of FFmpeg: nearly all that reach it lose something."""
PAF_CHUNK = 2048
"""Samples that libsndfile decodes at once from a 24-bit PAF file: it loses those that make no whole frame."""
UNBELIEVABLE = 1 << 40
"""Frames that no file has: such a count stands for an unknown one."""


@dataclass(frozen=True)
class Stored:
    """How a file stores sound."""

    rate: int
    channels: int
    subtype: str
    """Encoding of a sample, as libsndfile calls it."""
    kind: str
    """Format of the file, as libsndfile calls it."""
    frames: int | None
    """None where the file does not say it."""
    metadata: Metadata = field(default_factory=Metadata)


class Source(Protocol):
    """An open file."""

    stored: Stored

    def blocks(self) -> Iterator[np.ndarray]:
        """Blocks of float32 samples, each of shape ``(frames, channels)``.

        Raises :class:`OssicleError` at the end of a file that is damaged, cut short or empty.
        """


@contextmanager
def open_audio(path: str | Path) -> Iterator[Source]:
    """Open an audio file; raises :class:`OssicleError` where it is missing or no audio.

    What libsndfile does not read, FFmpeg does, where it is installed.
    """
    path = Path(path)
    _check_is_file(path)
    with ExitStack() as stack:
        source = _open(path, stack)
        rate = source.stored.rate
        if not LOWEST_RATE <= rate <= HIGHEST_RATE:
            raise OssicleError(
                f"{path} says that its sampling rate is {rate} Hz; sound has {LOWEST_RATE} to {HIGHEST_RATE} "
                "Hz, so correct its header"
            )
        yield source


def _open(path: Path, stack: ExitStack) -> Source:
    try:
        file = stack.enter_context(path.open("rb"))
        size = os.fstat(file.fileno()).st_size
        header = examine(file, size)
        file.seek(0)
    except OSError as error:
        raise OssicleError(f"cannot read {path} ({error.strerror or error})") from None
    try:
        opened = stack.enter_context(_Forward(PatchedFile(file, header.patches)))
    except soundfile.LibsndfileError as error:
        flaw = header.flaw(size)
        if flaw:
            raise OssicleError(_cut(path, flaw)) from None
        return _FfmpegSource(path, stack.enter_context(ffmpeg.open_stream(path, error.error_string)))
    if opened.format == "PAF" and opened.subtype == "PCM_24" and PAF_CHUNK % opened.channels:
        raise OssicleError(
            f"{path} is a PAF file of {opened.channels} channels of 24 bits, which libsndfile misreads; "
            "convert it to WAV where it was made"
        )
    return _SoundFileSource(path, file, opened, header, size)


def _check_is_file(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        if isinstance(error, FileNotFoundError):
            raise OssicleError(f"there is no file {path}") from None
        raise OssicleError(f"cannot read {path} ({error.strerror or error})") from None
    if stat.S_ISDIR(mode):
        raise OssicleError(f"{path} is a folder; name the recordings in it, such as {path}/*.wav")
    check_file(path)


def _cut(path: Path, flaw: str) -> str:
    return f"{path} is {flaw}; copy it again, or convert what is left"


class _Forward(soundfile.SoundFile):  # type: ignore[misc]
    """A file that is read from its beginning to its end.

    After each block, soundfile seeks to where it is already, which some codecs cannot do although libsndfile
    says that they can.
    """

    def seekable(self) -> bool:
        """Never."""
        return False


class _SoundFileSource:
    """A file that libsndfile reads."""

    def __init__(
        self, path: Path, raw: BinaryIO, file: soundfile.SoundFile, header: Header, size: int
    ) -> None:
        self._path, self._file, self._flaw = path, file, header.flaw(size)
        frames = file.frames if 0 < file.frames < UNBELIEVABLE else None
        self.stored = Stored(
            file.samplerate, file.channels, file.subtype, file.format, frames, read_metadata(raw, file)
        )

    def blocks(self) -> Iterator[np.ndarray]:
        """See :class:`Source`."""
        if self._flaw:
            raise OssicleError(_cut(self._path, self._flaw))
        read, promised = 0, self.stored.frames
        while len(block := self._read()):
            read += len(block)
            yield block
        if promised is not None and read < promised:
            raise OssicleError(_cut(self._path, f"cut short by {promised - read} samples"))
        if not read:
            raise OssicleError(f"{self._path} holds no samples")

    def _read(self) -> np.ndarray:
        try:
            block: np.ndarray = self._file.read(BLOCK, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            raise OssicleError(
                f"{self._path} is damaged or cut short ({error.error_string}); copy it again, or convert "
                "what is left"
            ) from None
        return block


class _FfmpegSource:
    """A file that FFmpeg reads."""

    def __init__(self, path: Path, stream: ffmpeg.Decoded) -> None:
        self._path, self._stream = path, stream
        self.stored = Stored(stream.rate, stream.channels, LOSSY, "", None)

    def blocks(self) -> Iterator[np.ndarray]:
        """See :class:`Source`."""
        read = 0
        for block in self._stream.blocks(BLOCK):
            read += len(block)
            yield block
        if not read:
            raise OssicleError(f"{self._path} holds no samples")
