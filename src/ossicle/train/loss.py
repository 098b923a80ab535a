"""What training minimizes."""

import torch

from ossicle.train.perceptual import pesq_raw

COMPRESSION = 0.3
MAGNITUDE_SHARE = 0.7
ERROR_WEIGHT = 0.002
"""Weight of one decibel of error energy; the compressed loss alone neglects the loudest bins."""
PESQ_WEIGHT = 0.03
"""Weight of one point of raw PESQ: a third of it gives 0.08 points of PESQ less and 0.9 dB of SI-SDR more."""


def enhancement_loss(
    mask: torch.Tensor,
    noisy: torch.Tensor,
    clean: torch.Tensor,
    estimate_signal: torch.Tensor,
    clean_signal: torch.Tensor,
) -> torch.Tensor:
    """The loss of a mask of shape ``(batch, time, bins)`` on complex spectra of that shape.

    It is the sum of the compressed spectral loss, the energy of the error, and the raw PESQ that the signals
    of shape ``(batch, samples)`` lack.
    """
    missing = 4.5 - pesq_raw(estimate_signal, clean_signal).mean()
    return (
        compressed_spectral_loss(mask, noisy, clean)
        + ERROR_WEIGHT * error_db(mask, noisy, clean)
        + PESQ_WEIGHT * missing
    )


def compressed_spectral_loss(mask: torch.Tensor, noisy: torch.Tensor, clean: torch.Tensor) -> torch.Tensor:
    """Squared distance of power-law compressed spectra, magnitudes and complex values (arXiv 2101.09249).

    Each example is divided by the level of its NOISY spectrum: by the clean one, near-silent targets would
    outweigh all others. The estimate has the phase of the noisy spectrum, so that the complex distance is a
    function of two magnitudes and of the cosine between them.
    """
    with torch.no_grad():
        level = _power(noisy).mean((1, 2), keepdim=True).sqrt().clamp_min(1e-6)
        noisy_magnitude, clean_magnitude = noisy.abs(), clean.abs()
        cosine = _inner(noisy, clean) / (noisy_magnitude * clean_magnitude).clamp_min(1e-20)
        target = (clean_magnitude / level + 1e-4) ** COMPRESSION
        scaled = noisy_magnitude / level
    # The floor keeps the gradient of the power law finite at zero.
    estimate = (mask * scaled + 1e-4) ** COMPRESSION
    magnitude = (estimate - target).square()
    return (magnitude + 2 * (1 - MAGNITUDE_SHARE) * (1 - cosine) * target * estimate).mean()


def error_db(mask: torch.Tensor, noisy: torch.Tensor, clean: torch.Tensor) -> torch.Tensor:
    """Mean energy of the error relative to the noisy signal, in dB, with a floor at -30 dB."""
    with torch.no_grad():
        power, clean_power, inner = _power(noisy), _power(clean), _inner(noisy, clean)
    error = ((mask * power - 2 * inner) * mask + clean_power).mean((1, 2))
    return 10 * torch.log10(error.clamp_min(0) / power.mean((1, 2)).clamp_min(1e-12) + 1e-3).mean()


def _power(spectrum: torch.Tensor) -> torch.Tensor:
    return spectrum.real.square() + spectrum.imag.square()


def _inner(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return a.real * b.real + a.imag * b.imag
