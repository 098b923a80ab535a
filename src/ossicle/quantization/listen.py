"""Recordings for calibration, and what is wrong with them."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ossicle.audio.files import read_audio, repair, repaired_text
from ossicle.audio.resampling import resample
from ossicle.errors import OssicleError
from ossicle.graph.calibration import Span
from ossicle.graph.task import Clip
from ossicle.quantization.histogram import Histogram
from ossicle.quantization.ranges import percentile

SILENCE_DBFS = -80.0
SHORTEST_S = 6.0
"""Of which int16 activations need no more; int8 ones do (docs/numerics.md)."""
CLIPPED_SHARE = 1e-3
LEVEL_DB = 15.0
"""How far the loudest bins may lie from those that the model was calibrated on before."""


@dataclass(frozen=True)
class Recordings:
    """What a network hears of each channel of each file, and sentences about flaws."""

    clips: list[Clip]
    warnings: list[str]


def read_recordings(
    files: Sequence[Path],
    sample_rate: int,
    hear: Callable[[np.ndarray], Clip],
    known: Span | None = None,
) -> Recordings:
    """Read recordings of any rate for the calibration of a network.

    ``hear`` makes its inputs of a float signal at ``sample_rate``. ``known`` is what the first one held where
    the model was calibrated before, if it was and if its values grow with the level. Raises
    :class:`OssicleError` where no file has sound.
    """
    clips: list[Clip] = []
    warnings, seconds = [], 0.0
    for file in files:
        audio, repaired = repair(read_audio(file))
        samples = audio.samples
        if repaired:
            warnings.append(repaired_text(file, repaired))
        power = float(np.mean(np.square(samples, dtype=np.float64)))
        if power < 10 ** (SILENCE_DBFS / 10):
            warnings.append(f"{file} is silent and left out: it would only make ranges look smaller")
            continue
        clipped = float(np.mean(np.abs(samples) > 0.999))
        if clipped > CLIPPED_SHARE:
            warnings.append(
                f"{file} is clipped in {clipped:.1%} of its samples: its distortion widens the ranges, "
                "and leaves fewer codes to clean sound"
            )
        seconds += audio.seconds
        heard = map(hear, resample(samples, audio.rate, sample_rate).T)
        clips += [clip for clip in heard if len(_first(clip))]
    if not clips:
        raise OssicleError("no recording for calibration has any sound; give a few seconds of noisy speech")
    if seconds < SHORTEST_S:
        warnings.append(
            f"{seconds:.1f} s of sound is short: the ranges end at what it happens to hold, and louder sound "
            "will be clipped; give 20 s or more"
        )
    if known:
        warnings += _level_warning([_first(clip) for clip in clips], known)
    return Recordings(clips, warnings)


def _first(clip: Clip) -> np.ndarray:
    """What a network hears at its first input."""
    if isinstance(clip, Mapping):
        clip = list(clip.values())
    return clip if isinstance(clip, np.ndarray) else clip[0]


def _level_warning(clips: list[np.ndarray], earlier: Span) -> list[str]:
    """Compare the loudest bins with those of an earlier calibration."""
    (_, loudest), known = percentile(Histogram.of(np.concatenate(clips))), earlier.s8_high
    difference = 20 * math.log10(max(loudest, 1e-9) / max(known, 1e-9))
    if abs(difference) <= LEVEL_DB:
        return []
    effect = (
        "louder sound will be clipped"
        if difference < 0
        else "sound of the usual level keeps fewer of the codes"
    )
    direction = "quieter" if difference < 0 else "louder"
    return [
        f"the recordings are {abs(difference):.0f} dB {direction} than what the model was calibrated on: the "
        f"range of its input ends at {loudest:.3g} in place of {known:.3g}, and {effect}"
    ]
