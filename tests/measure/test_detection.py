"""Reports against what was said, on posteriors made for it."""

import numpy as np
import pytest

from ossicle.measure.detection import TOLERANCE_S, Spoken, alarms, operate, rate_interval, reports

STEP_S = 0.1
WORDS = [Spoken(1, 1.0, 1.5), Spoken(2, 3.0, 3.5), Spoken(1, 6.0, 6.5)]


def posteriors(*peaks, steps=100):
    """Zeros but for the peaks ``(step, class, value)``."""
    found = np.zeros((steps, 3), np.float32)
    for step, label, value in peaks:
        found[step, label] = value
    return found


def operated(*peaks, threshold=0.5, refractory=3):
    return operate(posteriors(*peaks), [1, 2], WORDS, STEP_S, threshold, refractory)


def test_a_word_in_its_time_is_heard_once():
    found = operated((12, 1, 0.9), (18, 1, 0.8))
    assert (found.detection_rate, found.false_alarms_per_hour) == (pytest.approx(1 / 3), 0)


def test_another_word_or_another_time_is_a_false_alarm():
    hour = 3600 / (100 * STEP_S)
    late = round((WORDS[1].end_s + TOLERANCE_S) / STEP_S) + 1
    found = operated((12, 2, 0.9), (late, 2, 0.9), (95, 1, 0.6))
    assert (found.detection_rate, found.false_alarms_per_hour) == (0, pytest.approx(3 * hour))


def test_all_words_in_time_and_the_threshold():
    peaks = [(12, 1, 0.9), (32, 2, 0.7), (64, 1, 0.6)]
    assert operated(*peaks).detection_rate == 1
    assert operated(*peaks, threshold=0.65).detection_rate == pytest.approx(2 / 3)
    assert operated(*peaks, threshold=0.95).detection_rate == 0


def test_after_a_report_there_is_silence_for_the_refractory_period():
    values = posteriors(*((step, 1 + step % 2, 0.9) for step in range(20, 40)))
    steps = [step for step, _ in reports(values, [1, 2], 0.5, refractory=4)]
    assert steps == [20, 25, 30, 35]


def test_a_class_that_is_no_keyword_is_never_reported():
    values = posteriors((10, 0, 0.99), (20, 1, 0.6))
    assert reports(values, [1, 2], 0.5, 3) == [(20, 1)]


def test_every_report_in_a_recording_without_a_keyword_is_an_alarm():
    heard = [posteriors((10, 1, 0.9), (50, 2, 0.7)), posteriors(), posteriors((10, 0, 0.9), (99, 1, 0.6))]
    assert [alarms(heard, [1, 2], threshold, 3) for threshold in (0.5, 0.65, 0.8, 0.95)] == [3, 2, 1, 0]


@pytest.mark.parametrize(("events", "low", "high"), [(0, 0, 3.689), (1, 0.025, 5.572), (10, 4.795, 18.39)])
def test_the_interval_of_a_rate_is_that_of_poisson(events, low, high):
    """As tables of Garwood's interval have it."""
    pytest.importorskip("scipy")
    assert rate_interval(events, 0.5) == pytest.approx((2 * events, 2 * low, 2 * high), rel=1e-3, abs=1e-3)
