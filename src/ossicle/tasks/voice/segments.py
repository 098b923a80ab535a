"""Where somebody speaks, from the probability of each frame: the rules of Silero VAD's timestamps.

Voice begins with a frame of at least ``start``. It ends with the first frame below ``end`` after which no
frame reaches ``start``, once another frame below ``end`` comes ``min_silence_s`` or more after it. Segments
that are not longer than ``min_speech_s`` are dropped. The others begin ``pad_s`` earlier and end that much
later; two of them share a pause that is too short for both.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from ossicle.errors import OssicleError


@dataclass(frozen=True)
class SegmentRules:
    """Probabilities at which voice begins and ends, and times in seconds."""

    start: float = 0.5
    end: float = 0.35
    min_speech_s: float = 0.25
    min_silence_s: float = 0.1
    pad_s: float = 0.03

    def __post_init__(self) -> None:
        if not 0 <= self.end <= self.start <= 1 or not self.start:
            raise OssicleError(
                "voice must start at a probability over 0 and up to 1, and end at no higher one, not at "
                f"{self.start} and {self.end}"
            )
        times = self.min_speech_s, self.min_silence_s, self.pad_s
        if not all(0 <= time <= 3600 for time in times):
            raise OssicleError(f"times of a segment must be 0 to 3600 s, not {', '.join(map(str, times))}")

    def starting_at(self, threshold: float | None) -> "SegmentRules":
        """The rules with another start, and an end that is as far below it; None changes nothing."""
        if threshold is None:
            return self
        return replace(self, start=threshold, end=max(threshold - (self.start - self.end), 0.0))

    @staticmethod
    def frames(seconds: float, sample_rate: int, hop: int) -> int:
        """Least number of hops that last so long."""
        return math.ceil(round(seconds * sample_rate, 6) / hop)


@dataclass(frozen=True)
class Segment:
    """Where somebody speaks: from ``start`` to ``end``, in seconds, with the mean probability in between."""

    start: float
    end: float
    confidence: float


def find_segments(
    probabilities: np.ndarray, rules: SegmentRules, samples: int, summary: Mapping[str, Any]
) -> list[Segment]:
    """The segments of a signal of so many samples, from the probabilities of its frames, ``(frames,)``.

    ``summary`` has its ``sample_rate`` and its ``hop``.
    """
    rate, hop = summary["sample_rate"], summary["hop"]
    least = rules.frames(rules.min_silence_s, rate, hop)
    spoken = [
        (begin * hop, min(end * hop, samples))
        for begin, end in _runs(probabilities, rules, least)
        if min(end * hop, samples) - begin * hop > rules.min_speech_s * rate
    ]
    padded = _padded(spoken, int(rules.pad_s * rate), samples)
    return [
        Segment(begin / rate, end / rate, float(probabilities[first // hop : -(-last // hop)].mean()))
        for (begin, end), (first, last) in zip(padded, spoken, strict=True)
    ]


def _runs(probabilities: np.ndarray, rules: SegmentRules, least: int) -> list[tuple[int, int]]:
    """First frames of voice, and of the silence after it."""
    runs: list[tuple[int, int]] = []
    begin, soft = -1, -1
    for frame, probability in enumerate(probabilities):
        if probability >= rules.start:
            begin, soft = frame if begin < 0 else begin, -1
        elif begin >= 0 and probability < rules.end:
            soft = frame if soft < 0 else soft
            if frame - soft >= least:
                runs.append((begin, soft))
                begin, soft = -1, -1
    return runs if begin < 0 else [*runs, (begin, len(probabilities))]


def _padded(spoken: list[tuple[int, int]], pad: int, samples: int) -> list[tuple[int, int]]:
    """Begins and ends moved apart, halfway into a pause at most."""
    if not spoken:
        return []
    pauses = [after[0] - before[1] for before, after in pairwise(spoken)]
    moved = [pause // 2 if pause < 2 * pad else pad for pause in pauses]
    begins = [max(0, begin - by) for (begin, _), by in zip(spoken, [pad, *moved], strict=True)]
    ends = [min(samples, end + by) for (_, end), by in zip(spoken, [*moved, pad], strict=True)]
    return list(zip(begins, ends, strict=True))
