"""The loss: least for the truth, more for what is worse, and never without a gradient."""

import pytest

torch = pytest.importorskip("torch")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from ossicle.train.loss import (  # noqa: E402
    Estimate,
    compressed_spectral_loss,
    enhancement_loss,
    error_db,
    missing_pesq,
)
from ossicle.train.recipe import LossConfig  # noqa: E402

TERMS = [compressed_spectral_loss, error_db]


def spectra(seed, batch=2):
    """A noisy spectrum, and a clean one that a mask within 0 and 1 makes of it."""
    generator = torch.Generator().manual_seed(seed)
    noisy = torch.randn(batch, 20, 33, dtype=torch.complex64, generator=generator)
    mask = torch.rand(batch, 20, 33, generator=generator)
    return noisy, mask * noisy, mask


def test_the_true_mask_has_no_distance_and_the_floor_of_the_error():
    noisy, clean, mask = spectra(0)
    assert compressed_spectral_loss(mask, noisy, clean) == pytest.approx(0, abs=1e-6)
    assert error_db(mask, noisy, clean).item() == pytest.approx(-30, abs=1e-2)


@pytest.mark.parametrize("term", TERMS)
@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1000), st.floats(0.05, 1))
def test_any_other_mask_is_worse_than_the_true_one(term, seed, share):
    noisy, clean, mask = spectra(seed)
    other = (1 - share) * mask + share * spectra(seed + 1)[2]
    assert term(other, noisy, clean) > term(mask, noisy, clean)


@pytest.mark.parametrize("term", TERMS)
def test_the_loss_grows_with_the_distance_from_the_true_mask(term):
    noisy, clean, mask = spectra(0)
    values = [term(mask + share * (1 - mask), noisy, clean).item() for share in (0, 0.1, 0.3, 0.6, 1)]
    assert values == sorted(values)
    assert len(set(values)) == 5


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1000))
def test_the_compressed_loss_is_that_of_complex_spectra(seed):
    """As arXiv 2101.09249 writes it: magnitudes and complex values to the power 0.3."""
    noisy, _, mask = spectra(seed)
    clean = spectra(seed + 1)[0]
    level = noisy.abs().square().mean((1, 2), keepdim=True).sqrt()

    def compress(spectrum):
        return spectrum.abs() ** 0.3, spectrum.abs() ** 0.3 * torch.exp(1j * spectrum.angle())

    estimate, target = compress(mask * noisy / level), compress(clean / level)
    magnitude = (estimate[0] - target[0]).square().mean()
    complex_ = (estimate[1] - target[1]).abs().square().mean()
    expected = 0.7 * magnitude + 0.3 * complex_
    assert compressed_spectral_loss(mask, noisy, clean).item() == pytest.approx(expected.item(), rel=2e-3)


@pytest.mark.parametrize("wrong", [lambda x: 1j * x, lambda x: -x, torch.conj])
def test_a_wrong_phase_counts(wrong):
    noisy, _, mask = spectra(0)
    right = compressed_spectral_loss(mask, noisy, mask * noisy)
    assert compressed_spectral_loss(mask, noisy, wrong(mask * noisy)) > right + 0.01


def test_the_error_is_in_decibels_of_the_noisy_energy():
    noisy = spectra(0)[0]
    nothing = torch.zeros(noisy.shape)
    assert error_db(nothing, noisy, noisy).item() == pytest.approx(0, abs=0.01)
    assert error_db(nothing, noisy, 0.1**0.5 * noisy).item() == pytest.approx(-10, abs=0.05)
    assert error_db(nothing + 0.5, noisy, noisy).item() == pytest.approx(-6.02, abs=0.05)


@pytest.mark.parametrize("term", TERMS)
@pytest.mark.parametrize("gain", [0.01, 100])
def test_the_level_of_an_example_does_not_matter(term, gain):
    noisy, clean, mask = spectra(0)
    expected = term(0.7 * mask, noisy, clean).item()
    assert term(0.7 * mask, gain * noisy, gain * clean).item() == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("term", TERMS)
def test_the_loss_of_a_batch_is_the_mean_over_its_examples(term):
    noisy, clean, mask = spectra(0)
    each = [term(0.5 * mask[i : i + 1], noisy[i : i + 1], clean[i : i + 1]).item() for i in range(2)]
    assert term(0.5 * mask, noisy, clean).item() == pytest.approx(sum(each) / 2, abs=1e-5)


def test_a_silent_target_weighs_no_more_than_another():
    noisy, clean, _ = spectra(0)
    one = torch.ones(noisy.shape)
    all_left = compressed_spectral_loss(one, noisy, 1e-6 * clean)
    all_lost = compressed_spectral_loss(0 * one, noisy, noisy)
    assert all_left < 1.1 * all_lost


@pytest.mark.parametrize("silent", ["clean", "estimate", "all"])
def test_silence_has_a_finite_gradient(silent):
    noisy, clean, _ = spectra(0)
    mask = torch.full(clean.shape, 0.0 if silent == "estimate" else 0.5, requires_grad=True)
    clean = clean if silent == "estimate" else 0 * clean
    noisy = 0 * noisy if silent == "all" else noisy
    loss = compressed_spectral_loss(mask, noisy, clean) + error_db(mask, noisy, clean)
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(mask.grad).all()
    assert mask.grad.any() == (silent != "all")


@pytest.mark.parametrize("gain", [0.3, 0.03])
def test_a_sharpened_target_is_nearly_what_it_was_or_nearly_nothing(gain):
    """At a gain of 0.3 the best mask is still there; at 0.03, -30 dB, it is under a quarter of it."""
    noisy = spectra(0)[0]
    masks = torch.linspace(0.01, 2, 200)[:, None, None, None] * gain * torch.ones(1, *noisy.shape)
    losses = [compressed_spectral_loss(mask, noisy, gain * noisy, sharpen=True).item() for mask in masks]
    best = masks[losses.index(min(losses))].max().item()
    assert best == pytest.approx(gain, rel=0.1) if gain > 0.1 else best < 0.25 * gain


def test_no_pesq_is_missing_where_nobody_speaks():
    generator = torch.Generator().manual_seed(3)
    signals = torch.randn(2, 8000, generator=generator)
    clean = signals.clone()
    clean[1] = 0
    both, spoken = missing_pesq(signals, clean), missing_pesq(signals[:1], clean[:1])
    assert both.item() == pytest.approx(spoken.item(), abs=1e-5)
    assert missing_pesq(signals, 0 * clean) == 0


EVERYTHING = LossConfig(leak=0.0012, attenuation=0.002, presence=0.02, sharpen=True)


@pytest.mark.parametrize("config", [LossConfig(), EVERYTHING])
def test_following_the_gradient_makes_the_whole_loss_smaller(config):
    noisy, clean, _ = spectra(0)
    generator = torch.Generator().manual_seed(3)
    clean = clean * (torch.arange(20)[:, None] > 12)
    clean_signal = torch.randn(2, 8000, generator=generator)
    noisy_signal = clean_signal + torch.randn(2, 8000, generator=generator)
    mask = torch.full(clean.shape, 0.5, requires_grad=True)
    share = torch.full((2, 1), 0.5, requires_grad=True)

    logits = torch.zeros(2, 20, requires_grad=True)

    def loss(mask, share, logits=logits):
        signal = share * noisy_signal + (1 - share) * clean_signal
        return enhancement_loss(Estimate(mask, logits, signal), noisy, clean, clean_signal, config)

    before = loss(mask, share)
    before.backward()
    assert share.grad.abs().min() > 0
    assert loss(mask - 10 * mask.grad, share) < before
    assert loss(mask, share - share.grad) < before
    if config.presence:
        assert loss(mask, share, logits - 100 * logits.grad) < before
    else:
        assert logits.grad is None
