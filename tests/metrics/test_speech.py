"""Measures of speech: their ends, their direction, and where they are not defined."""

import math
import sys

import numpy as np
import pytest
from corpus import voice

from ossicle.errors import OssicleError
from ossicle.metrics.speech import pesq_wb, stoi


@pytest.fixture(scope="module")
def speech():
    return voice(np.random.default_rng(3), 140, 3).astype(np.float32)


@pytest.fixture(scope="module")
def hiss():
    return np.random.default_rng(4).standard_normal(3 * 16000).astype(np.float32)


def at_snrs(speech, hiss, *snrs_db):
    """Noisy versions of ``speech``, the hiss at each ratio."""
    gain = np.sqrt(np.mean(speech**2) / np.mean(hiss**2))
    return [speech + hiss * np.float32(gain * 10 ** (-snr / 20)) for snr in snrs_db]


def test_pesq_of_a_signal_and_itself_is_the_top_of_its_scale(speech):
    pytest.importorskip("pesq")
    assert pesq_wb(speech, speech) == pytest.approx(4.64, abs=0.01)
    assert pesq_wb(0.1 * speech, speech) == pytest.approx(4.64, abs=0.01)


def test_pesq_falls_with_noise(speech, hiss):
    pytest.importorskip("pesq")
    scores = [pesq_wb(noisy, speech) for noisy in at_snrs(speech, hiss, 40, 25, 10)]
    assert 4.6 > scores[0] > scores[1] + 0.1 > scores[2] + 0.2
    assert scores[2] >= 1.0


def test_pesq_is_not_defined_where_one_signal_is_silent_or_shorter_than_an_utterance(speech):
    pytest.importorskip("pesq")
    silence = np.zeros_like(speech)
    for estimate, reference in (
        (silence, speech),
        (speech, silence),
        (silence, silence),
        (speech[:2000], speech[:2000]),
        (speech[:0], speech[:0]),
    ):
        assert math.isnan(pesq_wb(estimate, reference))


def test_stoi_of_a_signal_and_itself_is_one(speech):
    pytest.importorskip("pystoi")
    assert stoi(speech, speech) == pytest.approx(1, abs=1e-6)


def test_stoi_falls_with_noise(speech, hiss):
    pytest.importorskip("pystoi")
    scores = [stoi(noisy, speech) for noisy in at_snrs(speech, hiss, 20, 5, -10)]
    assert 1 > scores[0] > scores[1] + 0.02 > scores[2] + 0.1


def test_stoi_is_not_defined_for_a_silent_reference_or_too_little_speech(speech):
    pytest.importorskip("pystoi")
    silence = np.zeros_like(speech)
    mostly_silent = np.where(np.arange(len(speech)) < 4000, speech, 0).astype(np.float32)
    for estimate, reference in (
        (speech, silence),
        (silence, silence),
        (speech, mostly_silent),
        (speech[:6000], speech[:6000]),
        (speech[:10], speech[:10]),
        (speech[:0], speech[:0]),
    ):
        assert math.isnan(stoi(estimate, reference))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("package", "measure"), [("pesq", pesq_wb), ("pystoi", stoi)])
def test_a_signal_that_is_not_finite_has_no_measure(speech, package, measure, value):
    pytest.importorskip(package)
    broken = speech.copy()
    broken[20_000] = value
    for estimate, reference in ((broken, speech), (speech, broken), (broken, broken)):
        assert math.isnan(measure(estimate, reference))


def test_stoi_of_a_muted_estimate_is_as_low_as_can_be(speech):
    pytest.importorskip("pystoi")
    assert stoi(np.zeros_like(speech), speech) == pytest.approx(0, abs=0.01)


def test_the_reference_is_the_second_argument(speech, hiss):
    """The packages take it first, and both measures tell the two apart."""
    package_pesq, package_stoi = pytest.importorskip("pesq").pesq, pytest.importorskip("pystoi").stoi
    (noisy,) = at_snrs(speech, hiss, 20)
    assert pesq_wb(noisy, speech) == package_pesq(16000, speech, noisy, "wb") != pesq_wb(speech, noisy)
    assert stoi(noisy, speech) == package_stoi(speech, noisy, 16000) != stoi(speech, noisy)


@pytest.mark.parametrize(("package", "measure"), [("pesq", pesq_wb), ("pystoi", stoi)])
def test_a_missing_package_is_named_with_the_command_that_installs_it(monkeypatch, package, measure):
    monkeypatch.setitem(sys.modules, package, None)
    signal = np.ones(8000, np.float32)
    with pytest.raises(OssicleError, match=rf"{package} is missing; pip install 'ossicle\[metrics\]'"):
        measure(signal, signal)
