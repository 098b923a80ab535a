"""Audio files of any rate, channels and depth, as float32, and back."""

import os
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from uuid import uuid4

import numpy as np
import soundfile
import soxr

from ossicle.errors import OssicleError

WRITE_BLOCK = 16384
"""Frames handed to the encoder at once: Vorbis and Opus put a whole call's samples on the stack."""
UNKNOWN_SIZE = 0x7FFFF000
"""Sizes from here on stand in the header of a WAV file that was written to a pipe: they promise nothing."""


@dataclass(frozen=True)
class Audio:
    """Decoded audio: float32 samples of shape ``(frames, channels)``, and how the file stored them."""

    samples: np.ndarray
    rate: int
    subtype: str = "PCM_16"

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate


def read_audio(path: str | Path) -> Audio:
    """Decode a file; raises :class:`OssicleError` where it is missing, no audio, cut short or empty."""
    path = Path(path)
    if not path.is_file():
        raise OssicleError(f"there is no file {path}")
    try:
        with soundfile.SoundFile(path) as file:
            audio = Audio(file.read(dtype="float32", always_2d=True), file.samplerate, file.subtype)
        missing = _missing_bytes(path)
    except (OSError, TypeError, soundfile.LibsndfileError) as error:  # TypeError: a file named .raw
        reason = getattr(error, "error_string", error)
        raise OssicleError(f"cannot read {path} as audio ({reason}); convert it to WAV or FLAC") from None
    if missing:
        raise OssicleError(f"{path} is cut short by {missing} bytes; copy it again, or convert what is left")
    if not len(audio.samples):
        raise OssicleError(f"{path} holds no samples")
    return audio


def repair(audio: Audio) -> tuple[Audio, int]:
    """The audio with silence in place of NaN and infinity, and how many samples that were."""
    wrong = ~np.isfinite(audio.samples)
    return replace(audio, samples=np.where(wrong, np.float32(0), audio.samples)), int(np.count_nonzero(wrong))


def repaired_text(file: object, count: int) -> str:
    """A sentence about samples that were repaired."""
    return f"{file}: {count} NaN or infinite samples were taken for silence"


def write_audio(path: str | Path, audio: Audio) -> None:
    """Encode by the ending of ``path``, in the depth of ``audio`` where the format has it.

    The file appears whole or not at all. Samples beyond full scale are limited in integer formats.
    """
    path = Path(path)
    kind = output_format(path)
    subtype = "OPUS" if path.suffix.lower() == ".opus" else audio.subtype
    if not soundfile.check_format(kind, subtype):
        subtype = soundfile.default_subtype(kind)
    samples = audio.samples
    partial = path.with_name(f".{uuid4().hex}.part")
    try:
        partial.touch(exist_ok=False)
        with soundfile.SoundFile(partial, "w", audio.rate, samples.shape[1], subtype, format=kind) as file:
            for start in range(0, len(samples), WRITE_BLOCK):
                file.write(_encode(samples[start : start + WRITE_BLOCK], subtype))
        os.replace(partial, path)
    except (OSError, soundfile.LibsndfileError) as error:
        reason = getattr(error, "strerror", None) or getattr(error, "error_string", None) or error
        raise OssicleError(f"cannot write {path} ({reason}); choose another place or format") from None
    finally:
        with suppress(OSError):
            partial.unlink()


def output_format(path: Path) -> str:
    """Name that libsndfile has for the format of a file name's ending."""
    kind = path.suffix[1:].upper()
    kind = {"AIF": "AIFF", "OGA": "OGG", "OPUS": "OGG"}.get(kind, kind)
    if kind == "RAW" or kind not in soundfile.available_formats():
        raise OssicleError(f"cannot tell the format of {path} by its ending; end it in .wav, .flac or .ogg")
    return kind


def resample(samples: np.ndarray, rate: int, to: int, frames: int | None = None) -> np.ndarray:
    """Change the rate of ``(frames, channels)``, to exactly ``frames`` frames where given."""
    result = samples if rate == to else soxr.resample(samples, rate, to, quality="HQ")
    if frames is not None and len(result) != frames:
        result = np.pad(result[:frames], ((0, max(frames - len(result), 0)), (0, 0)))
    return result


def _missing_bytes(path: Path) -> int:
    """Bytes that the header of a WAV or AIFF file promises beyond its end; libsndfile does not mind them."""
    with path.open("rb") as file:
        head = file.read(8)
    orders: dict[bytes, Literal["little", "big"]] = {b"RIFF": "little", b"FORM": "big"}
    order = orders.get(head[:4])
    size = int.from_bytes(head[4:], order) if order else 0
    missing = 8 + size - path.stat().st_size
    # Some writers count the 8 bytes of the header itself.
    return missing if missing > 8 and size < UNKNOWN_SIZE else 0


def _encode(samples: np.ndarray, subtype: str) -> np.ndarray:
    """Round to the integers that are stored: libsndfile cuts the fraction off, which shifts every sample."""
    bits = {"PCM_16": 16, "PCM_24": 24, "PCM_32": 32}.get(subtype)
    if bits is None:
        return samples
    full_scale = 2.0 ** (bits - 1)
    codes = np.clip(np.rint(samples.astype(np.float64) * full_scale), -full_scale, full_scale - 1)
    return codes.astype(np.int16) if bits == 16 else (codes.astype(np.int64) << (32 - bits)).astype(np.int32)
