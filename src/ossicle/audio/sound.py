"""What a program is run on where its output is compared: a recording, samples, or a synthetic voice."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ossicle.audio.files import Audio, read_audio, repair
from ossicle.audio.pcm import as_float, to_pcm16
from ossicle.audio.resampling import resample
from ossicle.errors import OssicleError

LONGEST_S = 3600.0


@dataclass(frozen=True)
class Sound:
    """Int16 samples of shape ``(n,)``, and how many of them were NaN or infinite and are silence now."""

    samples: np.ndarray
    repaired: int = 0


def sound_to_run(audio: str | Path | np.ndarray | None, rate: int, seconds: float) -> Sound:
    """The first ``seconds`` of a recording's first channel, of samples at ``rate``, or of a buzz in noise."""
    if not 0 < seconds <= LONGEST_S:
        raise OssicleError(f"seconds to run must be over 0 and up to {LONGEST_S:g}, not {seconds:g}")
    if audio is None:
        return Sound(synthetic_voice(rate, seconds))
    if isinstance(audio, np.ndarray):
        source, name = Audio(as_float(audio)[:, None], rate), "the array"
    else:
        source, name = read_audio(audio), str(audio)
    found, repaired = repair(source)
    signal = resample(found.samples[: round(seconds * found.rate), :1], found.rate, rate)[:, 0]
    if not len(signal):
        raise OssicleError(f"{name} holds no samples; give at least one hop")
    return Sound(to_pcm16(signal), repaired)


def synthetic_voice(sample_rate: int, seconds: float) -> np.ndarray:
    """A buzz that swells and fades three times a second, in white noise; int16."""
    time = np.arange(round(sample_rate * seconds)) / sample_rate
    phase = 2 * np.pi * (120 * time + 3 * np.sin(2 * np.pi * time))
    buzz = sum(np.sin(k * phase) / k for k in range(1, 20)) * np.clip(np.sin(6 * np.pi * time), 0, 1)
    return to_pcm16(0.15 * buzz + np.random.default_rng(0).normal(0, 0.03, len(time)))
