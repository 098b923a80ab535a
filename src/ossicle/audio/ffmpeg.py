"""Files that libsndfile does not read, such as M4A, WebM and video, decoded by FFmpeg if it is installed."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from ossicle.errors import OssicleError

COMMAND = ("ffmpeg", "-nostdin", "-v", "level+warning")
FIRST_SOUND = ("-map", "0:a:0", "-c:a", "pcm_f32le", "-f", "wav", "-")
COMPLAINTS = ("[error]", "[fatal]", "[panic]")
GUESSED = "misdetection possible"
"""FFmpeg's warning where a few bytes could be a format, as those of any other file could."""


@dataclass(frozen=True)
class Decoded:
    """Sound on its way out of FFmpeg: 32-bit floats behind the header of a WAV file."""

    path: Path
    rate: int
    channels: int
    process: subprocess.Popen[bytes]
    messages: IO[bytes]

    def blocks(self, frames: int) -> Iterator[np.ndarray]:
        """Blocks of float32 samples ``(frames, channels)``; the last one may be shorter.

        Raises :class:`OssicleError` at the end where FFmpeg found the file damaged.
        """
        assert self.process.stdout is not None
        size = 4 * self.channels
        while data := self.process.stdout.read(frames * size):
            whole = len(data) // size * size
            yield np.frombuffer(data[:whole], "<f4").reshape(-1, self.channels).astype(np.float32)
        if self.process.wait() or _complaint(self.messages):
            raise OssicleError(
                f"{self.path} is damaged or cut short ({_complaint(self.messages)}); copy it again, or "
                "convert what is left"
            )


@contextmanager
def open_stream(path: Path, reason: str) -> Iterator[Decoded]:
    """Let FFmpeg decode the first sound track of a file.

    Raises :class:`OssicleError` where FFmpeg is not installed or finds no sound; the sentence then says why
    libsndfile did not read the file, ``reason``.
    """
    if shutil.which(COMMAND[0]) is None:
        raise OssicleError(
            f"cannot read {path} as audio ({reason.rstrip('.')}); convert it to WAV or FLAC, or install "
            "FFmpeg, which reads more formats"
        )
    # The prefix keeps FFmpeg from taking a name for an option, or for an address in the network.
    command = [*COMMAND, "-i", f"file:{path}", *FIRST_SOUND]
    with (
        tempfile.TemporaryFile() as messages,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=messages) as process,
    ):
        try:
            assert process.stdout is not None
            found = _wav_header(process.stdout)
            if found is None:
                process.wait()
            if found is None or GUESSED in _text(messages):
                why = _complaint(messages) or reason.rstrip(".")
                raise OssicleError(f"cannot read {path} as audio ({why}); convert it to WAV or FLAC")
            yield Decoded(path, *found, process, messages)
        finally:
            process.kill()


def _wav_header(stream: IO[bytes]) -> tuple[int, int] | None:
    """Read up to the samples; rate and channels, or None where the stream ends before."""
    if stream.read(12)[:4] != b"RIFF":
        return None
    rate = channels = 0
    while len(head := stream.read(8)) == 8:
        name, size = head[:4], int.from_bytes(head[4:], "little")
        if name == b"data":
            return rate, channels
        data = stream.read(size + size % 2)
        if name == b"fmt ":
            channels, rate = int.from_bytes(data[2:4], "little"), int.from_bytes(data[4:8], "little")
    return None


def _complaint(messages: IO[bytes]) -> str:
    """The last thing that FFmpeg found wrong, if any."""
    for line in reversed(_text(messages).splitlines()):
        for level in COMPLAINTS:
            if level in line:
                return line.partition(level)[2].strip()
    return ""


def _text(messages: IO[bytes]) -> str:
    messages.seek(0)
    return messages.read().decode("utf-8", "replace")
