"""How often a spotter hears a word that was said, and one that was not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

TOLERANCE_S = 0.75
"""A word may be reported this long after its end."""


@dataclass(frozen=True)
class Spoken:
    """A keyword in a stream: its class, and where it begins and ends, in seconds."""

    label: int
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Operation:
    """What a spotter does at a threshold."""

    threshold: float
    detection_rate: float
    """Fraction of the spoken keywords that were reported."""
    false_alarms_per_hour: float
    """Reports of words that were not said then, other keywords among them."""


def reports(
    posteriors: np.ndarray, keywords: Sequence[int], threshold: float, refractory: int
) -> list[tuple[int, int]]:
    """Steps and classes that ``osc_detect`` reports, from averaged posteriors ``(steps, classes)``."""
    best = np.array(keywords)[posteriors[:, list(keywords)].argmax(axis=1)]
    found, quiet_until = [], 0
    for step in map(int, np.flatnonzero(posteriors[np.arange(len(best)), best] >= np.float32(threshold))):
        if step >= quiet_until:
            found.append((step, int(best[step])))
            quiet_until = step + refractory + 1
    return found


def operate(
    posteriors: np.ndarray,
    keywords: Sequence[int],
    spoken: Sequence[Spoken],
    step_s: float,
    threshold: float,
    refractory: int,
) -> Operation:
    """Score the reports on a stream in which ``spoken`` was said, in the order of time."""
    heard, false_alarms = set(), 0
    starts = np.array([word.start_s for word in spoken])
    for step, label in reports(posteriors, keywords, threshold, refractory):
        time = (step + 1) * step_s
        index = int(np.searchsorted(starts, time, side="right")) - 1
        said = index >= 0 and spoken[index].label == label and time <= spoken[index].end_s + TOLERANCE_S
        if said and index not in heard:
            heard.add(index)
        elif not said:
            false_alarms += 1
    hours = len(posteriors) * step_s / 3600
    return Operation(threshold, len(heard) / len(spoken), false_alarms / hours)


def alarms(heard: Iterable[np.ndarray], keywords: Sequence[int], threshold: float, refractory: int) -> int:
    """How many words are reported in recordings, given as averaged posteriors, in which none was said."""
    return sum(len(reports(posteriors, keywords, threshold, refractory)) for posteriors in heard)


def rate_interval(events: int, hours: float) -> tuple[float, float, float]:
    """Events an hour and the ends of the exact 95 % interval of a Poisson process (Garwood 1936)."""
    from scipy.stats import chi2

    low = chi2.ppf(0.025, 2 * events) / 2 if events else 0.0
    return events / hours, float(low) / hours, float(chi2.ppf(0.975, 2 * events + 2)) / 2 / hours
