"""The loss: least for the truth, more for what is worse, and never without a gradient."""

import pytest

torch = pytest.importorskip("torch")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from ossicle.train.loss import ERROR_WEIGHT, compressed_spectral_loss, enhancement_loss, error_db  # noqa: E402


def spectra(seed, batch=2):
    """A clean and a noisy spectrum."""
    generator = torch.Generator().manual_seed(seed)
    clean, noise = torch.randn(2, batch, 20, 33, dtype=torch.complex64, generator=generator)
    return clean, clean + noise


def test_the_truth_has_no_distance_and_the_floor_of_the_error():
    clean, noisy = spectra(0)
    assert compressed_spectral_loss(clean, clean, noisy) == 0
    assert error_db(clean, clean, noisy).item() == pytest.approx(-30, abs=1e-3)
    assert enhancement_loss(clean, clean, noisy).item() == pytest.approx(-30 * ERROR_WEIGHT, abs=1e-5)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1000), st.floats(1e-3, 10))
def test_any_other_estimate_is_worse_than_the_truth(seed, size):
    clean, noisy = spectra(seed)
    other = clean + size * spectra(seed + 1)[0]
    assert enhancement_loss(other, clean, noisy) > enhancement_loss(clean, clean, noisy)


@pytest.mark.parametrize("loss", [enhancement_loss, compressed_spectral_loss, error_db])
def test_the_loss_grows_with_the_error(loss):
    clean, noisy = spectra(0)
    values = [loss(clean + share * (noisy - clean), clean, noisy).item() for share in (0, 0.1, 0.3, 1, 3)]
    assert values == sorted(values)
    assert len(set(values)) == 5


@pytest.mark.parametrize("wrong", [lambda x: 0.5 * x, lambda x: 2 * x, lambda x: 1j * x, torch.conj])
def test_a_wrong_level_and_a_wrong_phase_both_count(wrong):
    clean, noisy = spectra(0)
    assert compressed_spectral_loss(wrong(clean), clean, noisy) > 0.01


def test_the_error_is_in_decibels_of_the_noisy_energy():
    clean, noisy = spectra(0)
    assert error_db(clean + noisy, clean, noisy).item() == pytest.approx(0, abs=0.01)
    assert error_db(clean + 0.1**0.5 * noisy, clean, noisy).item() == pytest.approx(-10, abs=0.05)


@pytest.mark.parametrize("gain", [0.01, 100])
def test_the_level_of_an_example_does_not_matter(gain):
    clean, noisy = spectra(0)
    estimate = 0.7 * noisy
    expected = enhancement_loss(estimate, clean, noisy).item()
    assert enhancement_loss(gain * estimate, gain * clean, gain * noisy).item() == pytest.approx(
        expected, abs=1e-4
    )


def test_the_loss_of_a_batch_is_the_mean_over_its_examples():
    clean, noisy = spectra(0)
    estimate = 0.5 * noisy
    each = [enhancement_loss(estimate[i : i + 1], clean[i : i + 1], noisy[i : i + 1]) for i in range(2)]
    assert enhancement_loss(estimate, clean, noisy).item() == pytest.approx(sum(each).item() / 2, abs=1e-5)


def test_a_silent_target_weighs_no_more_than_another():
    clean, noisy = spectra(0)
    silent = enhancement_loss(noisy, 1e-6 * clean, noisy)
    assert silent < 5 * enhancement_loss(noisy, clean, noisy)


@pytest.mark.parametrize("silent", ["clean", "estimate", "all"])
def test_silence_has_a_finite_gradient(silent):
    clean, noisy = spectra(0)
    mask = torch.full(clean.shape, 0.0 if silent == "estimate" else 0.5, requires_grad=True)
    clean = clean if silent == "estimate" else 0 * clean
    noisy = 0 * noisy if silent == "all" else noisy
    loss = enhancement_loss(mask * noisy, clean, noisy)
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(mask.grad).all()
    assert mask.grad.any() == (silent != "all")


def test_following_the_gradient_makes_the_loss_smaller():
    clean, noisy = spectra(0)
    mask = torch.full(clean.shape, 0.5, requires_grad=True)
    before = enhancement_loss(mask * noisy, clean, noisy)
    before.backward()
    after = enhancement_loss((mask - 10 * mask.grad) * noisy, clean, noisy)
    assert after < before
