"""Audio files of any rate, channels and depth, as float32, and back."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from ossicle.errors import OssicleError


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


def read_audio(path: Path) -> Audio:
    """Decode a file; raises :class:`OssicleError` where it is missing, no audio, or holds no samples."""
    if not path.is_file():
        raise OssicleError(f"there is no file {path}")
    try:
        with soundfile.SoundFile(path) as file:
            audio = Audio(file.read(dtype="float32", always_2d=True), file.samplerate, file.subtype)
    except (OSError, soundfile.LibsndfileError) as error:
        reason = getattr(error, "error_string", error)
        raise OssicleError(f"cannot read {path} as audio ({reason}); convert it to WAV or FLAC") from None
    if not len(audio.samples):
        raise OssicleError(f"{path} holds no samples")
    return audio


def write_audio(path: Path, audio: Audio) -> None:
    """Encode by the ending of ``path``, in the depth of ``audio`` where the format has it.

    The file appears whole or not at all. Samples beyond full scale are limited in integer formats.
    """
    kind = output_format(path)
    subtype = (
        audio.subtype if soundfile.check_format(kind, audio.subtype) else soundfile.default_subtype(kind)
    )
    partial = ""
    try:
        handle, partial = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        os.close(handle)
        soundfile.write(partial, _encode(audio.samples, subtype), audio.rate, subtype=subtype, format=kind)
        os.chmod(partial, 0o666 & ~_umask())
        os.replace(partial, path)
    except (OSError, soundfile.LibsndfileError) as error:
        reason = getattr(error, "strerror", None) or getattr(error, "error_string", None) or error
        raise OssicleError(f"cannot write {path} ({reason}); choose another place or format") from None
    finally:
        if partial and os.path.exists(partial):
            os.unlink(partial)


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


def _encode(samples: np.ndarray, subtype: str) -> np.ndarray:
    """Round to the integers that are stored: libsndfile cuts the fraction off, which shifts every sample."""
    bits = {"PCM_16": 16, "PCM_24": 24, "PCM_32": 32}.get(subtype)
    if bits is None:
        return samples
    full_scale = 2.0 ** (bits - 1)
    codes = np.clip(np.rint(samples.astype(np.float64) * full_scale), -full_scale, full_scale - 1)
    return codes.astype(np.int16) if bits == 16 else (codes.astype(np.int64) << (32 - bits)).astype(np.int32)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
