"""The differentiable PESQ against the reference implementation."""

import numpy as np
import pytest
from corpus import RATE, noises, voice

torch = pytest.importorskip("torch")

from ossicle.metrics.speech import pesq_wb  # noqa: E402
from ossicle.train.perceptual import pesq_mos, pesq_raw  # noqa: E402


def score(estimate, clean):
    pair = (torch.from_numpy(np.asarray(signal, np.float32))[None] for signal in (estimate, clean))
    return pesq_mos(pesq_raw(*pair)).item()


def test_it_follows_the_reference_over_noises_and_ratios():
    pytest.importorskip("pesq")
    rng = np.random.default_rng(0)
    ours, theirs = [], []
    for pitch in (100, 220):
        speech = voice(rng, pitch, 3)
        for noise in noises(rng).values():
            noise = np.resize(noise, len(speech)) * np.std(speech) / np.std(noise)
            for ratio in (0, 10, 20, 30, 40):
                noisy = speech + noise * 10 ** (-ratio / 20)
                ours.append(score(noisy, speech))
                theirs.append(pesq_wb(noisy.astype(np.float32), speech.astype(np.float32)))
    difference = np.abs(np.subtract(ours, theirs))
    assert np.corrcoef(ours, theirs)[0, 1] > 0.97
    assert np.mean(difference) < 0.15


def test_a_signal_and_itself_have_the_top_score_at_any_level():
    speech = voice(np.random.default_rng(0), 140, 1)
    assert score(speech, speech) == pytest.approx(4.64, abs=0.01)
    assert score(0.01 * speech, speech) == pytest.approx(4.64, abs=0.01)


def test_noise_that_is_added_counts_more_than_speech_that_is_lost():
    rng = np.random.default_rng(0)
    speech = voice(rng, 140, 2)
    bins = np.arange(len(speech) // 2 + 1) * RATE / len(speech)
    hiss = np.fft.rfft(0.01 * rng.standard_normal(len(speech)))
    added = np.fft.irfft(np.where(bins > 3500, hiss, 0), len(speech))
    assert score(speech + added, speech) < score(speech, speech + added)


@pytest.mark.parametrize("silent", ["estimate", "clean", "both"])
def test_silence_has_a_finite_gradient(silent):
    speech = torch.from_numpy(voice(np.random.default_rng(0), 140, 0.5).astype(np.float32))[None]
    estimate = (torch.zeros_like(speech) if silent != "clean" else speech.clone()).requires_grad_()
    raw = pesq_raw(estimate, torch.zeros_like(speech) if silent != "estimate" else speech)
    raw.sum().backward()
    assert torch.isfinite(raw).all()
    assert torch.isfinite(estimate.grad).all()


def test_examples_of_a_batch_do_not_mix():
    rng = np.random.default_rng(0)
    clean = torch.from_numpy(np.stack([voice(rng, pitch, 1) for pitch in (100, 200)]).astype(np.float32))
    noisy = clean + 0.05 * torch.randn(clean.shape, generator=torch.Generator().manual_seed(0))
    together = pesq_raw(noisy, clean)
    torch.testing.assert_close(together[1:], pesq_raw(noisy[1:], clean[1:]))
